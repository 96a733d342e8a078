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

  private static final ThreadLocal<Temporary> TEMPORARY = new ThreadLocal<>();

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
    Temporary temporary = TEMPORARY.get();
    if (temporary != null) {
      temporary.kept.add(holder);
      return;
    }
    synchronized (KEPT) {
      KEPT.add(holder);
    }
  }

  /**
   * A quarantine of the calling thread, which takes everything that is put into quarantine on it
   * until it is closed: for a loop on a simulated kernel, of which it is known when it writes no
   * more. A program that simulates a hundred thousand ends by force would run out of memory.
   *
   * @return to be closed on the same thread, when that kernel has ended
   */
  public static Temporary temporary() {
    if (TEMPORARY.get() != null) {
      throw new IllegalStateException("the thread has a temporary quarantine already");
    }
    Temporary temporary = new Temporary();
    TEMPORARY.set(temporary);
    return temporary;
  }

  /** A quarantine that ends. */
  public static final class Temporary implements AutoCloseable {
    private final List<Object> kept = new ArrayList<>();

    private Temporary() {}

    /** Frees the memory that was put here. */
    @Override
    public void close() {
      TEMPORARY.remove();
      for (Object holder : kept) {
        if (holder instanceof Arena arena) {
          arena.close();
        }
      }
    }
  }

  /** {@return how many things are kept for ever} */
  public static int size() {
    synchronized (KEPT) {
      return KEPT.size();
    }
  }
}
