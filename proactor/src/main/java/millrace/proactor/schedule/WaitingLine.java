package millrace.proactor.schedule;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Tasks that wait until something has come back, first come first served. Each is called once, and
 * queues again if it was not enough: it is then called for the next thing that comes back, so that
 * one that cannot be served never becomes a busy loop. One thread.
 */
public final class WaitingLine {

  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean cameBack;

  /** Appends {@code task}. */
  public void add(Runnable task) {
    waiting.add(Objects.requireNonNull(task, "task"));
  }

  /** Something has come back. */
  public void cameBack() {
    cameBack = true;
  }

  /** Whether {@link #serve} would call somebody. */
  public boolean hasWork() {
    return cameBack && !waiting.isEmpty();
  }

  /** Calls those who wait now, if something has come back. What one throws is reported. */
  public void serve(Consumer<Throwable> failures) {
    if (!cameBack) {
      return;
    }
    cameBack = false;
    for (int count = waiting.size(); count > 0; count--) {
      try {
        waiting.poll().run();
      } catch (Throwable t) {
        failures.accept(t);
      }
    }
  }
}
