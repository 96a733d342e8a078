package millrace.proactor.backend;

import java.util.function.Consumer;
import millrace.proactor.schedule.WaitingLine;

/**
 * The slots of all operations in flight: admission against a cap, generations against stale
 * completions, and reservations, so that what has been admitted (a connection) can always send,
 * receive and close.
 *
 * <p>Slots are created when first needed and kept, so claiming allocates nothing in steady state.
 * Loop thread only.
 */
public final class OperationTable {

  /** Slot numbers fit into 24 bits: the rest of the low word is the backend's. */
  public static final int MAX_CAPACITY = 1 << 24;

  private final Operation[] slots;
  private final int[] free;
  private final WaitingLine waitingForRoom = new WaitingLine();
  private int freeCount;
  private int created;
  private int inFlight;
  private int reservedTotal;
  private int unreservedInFlight;
  private long staleCompletions;
  private long refusals;

  /**
   * @param capacity most operations in flight, 1 to 2^24
   */
  public OperationTable(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException("capacity: " + capacity + ", must be 1.." + MAX_CAPACITY);
    }
    slots = new Operation[capacity];
    free = new int[capacity];
  }

  /**
   * Sets {@code count} slots aside.
   *
   * @return false when there are not so many left
   */
  public boolean reserve(int count) {
    if (count > room()) {
      refusals++;
      return false;
    }
    reservedTotal += count;
    return true;
  }

  /** Gives up a reservation; its operations have ended. */
  public void unreserve(int count) {
    reservedTotal -= count;
    assert reservedTotal >= 0 : "more unreserved than reserved";
    waitingForRoom.cameBack();
  }

  /** Who waits for slots that nobody has claimed or set aside; served by the loop each turn. */
  public WaitingLine waitingForRoom() {
    return waitingForRoom;
  }

  /** Slots that nobody has claimed or set aside. */
  public int room() {
    return slots.length - reservedTotal - unreservedInFlight;
  }

  /**
   * A slot in use.
   *
   * @param fromReservation whether it is one of those set aside
   * @return null when the cap is reached; never null from a reservation
   */
  public Operation claim(boolean fromReservation) {
    if (!fromReservation && room() <= 0) {
      refusals++;
      return null;
    }
    Operation operation = freeCount > 0 ? slots[free[--freeCount]] : create();
    assert !operation.inUse : "slot claimed twice: " + operation;
    operation.inUse = true;
    // Generation 0 is skipped, so that no token is ever 0.
    operation.generation = operation.generation == -1 ? 1 : operation.generation + 1;
    operation.reserved = fromReservation;
    operation.timedOut = false;
    operation.timeoutNanos = Operation.NO_TIMEOUT;
    operation.offset = 0;
    operation.secondAddress = 0;
    operation.operationFlags = 0;
    operation.mode = 0;
    operation.hardLink = false;
    operation.cancelRequested = false;
    operation.withoutBeginning = false;
    operation.cancelsInVain = 0;
    inFlight++;
    if (!fromReservation) {
      unreservedInFlight++;
    }
    return operation;
  }

  /** Lets an operation from a reservation be one like any other: the reservation is one smaller. */
  public void admit(Operation operation) {
    assert operation.reserved && operation.inUse : "not from a reservation: " + operation;
    operation.reserved = false;
    reservedTotal--;
    unreservedInFlight++;
  }

  private Operation create() {
    if (created == slots.length) {
      throw new IllegalStateException("more operations from reservations than were reserved");
    }
    Operation operation = new Operation(created);
    slots[created++] = operation;
    return operation;
  }

  /**
   * The operation that {@code token} names, if that use of the slot has not ended; otherwise null,
   * and counted: a stale completion is never dispatched.
   */
  public Operation lookup(long token) {
    int index = (int) token & (MAX_CAPACITY - 1);
    Operation operation = index < created ? slots[index] : null;
    if (operation == null || !operation.inUse || operation.generation != (int) (token >>> 32)) {
      staleCompletions++;
      return null;
    }
    return operation;
  }

  /** As {@link #lookup}, without counting: for a caller who may rightly be late. */
  public Operation find(long token) {
    int index = (int) token & (MAX_CAPACITY - 1);
    Operation operation = index < created ? slots[index] : null;
    boolean live =
        operation != null && operation.inUse && operation.generation == (int) (token >>> 32);
    return live ? operation : null;
  }

  /**
   * Ends the operation and makes the slot free. The references to its buffers pass to the caller,
   * who read them before: a handler may look at the memory once more.
   */
  public void free(Operation operation) {
    assert operation.inUse : "slot freed twice: " + operation;
    assert !operation.isChainMember : "freed as a member of a chain: " + operation;
    operation.inUse = false;
    operation.handler = null;
    operation.attachment = null;
    operation.buffer = null;
    operation.secondBuffer = null;
    operation.chainNext = null;
    operation.chainPrevious = null;
    inFlight--;
    if (!operation.reserved) {
      unreservedInFlight--;
      waitingForRoom.cameBack();
    }
    free[freeCount++] = operation.index;
  }

  /** Calls {@code consumer} with each operation in flight; for cancel-all and dumps. */
  public void forEachInFlight(Consumer<Operation> consumer) {
    for (int index = 0; index < created; index++) {
      if (slots[index].inUse) {
        consumer.accept(slots[index]);
      }
    }
  }

  /** Operations claimed and not yet freed. */
  public int inFlight() {
    return inFlight;
  }

  /** Most operations in flight. */
  public int capacity() {
    return slots.length;
  }

  /** Slots set aside. */
  public int reserved() {
    return reservedTotal;
  }

  /** Completions dropped because their operation had ended. */
  public long staleCompletions() {
    return staleCompletions;
  }

  /** Claims and reservations refused at the cap. */
  public long refusals() {
    return refusals;
  }
}
