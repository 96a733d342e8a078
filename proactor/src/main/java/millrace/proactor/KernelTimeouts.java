package millrace.proactor;

import millrace.timers.DeadlineWatch;
import millrace.timers.TimerTable;

/** {@link TimerPolicy#KERNEL}: watches each deadline of a table by a timeout of the kernel. */
final class KernelTimeouts implements DeadlineWatch, OperationHandler {
  private final Operations operations;

  /** The operation that watches for each entry; 0 where there is none. */
  private final long[] watching;

  /** How often the entry was given up: tells the timeout of one watch from those before it. */
  private final int[] generations;

  private final TimerTable table;

  KernelTimeouts(Operations operations, long startNanos, int maxTimers) {
    this.operations = operations;
    this.watching = new long[maxTimers];
    this.generations = new int[maxTimers];
    this.table = new TimerTable(startNanos, maxTimers, this);
  }

  TimerTable table() {
    return table;
  }

  @Override
  public boolean watch(int entry, long deadlineNanos) {
    // The kernel's clock is never negative: such a deadline has wrapped around and is far away.
    long kernelNanos = deadlineNanos < 0 ? Long.MAX_VALUE : deadlineNanos;
    long context = ((long) generations[entry] << 32) | entry;
    watching[entry] = operations.timeout(kernelNanos, this, context, null);
    return watching[entry] != Operations.REFUSED;
  }

  @Override
  public void unwatch(int entry) {
    operations.cancel(watching[entry]);
    giveUp(entry);
  }

  private void giveUp(int entry) {
    watching[entry] = Operations.REFUSED;
    generations[entry]++;
  }

  /**
   * With ETIME the deadline has passed. With anything else it has not, and nobody watches any
   * longer: the table then waits for it itself.
   */
  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    int entry = (int) context;
    if (generations[entry] == (int) (context >>> 32)) {
      giveUp(entry);
      table.passed(entry);
    }
  }
}
