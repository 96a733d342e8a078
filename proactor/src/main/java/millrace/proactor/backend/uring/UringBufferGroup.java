package millrace.proactor.backend.uring;

import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.uring.ProvidedBufferRing;
import millrace.uring.Ring;
import millrace.uring.UringException;

/** A provided buffer ring, registered with the kernel (io_uring_provided_buffers(7), 5.19). */
final class UringBufferGroup implements ProvidedBufferGroup {

  private final ProvidedBufferRing bufferRing;

  UringBufferGroup(Ring ring, int groupId, int count) throws UringException {
    bufferRing = ProvidedBufferRing.register(ring, groupId, count);
  }

  @Override
  public int groupId() {
    return bufferRing.groupId();
  }

  @Override
  public void add(long address, int lengthBytes, int bufferId) {
    bufferRing.add(address, lengthBytes, bufferId);
  }

  @Override
  public void publish() {
    bufferRing.publish();
  }

  void close() {
    bufferRing.close();
  }
}
