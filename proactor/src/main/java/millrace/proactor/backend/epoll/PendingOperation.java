package millrace.proactor.backend.epoll;

import millrace.proactor.backend.Operation;
import millrace.timers.Timer;

/**
 * What this backend keeps of an operation from its submission to its end, one for each slot of the
 * table: where it waits, how far it has come, and its deadline, which is the timer that it is.
 *
 * <p>Loop thread, except that a worker thread writes {@link #result} between its taking the
 * operation and handing it back.
 */
final class PendingOperation extends Timer {

  enum State {
    /** Not submitted, or not looked at yet. */
    NEW,
    /** In one of the queues of its descriptor. */
    WAITING,
    /** Until its deadline. */
    SLEEPING,
    /** With the worker threads. */
    WITH_WORKERS,
    /** A close, until the worker threads are done with the descriptor. */
    CLOSE_DEFERRED,
    /** The result stands. */
    ENDED
  }

  final Operation operation;
  State state = State.NEW;

  /** Whose descriptor it is, once it waits or is with the worker threads. */
  DescriptorState descriptor;

  /** Of the list that it is in. */
  OperationList list;

  PendingOperation next;
  PendingOperation previous;

  /** Whether its end was asked for: a multishot operation then goes on no further. */
  boolean cancelRequested;

  /** Bytes done of an operation that wants all of them (MSG_WAITALL). */
  int transferred;

  /** Of a message received with MSG_WAITALL: the room for control data that it came with. */
  long controlRoomBytes;

  /** S_IFMT bits of what a READ or WRITE is on; negative while unknown. */
  int fileType;

  /** Size of the file that a READ is on, in bytes. */
  long fileBytes;

  /** How long the next pause is between attempts that no readiness announces; 0: there is none. */
  long pauseNanos;

  /** When the time of such an operation is over. */
  long deadlineNanos;

  int result;

  /** F_BUFFER and its number when the last completion brings one. */
  int resultFlags;

  PendingOperation(Operation operation) {
    this.operation = operation;
  }

  /** For the next use of the slot. */
  void reset() {
    assert list == null && !isStarted() : "submitted while it is pending: " + operation;
    state = State.NEW;
    descriptor = null;
    cancelRequested = false;
    transferred = 0;
    pauseNanos = 0;
    resultFlags = 0;
    fileType = FileType.UNKNOWN;
  }

  @Override
  public String toString() {
    return state + " " + operation;
  }
}
