package millrace.proactor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Decides whether a loop needs a wake-up: at most one per wait, none while it is turning.
 *
 * <p>The loop clears {@code signalled} before it looks at its queues, and says {@code parked}
 * before it looks at {@code signalled} a last time; another thread writes its queue, then {@code
 * signalled}, and only then looks at {@code parked}. All accesses are volatile, so one of the two
 * sees the other (Dekker's argument), and no signal is lost.
 */
final class WakeFlag {

  private static final VarHandle PARKED;

  static {
    try {
      PARKED = MethodHandles.lookup().findVarHandle(WakeFlag.class, "parked", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile boolean signalled;
  private volatile boolean parked;

  /** Any thread, after it has published its work. True: the caller must wake the loop. */
  boolean signal() {
    if (signalled) {
      return false;
    }
    signalled = true;
    return parked && PARKED.compareAndSet(this, true, false);
  }

  /** The loop, at the start of a turn, before it looks at its queues. */
  void clear() {
    signalled = false;
  }

  /** The loop, before it waits. False: there is work, do not wait. */
  boolean park() {
    parked = true;
    return !signalled;
  }

  /** The loop, after the wait, if there was one. */
  void unpark() {
    if (parked) {
      parked = false;
    }
  }
}
