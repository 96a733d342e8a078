package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;
import millrace.uring.Libc;

/** A pipe, and the open files at its ends: pipe(7). */
final class Pipe {

  static final int USUAL_CAPACITY_BYTES = 1 << 16;

  /** As much is written whole or not at all: PIPE_BUF. */
  static final int ATOMIC_BYTES = 4096;

  private final Kernel kernel;
  private final int capacityBytes;
  private final ByteQueue bytes = new ByteQueue();
  private final List<End> readers = new ArrayList<>();
  private final List<End> writers = new ArrayList<>();

  Pipe(Kernel kernel) {
    this(kernel, USUAL_CAPACITY_BYTES);
  }

  /**
   * @param capacityBytes as F_SETPIPE_SZ has it; at least {@link #ATOMIC_BYTES}
   */
  Pipe(Kernel kernel, int capacityBytes) {
    this.kernel = kernel;
    this.capacityBytes = capacityBytes;
  }

  /** One more open file of the reading or the writing end. */
  End open(boolean writes) {
    End end = end(writes);
    join(end);
    return end;
  }

  /** An open file that counts from {@link #join} on. */
  End end(boolean writes) {
    return new End(kernel, this, writes);
  }

  void join(End end) {
    (end.writes ? writers : readers).add(end);
    readers.forEach(reader -> reader.hadWriter |= !writers.isEmpty());
  }

  private int room() {
    return capacityBytes - bytes.size();
  }

  private int read(MemorySegment target) {
    int count = (int) Math.min(bytes.size(), target.byteSize());
    if (count > 1 && kernel.world.faults().strikes(Fault.SHORT_READ)) {
      count = kernel.world.faults().amount(1, count - 1);
    }
    bytes.remove(target, count);
    writers.forEach(WaitableFile::changedElsewhere);
    return count;
  }

  private boolean takes(long length) {
    return readers.isEmpty() || length == 0 || room() >= Math.min(length, leastWrite(length));
  }

  private static long leastWrite(long length) {
    return length <= ATOMIC_BYTES ? length : 1;
  }

  private int write(MemorySegment source) {
    if (readers.isEmpty()) {
      return -Errno.EPIPE;
    }
    int count = (int) Math.min(room(), source.byteSize());
    if (count > ATOMIC_BYTES && kernel.world.faults().strikes(Fault.SHORT_WRITE)) {
      count = kernel.world.faults().amount(1, count);
    }
    bytes.add(source, count);
    readers.forEach(WaitableFile::changedElsewhere);
    return count;
  }

  private void close(End end) {
    readers.remove(end);
    writers.remove(end);
    readers.forEach(WaitableFile::changedElsewhere);
    writers.forEach(WaitableFile::changedElsewhere);
    if (readers.isEmpty() && writers.isEmpty()) {
      bytes.clear();
    }
  }

  boolean hasReaders() {
    return !readers.isEmpty();
  }

  /** An open file of one end. */
  static final class End extends WaitableFile {
    private final Pipe pipe;
    private final boolean writes;
    private boolean nonBlocking;

    /** Whether there was a writer since this was opened: a FIFO's reader may come first. */
    private boolean hadWriter;

    private End(Kernel kernel, Pipe pipe, boolean writes) {
      super(kernel);
      this.pipe = pipe;
      this.writes = writes;
    }

    Pipe pipe() {
      return pipe;
    }

    /** O_NONBLOCK: what would wait is told EAGAIN, as kernels have done and may do. */
    void setNonBlocking() {
      nonBlocking = true;
    }

    @Override
    boolean isImpatient(Request request) {
      boolean transfers = request.kind != OperationKind.POLL;
      return (nonBlocking && transfers) || super.isImpatient(request);
    }

    @Override
    int perform(Request request) {
      return switch (request.kind) {
        case READ -> writes ? -Errno.EBADF : read(request);
        case WRITE -> writes ? write(request) : -Errno.EBADF;
        default -> -Errno.ENOTSOCK;
      };
    }

    private int read(Request request) {
      if (pipe.bytes.isEmpty() && !pipe.writers.isEmpty()) {
        return WOULD_BLOCK;
      }
      if (!kernel.mayTouch(request)) {
        return VIOLATED;
      }
      int result = pipe.read(request.memory());
      request.wrote();
      return result;
    }

    private int write(Request request) {
      if (!pipe.takes(request.length)) {
        return WOULD_BLOCK;
      }
      return kernel.mayTouch(request) ? pipe.write(request.memory()) : VIOLATED;
    }

    @Override
    int events() {
      if (writes) {
        int room = pipe.room() >= ATOMIC_BYTES ? Libc.POLLOUT : 0;
        return pipe.readers.isEmpty() ? room | Libc.POLLERR : room;
      }
      int data = pipe.bytes.isEmpty() ? 0 : Libc.POLLIN;
      return pipe.writers.isEmpty() && hadWriter ? data | Libc.POLLHUP : data;
    }

    @Override
    public void released() {
      pipe.close(this);
    }
  }
}
