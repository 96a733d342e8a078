package millrace.proactor;

import millrace.proactor.buffer.BufferSlice;

/** Receives what a multishot receive brings, on the loop thread. */
@FunctionalInterface
public interface ReceiveHandler {

  /**
   * Data has arrived, or the operation has ended, or both.
   *
   * @param context the number given at submission
   * @param attachment the object given at submission, or null
   * @param data the bytes, lent for the call: {@link BufferSlice#retain()} to keep them; null when
   *     {@code result} is not positive
   * @param result bytes received; 0: the peer has finished; or {@code -errno}
   * @param more whether the operation goes on; false exactly once, in its last completion
   */
  void received(long context, Object attachment, BufferSlice data, int result, boolean more);
}
