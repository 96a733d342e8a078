package millrace.benchmarks;

import java.util.concurrent.locks.LockSupport;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.Proactor;
import millrace.uring.Errno;

/** Rounds of NOPs on a loop: the last completion of a round submits the next one. */
final class NopRounds implements Runnable, OperationHandler {

  private final Proactor proactor;
  private final int batch;
  private int roundsLeft;
  private int inFlight;
  private long allocatedBytes;
  private RuntimeException failure;
  private Thread waiter;
  private volatile boolean finished;

  NopRounds(Proactor proactor, int batch) {
    this.proactor = proactor;
    this.batch = batch;
  }

  /**
   * Any thread but the loop's, one at a time; returns after the last round.
   *
   * @return bytes that the loop's thread has allocated from the first submission to the last
   *     completion
   */
  long run(int rounds) {
    roundsLeft = rounds;
    failure = null;
    waiter = Thread.currentThread();
    finished = false;
    proactor.execute(this);
    while (!finished) {
      LockSupport.park(this);
    }
    if (failure != null) {
      throw failure;
    }
    return allocatedBytes;
  }

  /** On the loop, once for all rounds. */
  @Override
  public void run() {
    allocatedBytes = -ThreadAllocation.ofCurrentThread();
    submit();
  }

  private void submit() {
    Operations operations = proactor.operations();
    for (int number = 0; number < batch; number++) {
      if (operations.nop(this, number, null) == Operations.REFUSED) {
        finish(new IllegalStateException("nop refused with " + inFlight + " in flight"));
        return;
      }
      inFlight++;
    }
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    inFlight--;
    if (result != 0) {
      finish(new IllegalStateException("nop: " + Errno.describe(result)));
    } else if (inFlight == 0) {
      roundsLeft--;
      if (roundsLeft > 0) {
        submit();
      } else {
        finish(null);
      }
    }
  }

  private void finish(RuntimeException newFailure) {
    allocatedBytes += ThreadAllocation.ofCurrentThread();
    failure = newFailure;
    finished = true;
    LockSupport.unpark(waiter);
  }
}
