package millrace.proactor.simulation.scenario;

import java.util.SplittableRandom;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/**
 * An end of a pipe that is used by raw operations, one at a time: with deadlines, cancelled at
 * random, and told EAGAIN only with O_NONBLOCK.
 */
abstract class RawPipeEnd implements OperationHandler {

  /** At the descriptor's own position. */
  static final long OWN_POSITION = -1;

  private static final int TRANSFER = 0;
  private static final int POLL = 1;
  private static final int CLOSE = 2;
  private static final long LONGEST_DEADLINE_NANOS = 200_000;
  private static final long PAUSE_NANOS = 20_000;
  private static final int MOST_DOUBLINGS = 10;

  final PipeTransfer transfer;
  final Simulation simulation;
  final SplittableRandom random;
  private final int descriptor;
  private final boolean nonBlocking;
  private final int mostBytes;
  private BufferSlice buffer;
  private long operation = Operations.REFUSED;
  private int refusals;
  private boolean polls;
  private boolean deadline;
  private boolean cancelled;
  private boolean done;
  private boolean descriptorClosed;

  RawPipeEnd(PipeTransfer transfer, int descriptor, boolean nonBlocking) {
    this.transfer = transfer;
    this.simulation = transfer.simulation();
    this.random = transfer.random();
    this.descriptor = descriptor;
    this.nonBlocking = nonBlocking;
    this.mostBytes = transfer.pieceBytes();
  }

  /** Submits a read or write of {@code memory}, which has {@code length} bytes. */
  abstract long submit(int fd, BufferSlice memory, int length, long timeoutNanos, int context);

  /** What was transferred, 0 or more. */
  abstract void transferred(BufferSlice memory, int bytes);

  /** POLLIN or POLLOUT. */
  abstract int pollEvents();

  /** It has failed, for another reason than ECANCELED, ETIME and EAGAIN: whether it may. */
  abstract boolean failed(int errno);

  /** Most bytes to transfer; 0: it is over. */
  abstract long leftBytes();

  /** Its close begins. */
  abstract void ends();

  abstract void closed();

  /** Nothing more is transferred: the next thing is the close. */
  final void finish() {
    done = true;
  }

  final Operations operations() {
    return simulation.proactor().operations();
  }

  /** Goes on, unless the loop is to end: then the descriptor is closed behind it. */
  final void next() {
    if (simulation.isEnded()) {
      return;
    }
    if (startNext()) {
      refusals = 0;
    } else {
      // No slot, or no buffer: others have to end first.
      simulation.after(PAUSE_NANOS << refusals, this::nextSoon);
      refusals = Math.min(refusals + 1, MOST_DOUBLINGS);
    }
  }

  private void nextSoon() {
    if (!simulation.isEnded()) {
      simulation.proactor().execute(this::next);
    }
  }

  private boolean startNext() {
    if (done || leftBytes() == 0) {
      finish();
      ends();
      return operations().close(descriptor, this, CLOSE, null) != Operations.REFUSED;
    }
    deadline = random.nextInt(3) == 0;
    long nanos = deadline ? random.nextLong(1, LONGEST_DEADLINE_NANOS) : Operations.NO_TIMEOUT;
    operation =
        polls
            ? operations().poll(descriptor, pollEvents(), nanos, this, POLL, null)
            : startTransfer(nanos);
    if (operation == Operations.REFUSED) {
      return false;
    }
    cancelled = false;
    if (random.nextInt(4) == 0) {
      long begun = operation;
      simulation.startTimer(random.nextLong(LONGEST_DEADLINE_NANOS), () -> cancel(begun));
    }
    return true;
  }

  private long startTransfer(long timeoutNanos) {
    int length = (int) Math.min(leftBytes(), random.nextInt(1, mostBytes + 1));
    buffer = transfer.buffers().acquire(length);
    if (buffer == null) {
      return Operations.REFUSED;
    }
    long begun = submit(descriptor, buffer, length, timeoutNanos, TRANSFER);
    if (begun == Operations.REFUSED) {
      buffer.release();
    }
    return begun;
  }

  /** Closes what the loop could not any more, as it has ended. */
  final void release() {
    if (!descriptorClosed) {
      simulation.closeDescriptor(descriptor);
    }
  }

  /** It may have ended before: then this is without effect. */
  private void cancel(long begun) {
    cancelled |= begun == operation;
    operations().cancel(begun);
  }

  @Override
  public final void completed(long context, Object attachment, int result, int flags) {
    if (context == CLOSE) {
      if (result != 0) {
        simulation.violated("the close of an end of a pipe answered " + result);
      }
      descriptorClosed = true;
      closed();
      return;
    }
    polls = result == -Errno.EAGAIN;
    if (result < 0) {
      check(context, -result);
    }
    if (context == TRANSFER) {
      if (result >= 0) {
        transferred(buffer, result);
      }
      buffer.release();
    }
    next();
  }

  private void check(long context, int errno) {
    boolean justly =
        (errno == Errno.ETIME && deadline)
            || (errno == Errno.ECANCELED && (cancelled || simulation.isEnded()))
            || (errno == Errno.EAGAIN && nonBlocking && context == TRANSFER);
    if (!justly && !failed(errno)) {
      simulation.violated("a raw operation on a pipe ended with " + Errno.name(errno));
    }
  }
}
