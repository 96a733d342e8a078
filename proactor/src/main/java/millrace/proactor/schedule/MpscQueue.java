package millrace.proactor.schedule;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A bounded queue from many producers to one consumer: an array of slots, a producer index moved by
 * compare-and-set, a consumer index moved by the consumer alone (after D. Vyukov's bounded queue).
 * Offers and polls allocate nothing.
 *
 * <p>Closing is part of the queue, so that no element can slip in behind the consumer's last look:
 * each offer either is seen by the consumer or answers that it was not taken.
 *
 * @param <E> the elements; null is not one
 */
public final class MpscQueue<E> {

  private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(Object[].class);
  private static final VarHandle PRODUCER;
  private static final VarHandle CONSUMER;
  private static final long CLOSED = Long.MIN_VALUE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PRODUCER = lookup.findVarHandle(MpscQueue.class, "producerIndex", long.class);
      CONSUMER = lookup.findVarHandle(MpscQueue.class, "consumerIndex", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Object[] slots;
  private final int mask;
  private long producerIndex;
  private long consumerIndex;

  /**
   * @param capacity most elements, a power of two, 2 to 2^30
   */
  public MpscQueue(int capacity) {
    if (capacity < 2 || capacity > 1 << 30 || Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException(
          "capacity: " + capacity + ", must be a power of two, 2..2^30");
    }
    slots = new Object[capacity];
    mask = capacity - 1;
  }

  /**
   * Appends {@code element}; any thread.
   *
   * @return false when the queue is full or closed
   */
  public boolean offer(E element) {
    if (element == null) {
      throw new NullPointerException("element");
    }
    long index;
    do {
      index = (long) PRODUCER.getVolatile(this);
      if (index < 0 || index - (long) CONSUMER.getVolatile(this) >= slots.length) {
        return false;
      }
    } while (!PRODUCER.compareAndSet(this, index, index + 1));
    SLOTS.setRelease(slots, (int) index & mask, element);
    return true;
  }

  /**
   * Removes the oldest element; the consumer only.
   *
   * @return null when there is none, or when its producer has not finished the offer
   */
  @SuppressWarnings("unchecked")
  public E poll() {
    long index = consumerIndex;
    int slot = (int) index & mask;
    Object element = SLOTS.getAcquire(slots, slot);
    if (element == null) {
      return null;
    }
    slots[slot] = null;
    // Released after the slot is empty: a producer that sees the index may fill the slot again.
    CONSUMER.setVolatile(this, index + 1);
    return (E) element;
  }

  /** Whether nothing was offered that was not polled; any thread, true only for the moment. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** Elements offered, those under way included, and not polled; any thread. */
  public int size() {
    long consumed = (long) CONSUMER.getVolatile(this);
    return (int) (((long) PRODUCER.getVolatile(this) & ~CLOSED) - consumed);
  }

  /**
   * Lets no further offer in. What was let in before is still to be polled: until {@link #isEmpty}.
   */
  public void close() {
    long index;
    do {
      index = (long) PRODUCER.getVolatile(this);
    } while (!PRODUCER.compareAndSet(this, index, index | CLOSED));
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return (long) PRODUCER.getVolatile(this) < 0;
  }
}
