package millrace.proactor.engine;

import java.util.function.Consumer;

/** The {@link TurnEndTask}s of a turn, in order. Loop thread only. */
public final class TurnEndQueue {

  private TurnEndTask head;
  private TurnEndTask tail;

  /** Adds {@code task}, unless it is in the queue already. */
  public void add(TurnEndTask task) {
    if (task.queued) {
      return;
    }
    task.queued = true;
    if (tail == null) {
      head = task;
    } else {
      tail.next = task;
    }
    tail = task;
  }

  /** Runs all, those added meanwhile included. What one throws goes to {@code failures}. */
  public void run(Consumer<Throwable> failures) {
    while (head != null) {
      TurnEndTask task = head;
      head = task.next;
      if (head == null) {
        tail = null;
      }
      task.next = null;
      task.queued = false;
      try {
        task.run();
      } catch (Throwable t) {
        failures.accept(t);
      }
    }
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return head == null;
  }
}
