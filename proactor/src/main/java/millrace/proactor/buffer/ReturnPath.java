package millrace.proactor.buffer;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The way home of the slices of one owner: at once on the owner's thread, and from any other by a
 * stack that the owner empties when it has been woken. Any thread pushes, the owner takes all at
 * once, so there is no ABA problem and no allocation.
 */
final class ReturnPath implements BufferOwner {

  private final AtomicReference<BufferSlice> top = new AtomicReference<>();
  private final BufferOwner home;
  private final Runnable wakeUp;
  private Thread owner = Thread.currentThread();

  /**
   * A path that ends at the calling thread.
   *
   * @param home gets each slice, on the owner's thread
   * @param wakeUp called on another thread that returned a slice, so that the owner collects
   */
  ReturnPath(BufferOwner home, Runnable wakeUp) {
    this.home = home;
    this.wakeUp = wakeUp;
  }

  /** Makes the calling thread the owner; once, before the first slice is given out. */
  void bindToCurrentThread() {
    owner = Thread.currentThread();
  }

  boolean isOwner() {
    return Thread.currentThread() == owner;
  }

  @Override
  public void returned(BufferSlice slice) {
    if (isOwner()) {
      home.returned(slice);
    } else {
      push(slice);
      wakeUp.run();
    }
  }

  /** Takes home what other threads have pushed. */
  void collect() {
    BufferSlice slice = top.get() == null ? null : top.getAndSet(null);
    while (slice != null) {
      BufferSlice next = slice.nextFree;
      home.returned(slice);
      slice = next;
    }
  }

  private void push(BufferSlice slice) {
    BufferSlice head;
    do {
      head = top.get();
      slice.nextFree = head;
    } while (!top.compareAndSet(head, slice));
  }
}
