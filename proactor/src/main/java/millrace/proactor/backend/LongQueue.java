package millrace.proactor.backend;

import java.util.Arrays;

/** A first-in first-out queue of longs that grows when it must; one thread. */
public final class LongQueue {

  private long[] elements = new long[64];
  private int head;
  private int size;

  /** Appends {@code element}. */
  public void add(long element) {
    if (size == elements.length) {
      grow();
    }
    elements[(head + size) & (elements.length - 1)] = element;
    size++;
  }

  /** The oldest element, which stays. */
  public long peek() {
    if (size == 0) {
      throw new IllegalStateException("empty");
    }
    return elements[head];
  }

  /** Removes the oldest element. */
  public void remove() {
    peek();
    head = (head + 1) & (elements.length - 1);
    size--;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  private void grow() {
    long[] larger = Arrays.copyOf(elements, elements.length * 2);
    // The wrapped-around part moves behind the rest, so that the order stays.
    System.arraycopy(elements, 0, larger, elements.length, head);
    elements = larger;
  }
}
