package millrace.proactor.simulation.scenario;

import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;

/** Reads a pattern by raw operations, to the end or not so far. */
final class RawPipeSink extends RawPipeEnd {

  private final boolean closesEarly = random.nextInt(6) == 0;

  RawPipeSink(PipeTransfer transfer, int descriptor, boolean nonBlocking) {
    super(transfer, descriptor, nonBlocking);
  }

  @Override
  long submit(int fd, BufferSlice memory, int length, long timeoutNanos, int context) {
    return operations().read(fd, memory, OWN_POSITION, timeoutNanos, this, context, null);
  }

  @Override
  void transferred(BufferSlice memory, int bytes) {
    byte[] data = new byte[bytes];
    memory.copyTo(data, 0, 0, bytes);
    transfer.received(data);
    if (bytes == 0) {
      transfer.endSeen();
      finish();
    } else if (closesEarly && random.nextInt(8) == 0) {
      finish();
    }
  }

  @Override
  int pollEvents() {
    return Libc.POLLIN;
  }

  @Override
  boolean failed(int errno) {
    return false;
  }

  @Override
  long leftBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  void ends() {
    transfer.readerEnds();
  }

  @Override
  void closed() {
    transfer.readerClosed();
  }
}
