package millrace.proactor.backend.epoll;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.proactor.backend.Operation;
import millrace.uring.Errno;
import millrace.uring.FileCalls;
import millrace.uring.Libc;

/**
 * Attempts of READ and WRITE, on whatever descriptor. It may be a blocking one and belong to
 * others, so O_NONBLOCK is not ours to set:
 *
 * <ul>
 *   <li>RWF_NOWAIT (preadv2(2)), where the file knows it, answers EAGAIN instead of waiting. Of a
 *       stored file it reads what is cached.
 *   <li>Where it does not (EOPNOTSUPP: terminals, FIFOs opened by name), poll(2) tells first
 *       whether a call would wait; a write of at most PIPE_BUF bytes does not, if poll says so
 *       (pipe(7)).
 *   <li>All else on stored files, and writes to terminals, is {@link Outcome#MAY_BLOCK}.
 * </ul>
 *
 * <p>Loop thread only.
 */
final class StreamCalls {

  /** PIPE_BUF of Linux: what a pipe that is ready takes at once (pipe(7)). */
  private static final int PIPE_BUF_BYTES = 4096;

  /** What a pipe holds by default (pipe(7)): whoever reads fast must not keep the loop here. */
  private static final int PIPE_BYTES = 1 << 16;

  private static final int IOVEC_BYTES = 16;

  /** Direct I/O needs at least this alignment: anything else is not direct. */
  private static final int DIRECT_ALIGNMENT_BYTES = 512;

  private static final long OWN_POSITION = -1;

  private final FileType fileType;
  private final MemorySegment vector;

  StreamCalls(FileType fileType, Arena arena) {
    this.fileType = fileType;
    this.vector = arena.allocate(IOVEC_BYTES, 8);
  }

  int read(PendingOperation pending) {
    int type = type(pending);
    if (Errno.isError(type)) {
      return type;
    }
    return FileType.isStored(type) ? readStored(pending) : readStream(pending);
  }

  int write(PendingOperation pending) {
    int type = type(pending);
    if (Errno.isError(type)) {
      return type;
    }
    return FileType.isStored(type) ? Outcome.MAY_BLOCK : writeStream(pending);
  }

  private int type(PendingOperation pending) {
    if (pending.fileType == FileType.UNKNOWN) {
      int type = fileType.of(pending.operation.descriptor);
      if (Errno.isError(type)) {
        return type;
      }
      pending.fileType = type;
      pending.fileBytes = fileType.sizeBytes();
    }
    return pending.fileType;
  }

  private int readStored(PendingOperation pending) {
    Operation op = pending.operation;
    if (pending.fileType != Libc.S_IFREG || isDirect(op)) {
      return Outcome.MAY_BLOCK;
    }
    int count = readNoWait(op);
    if (count == op.length || (op.offset == OWN_POSITION && count > 0)) {
      return count;
    }
    if (count >= 0) {
      // The end of the file, or of what is cached.
      return op.offset + count >= pending.fileBytes ? count : Outcome.MAY_BLOCK;
    }
    return isUnknownFlag(count) || count == -Errno.EAGAIN ? Outcome.MAY_BLOCK : count;
  }

  /** RWF_NOWAIT would wait for the device all the same. */
  private static boolean isDirect(Operation op) {
    long position = Math.max(0, op.offset);
    if (((op.address | position | op.length) & (DIRECT_ALIGNMENT_BYTES - 1)) != 0) {
      return false;
    }
    int flags = Libc.fcntl(op.descriptor, Libc.F_GETFL, 0);
    return Errno.isError(flags) || (flags & Libc.O_DIRECT) != 0;
  }

  private int readStream(PendingOperation pending) {
    Operation op = pending.operation;
    int count = readNoWait(op);
    if (count == -Errno.ESPIPE) {
      // As io_uring does: where there are no positions, one is ignored.
      op.offset = OWN_POSITION;
      count = readNoWait(op);
    }
    if (isUnknownFlag(count)) {
      if (!isReady(op.descriptor, Libc.POLLIN)) {
        return Outcome.NOT_READY;
      }
      count =
          (int)
              (op.offset == OWN_POSITION
                  ? Libc.read(op.descriptor, op.address, op.length)
                  : FileCalls.pread(op.descriptor, op.address, op.length, op.offset));
    }
    return count == -Errno.EAGAIN || count == -Errno.EINTR ? Outcome.NOT_READY : count;
  }

  private int writeStream(PendingOperation pending) {
    Operation op = pending.operation;
    int count = writeNoWait(op);
    if (count == -Errno.ESPIPE) {
      op.offset = OWN_POSITION;
      count = writeNoWait(op);
    }
    if (isUnknownFlag(count)) {
      return writeWhatIsTaken(pending);
    }
    return count == -Errno.EAGAIN || count == -Errno.EINTR ? Outcome.NOT_READY : count;
  }

  /** Piece by piece, as long as the other side has room, and no more than a pipe has. */
  private int writeWhatIsTaken(PendingOperation pending) {
    Operation op = pending.operation;
    int most = Math.min(op.length, PIPE_BYTES);
    int written = 0;
    do {
      if (!isReady(op.descriptor, Libc.POLLOUT)) {
        return written > 0 ? written : Outcome.NOT_READY;
      }
      if (pending.fileType == Libc.S_IFCHR) {
        return Outcome.MAY_BLOCK;
      }
      int length = Math.min(most - written, PIPE_BUF_BYTES);
      int count = (int) Libc.write(op.descriptor, op.address + written, length);
      if (count == -Errno.EAGAIN || count == -Errno.EINTR) {
        return written > 0 ? written : Outcome.NOT_READY;
      }
      if (count < 0) {
        return written > 0 ? written : count;
      }
      written += count;
    } while (written < most);
    return written;
  }

  private int readNoWait(Operation op) {
    prepareVector(op);
    return (int) FileCalls.preadv2(op.descriptor, vector.address(), 1, op.offset, Libc.RWF_NOWAIT);
  }

  private int writeNoWait(Operation op) {
    prepareVector(op);
    return (int) FileCalls.pwritev2(op.descriptor, vector.address(), 1, op.offset, Libc.RWF_NOWAIT);
  }

  private void prepareVector(Operation op) {
    vector.set(ValueLayout.JAVA_LONG, 0, op.address);
    vector.set(ValueLayout.JAVA_LONG, 8, op.length);
  }

  /** The file, the kernel or the libc does not know RWF_NOWAIT. */
  private static boolean isUnknownFlag(int result) {
    return result == -Errno.EOPNOTSUPP || result == -Errno.ENOSYS;
  }

  private static boolean isReady(int descriptor, int events) {
    return Libc.poll(descriptor, events, 0) != 0;
  }

  /** POLL: what is so now of what was asked for, or {@link Outcome#NOT_READY}. */
  static int poll(PendingOperation pending) {
    int events = Libc.poll(pending.operation.descriptor, pending.operation.operationFlags, 0);
    if (events > 0 && (events & Libc.POLLNVAL) != 0) {
      return -Errno.EBADF;
    }
    return events == 0 || events == -Errno.EINTR ? Outcome.NOT_READY : events;
  }
}
