package millrace.proactor.simulation.scenario;

import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * Writes a pattern by raw operations, from where the last one has ended: what was taken is exact.
 */
final class RawPipeSource extends RawPipeEnd {

  private final boolean closesEarly = random.nextInt(6) == 0;
  private int errno;

  RawPipeSource(PipeTransfer transfer, int descriptor, boolean nonBlocking) {
    super(transfer, descriptor, nonBlocking);
  }

  @Override
  long submit(int fd, BufferSlice memory, int length, long timeoutNanos, int context) {
    memory.copyFrom(transfer.give(transfer.takenBytes(), length), 0, 0, length);
    return operations().write(fd, memory, OWN_POSITION, timeoutNanos, this, context, null);
  }

  @Override
  void transferred(BufferSlice memory, int bytes) {
    if (bytes == 0) {
      simulation.violated("a write into a pipe has taken nothing");
    }
    transfer.taken(transfer.takenBytes() + bytes);
    if (closesEarly && random.nextInt(8) == 0) {
      errno = Errno.ECANCELED;
      finish();
    }
  }

  @Override
  int pollEvents() {
    return Libc.POLLOUT;
  }

  @Override
  boolean failed(int writeErrno) {
    errno = writeErrno;
    finish();
    return writeErrno == Errno.EPIPE && transfer.isBroken();
  }

  @Override
  long leftBytes() {
    return transfer.leftBytes(transfer.takenBytes());
  }

  @Override
  void ends() {
    transfer.takenIsExact();
    transfer.writerEnds();
  }

  @Override
  void closed() {
    transfer.writerClosed(errno);
  }
}
