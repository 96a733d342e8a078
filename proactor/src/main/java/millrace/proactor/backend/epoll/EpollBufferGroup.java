package millrace.proactor.backend.epoll;

import millrace.proactor.buffer.ProvidedBufferGroup;

/**
 * Provided buffers without a kernel: a ring of addresses, consumed in the order in which they were
 * added, as the kernel's is. Loop thread only.
 */
final class EpollBufferGroup implements ProvidedBufferGroup {

  /** The only one. */
  static final int ID = 0;

  private final long[] addresses;
  private final int[] lengths;
  private final int[] ids;
  private final int mask;
  private int head;
  private int tail;
  private int publishedTail;

  /**
   * @param count room for so many buffers, a power of two
   */
  EpollBufferGroup(int count) {
    if (count < 1 || Integer.bitCount(count) != 1) {
      throw new IllegalArgumentException("count: " + count + ", must be a power of two");
    }
    addresses = new long[count];
    lengths = new int[count];
    ids = new int[count];
    mask = count - 1;
  }

  @Override
  public int groupId() {
    return ID;
  }

  @Override
  public void add(long address, int lengthBytes, int bufferId) {
    assert tail - head <= mask : "more buffers than the group has room for";
    int at = tail & mask;
    addresses[at] = address;
    lengths[at] = lengthBytes;
    ids[at] = bufferId;
    tail++;
  }

  @Override
  public void publish() {
    publishedTail = tail;
  }

  boolean isEmpty() {
    return head == publishedTail;
  }

  /** Of the next buffer. */
  long address() {
    return addresses[head & mask];
  }

  int lengthBytes() {
    return lengths[head & mask];
  }

  /** Takes the next buffer: its id. */
  int take() {
    assert !isEmpty();
    return ids[head++ & mask];
  }
}
