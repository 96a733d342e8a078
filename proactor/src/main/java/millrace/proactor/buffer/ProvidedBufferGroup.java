package millrace.proactor.buffer;

/** The backend's side of a provided buffer ring: where free buffers are told to the kernel. */
public interface ProvidedBufferGroup {

  /** {@return the group's number, as an operation names it} */
  int groupId();

  /**
   * Prepares one buffer for the kernel; it sees it at the next {@link #publish()}.
   *
   * @param address the address
   * @param lengthBytes in bytes
   * @param bufferId number of the buffer
   */
  void add(long address, int lengthBytes, int bufferId);

  /** Shows the kernel all buffers added so far. */
  void publish();
}
