package millrace.uring;

/** Checks of arguments that say which argument is wrong and what is right. */
final class Arguments {
  private Arguments() {}

  static int inRange(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + " " + value + " is not in " + minimum + ".." + maximum);
    }
    return value;
  }

  /** The one check of the submission path, small enough to be inlined there. */
  static int notNegative(String name, int value) {
    if (value < 0) {
      throw negative(name, value);
    }
    return value;
  }

  private static IllegalArgumentException negative(String name, int value) {
    return new IllegalArgumentException(name + " " + value + " is not in 0.." + Integer.MAX_VALUE);
  }
}
