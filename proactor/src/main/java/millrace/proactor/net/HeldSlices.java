package millrace.proactor.net;

import java.util.ArrayDeque;
import millrace.proactor.buffer.BufferSlice;

/** What came while nobody took it, in order; each with a pin. Loop thread only. */
final class HeldSlices {

  private ArrayDeque<BufferSlice> slices; // null: nothing was held yet

  void add(BufferSlice slice) {
    if (slices == null) {
      slices = new ArrayDeque<>();
    }
    slices.add(slice);
  }

  boolean isEmpty() {
    return slices == null || slices.isEmpty();
  }

  /** The oldest; only when there is one. */
  BufferSlice poll() {
    return slices.poll();
  }

  void release() {
    while (!isEmpty()) {
      poll().unpin();
    }
  }
}
