package millrace.uring;

import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A value that is found out at the first call and remembered, unless finding it out failed or the
 * answer was one of the moment: then the next call tries again. A static field of a holder class
 * would make the first failure that of the JVM's whole life (NoClassDefFoundError).
 */
final class Once<T> {
  private final Supplier<T> source;
  private final Predicate<T> lasting;
  private volatile T found;

  /**
   * Starts with nothing found.
   *
   * @param source finds out; may throw
   * @param lasting whether an answer will be the same later
   */
  Once(Supplier<T> source, Predicate<T> lasting) {
    this.source = source;
    this.lasting = lasting;
  }

  /** Any thread; the others wait for the one that finds out. */
  T get() {
    T value = found;
    return value != null ? value : findOut();
  }

  private synchronized T findOut() {
    if (found != null) {
      return found;
    }
    T value = source.get();
    if (lasting.test(value)) {
      found = value;
    }
    return value;
  }
}
