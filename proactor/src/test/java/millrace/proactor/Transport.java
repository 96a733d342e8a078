package millrace.proactor;

/** What connections of the tests go over; {@code OnEveryBackend} makes each one current in turn. */
public enum Transport {
  TCP,
  UNIX;

  private static volatile Transport current = TCP;

  /** What connections made now go over. */
  public static Transport current() {
    return current;
  }

  public static boolean isUnix() {
    return current == UNIX;
  }

  public void makeCurrent() {
    current = this;
  }
}
