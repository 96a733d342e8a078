package millrace.proactor.backend.simulated;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.fault.Fault;

/**
 * What was asked for and the kernel has not taken. It takes it in its order: when the turn begins,
 * or before, when the queue is full.
 */
final class SubmissionQueue {

  private final World world;
  private final BackendStatistics statistics;
  private final int entries;
  private final Consumer<Request> issue;
  private final ArrayDeque<Runnable> submissions = new ArrayDeque<>();
  private boolean chainQueued;

  /**
   * @param entries how many submissions wait for a turn before the kernel takes them
   * @param issue what the kernel does with a request that it has taken
   */
  SubmissionQueue(World world, BackendStatistics statistics, int entries, Consumer<Request> issue) {
    this.world = world;
    this.statistics = statistics;
    this.entries = entries;
    this.issue = issue;
  }

  boolean isEmpty() {
    return submissions.isEmpty();
  }

  void put(Request request) {
    put(() -> issue.accept(request));
  }

  /**
   * One submission, however full the queue is: what is taken in two is two chains. It is taken in
   * the turn and not before: until then any member may be cancelled unbegun.
   */
  void putChain(List<Request> members) {
    chainQueued = true;
    put(members.get(0));
  }

  void put(Runnable submission) {
    submissions.add(submission);
    if (submissions.size() >= entries && !chainQueued) {
      take();
    }
  }

  /** The kernel takes all of them, or some when it is busy. */
  void take() {
    int count = submissions.size();
    if (count > 0 && world.faults().strikes(Fault.SUBMIT_BUSY)) {
      statistics.deferrals.increment();
      count = world.faults().amount(0, count - 1);
    }
    for (; count > 0; count--) {
      submissions.poll().run();
    }
    chainQueued &= !submissions.isEmpty();
  }
}
