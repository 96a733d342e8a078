package millrace.proactor;

import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.uring.CqeFlags;

/** Takes the buffer that each completion names, lends it to a handler, and gives it back. */
final class LentReceive implements OperationHandler {

  private final ProvidedBuffers buffers;
  private final ReceiveHandler handler;

  LentReceive(ProvidedBuffers buffers, ReceiveHandler handler) {
    this.buffers = buffers;
    this.handler = handler;
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    boolean more = (flags & CqeFlags.F_MORE) != 0;
    if ((flags & CqeFlags.F_BUFFER) == 0) {
      handler.received(context, attachment, null, result, more);
      return;
    }
    BufferSlice data = buffers.take(CqeFlags.bufferId(flags), Math.max(0, result));
    try {
      handler.received(context, attachment, result > 0 ? data : null, result, more);
    } finally {
      data.unpin();
    }
  }
}
