package millrace.proactor.buffer;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory that could not be proved free of the kernel at shutdown: kept for the life of the process.
 * A leak is counted and survived; a write of the kernel into freed memory is neither.
 */
public final class Quarantine {

  private static final List<Object> KEPT = new ArrayList<>();

  private Quarantine() {}

  /**
   * Keeps {@code arena}, and all that was allocated from it, for ever.
   *
   * @param arena what to keep
   */
  public static void keep(Arena arena) {
    keepObject(arena);
  }

  /**
   * Keeps whatever {@code holder} refers to, for ever.
   *
   * @param holder what to keep
   */
  public static void keepObject(Object holder) {
    synchronized (KEPT) {
      KEPT.add(holder);
    }
  }

  /** {@return how many things are kept} */
  public static int size() {
    synchronized (KEPT) {
      return KEPT.size();
    }
  }
}
