package millrace.proactor;

import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.uring.CqeFlags;

/** As {@link LentReceive}, for messages. */
final class LentMessage implements OperationHandler {

  private final ProvidedBuffers buffers;
  private final ReceivedMessage message;
  private final MessageHandler handler;

  LentMessage(ProvidedBuffers buffers, ReceivedMessage message, MessageHandler handler) {
    this.buffers = buffers;
    this.message = message;
    this.handler = handler;
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    boolean more = (flags & CqeFlags.F_MORE) != 0;
    if ((flags & CqeFlags.F_BUFFER) == 0) {
      handler.received(context, attachment, null, null, Math.min(result, 0), more);
      return;
    }
    BufferSlice data = buffers.take(CqeFlags.bufferId(flags), Math.max(0, result));
    try {
      if (message.wrap(data)) {
        handler.received(context, attachment, data, message, 0, more);
      } else {
        handler.received(context, attachment, null, null, Math.min(result, 0), more);
      }
    } finally {
      message.unwrap();
      data.unpin();
    }
  }
}
