package millrace.proactor;

import millrace.proactor.buffer.BufferSlice;

/** Receives what a multishot recvmsg(2) brings, on the loop thread. */
@FunctionalInterface
public interface MessageHandler {

  /**
   * A message has arrived, or the operation has ended, or both.
   *
   * @param context the number given at submission
   * @param attachment the object given at submission, or null
   * @param data the bytes of the message, none if it is empty; lent for the call: {@link
   *     BufferSlice#retain()} to keep them; null when there is no message
   * @param message who sent it, and whether it is whole; for the call only; null when there is none
   * @param result 0, or {@code -errno} when there is no message
   * @param more whether the operation goes on; false exactly once, in its last call
   */
  void received(
      long context,
      Object attachment,
      BufferSlice data,
      ReceivedMessage message,
      int result,
      boolean more);
}
