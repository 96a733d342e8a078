package millrace.proactor.buffer;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Slices whose last reference was released on another thread, on their way home: any thread pushes,
 * the owner takes all at once, so there is no ABA problem and no allocation.
 */
final class ReturnStack {

  private final AtomicReference<BufferSlice> top = new AtomicReference<>();

  void push(BufferSlice slice) {
    BufferSlice head;
    do {
      head = top.get();
      slice.nextFree = head;
    } while (!top.compareAndSet(head, slice));
  }

  /** All slices pushed so far, linked by {@code nextFree}; null when there are none. */
  BufferSlice takeAll() {
    return top.get() == null ? null : top.getAndSet(null);
  }
}
