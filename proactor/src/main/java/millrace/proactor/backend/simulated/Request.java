package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.FileStat;
import millrace.uring.Libc;
import millrace.uring.OpenHow;

/**
 * The kernel's side of an operation: its arguments as they were submitted, since the slot may be
 * used for something else by a proactor with a bug, and the memory it was given.
 */
final class Request {

  enum State {
    /** In the submission queue. */
    QUEUED,
    /** Waits for a file to change. */
    PARKED,
    /** On a worker thread: a cancel cannot take it away, at best interrupt it. */
    WORKING,
    /** Its result stands; its last completion may still be on its way. */
    DONE
  }

  final long token;
  final OperationKind kind;
  final int descriptor;
  final int operationFlags;
  final int mode;
  final int length;
  final long offset;
  final long timeoutNanos;
  final boolean hardLink;
  private final BufferSlice buffer;
  private final BufferSlice secondBuffer;

  /** Of an operation with a struct msghdr. */
  final Message message;

  /** What is transferred, or a path or an address. */
  final MemorySegment[] data;

  /** All memory that the kernel reads or writes. */
  private final MemorySegment[] memory;

  /** The memory of {@code secondAddress}. */
  final MemorySegment secondMemory;

  State state = State.QUEUED;

  /** Whether its worker thread cannot be interrupted. */
  boolean stuck;

  boolean timedOut;

  /** It has found nothing to receive, and is tried again when there is something. */
  boolean polled;

  /** With MSG_WAITALL on a stream: bytes that have come or gone so far. */
  int transferred;

  /** When its latest completion can be seen. */
  long visibleNanos;

  /** What it works on, from the moment the kernel has taken it. */
  Descriptors.OpenFile file;

  /** Null unless it is a member of one. */
  RequestChain chain;

  /** Whether its end was asked for before it had begun: then it does not. */
  boolean cancelRequested;

  private final boolean writesMemory;
  private long fingerprint;

  Request(Operation operation) {
    token = operation.token();
    kind = operation.kind;
    descriptor = operation.descriptor;
    operationFlags = operation.operationFlags;
    mode = operation.mode;
    length = operation.length;
    offset = operation.offset;
    timeoutNanos = operation.timeoutNanos;
    hardLink = operation.hardLink;
    cancelRequested = operation.cancelRequested;
    buffer = operation.buffer;
    secondBuffer = operation.secondBuffer;
    message = messageOf(operation);
    data = message == null ? dataOf(operation) : message.data().toArray(MemorySegment[]::new);
    memory = message == null ? data : message.memory();
    secondMemory = secondMemoryOf(operation);
    writesMemory =
        kind == OperationKind.READ
            || kind == OperationKind.RECEIVE
            || kind == OperationKind.RECEIVE_MESSAGE;
    fingerprint = currentFingerprint();
  }

  private static Message messageOf(Operation operation) {
    return switch (operation.kind) {
      case SEND_MESSAGE, RECEIVE_MESSAGE -> Message.at(operation.address);
      case RECEIVE_MESSAGE_MULTISHOT -> Message.roomsAt(operation.address);
      default -> null;
    };
  }

  private static MemorySegment[] dataOf(Operation operation) {
    return switch (operation.kind) {
      case READ, WRITE, RECEIVE, SEND, CONNECT ->
          new MemorySegment[] {KernelMemory.at(operation.address, operation.length)};
      case OPEN, OPEN_HOW, STATUS, UNLINK ->
          new MemorySegment[] {KernelMemory.string(operation.address)};
      default -> new MemorySegment[0];
    };
  }

  private static MemorySegment secondMemoryOf(Operation operation) {
    return switch (operation.kind) {
      case OPEN_HOW -> KernelMemory.at(operation.secondAddress, OpenHow.BYTES);
      case STATUS -> KernelMemory.at(operation.secondAddress, FileStat.BYTES);
      default -> null;
    };
  }

  /** MSG_*; none for what is no operation of sockets only. */
  int messageFlags() {
    return switch (kind) {
      case RECEIVE,
          RECEIVE_MULTISHOT,
          RECEIVE_MESSAGE,
          RECEIVE_MESSAGE_MULTISHOT,
          SEND,
          SEND_MESSAGE ->
          operationFlags;
      default -> 0;
    };
  }

  /** Whether it is told EAGAIN instead of having to wait. */
  boolean isImpatient() {
    return (messageFlags() & Libc.MSG_DONTWAIT) != 0;
  }

  /** Whether it is not done before all of its bytes are, where bytes follow each other. */
  boolean wantsAll() {
    return (messageFlags() & Libc.MSG_WAITALL) != 0;
  }

  /** The data behind what was transferred. */
  MemorySegment[] rest() {
    if (transferred == 0) {
      return data;
    }
    List<MemorySegment> rest = new ArrayList<>();
    long skip = transferred;
    for (MemorySegment piece : data) {
      long skipped = Math.min(skip, piece.byteSize());
      skip -= skipped;
      if (skipped < piece.byteSize()) {
        rest.add(piece.asSlice(skipped));
      }
    }
    return rest.toArray(MemorySegment[]::new);
  }

  /** What a cancel makes of it: what has come already is told. */
  int resultIfCancelled() {
    return transferred > 0 ? transferred : -Errno.ECANCELED;
  }

  /** The one piece of memory of an operation that has one. */
  MemorySegment memory() {
    return data[0];
  }

  private long currentFingerprint() {
    long hash = 1;
    for (MemorySegment piece : memory) {
      hash = KernelMemory.mix(hash, KernelMemory.fingerprint(piece));
    }
    if (secondMemory != null && kind != OperationKind.STATUS) {
      hash = KernelMemory.mix(hash, KernelMemory.fingerprint(secondMemory));
    }
    return hash;
  }

  /** Null, or what has happened to the memory since the operation was submitted. */
  String damage() {
    if (isReleased(buffer) || isReleased(secondBuffer)) {
      return "its memory was released";
    }
    if (isFreed(buffer) || isFreed(secondBuffer)) {
      return "its memory was freed";
    }
    if (fingerprint != currentFingerprint()) {
      return writesMemory
          ? "its memory was written by another"
          : "its memory was changed before the kernel had read it";
    }
    return null;
  }

  /** The kernel itself has written the memory. */
  void wrote() {
    memoryChanged();
    if (chain != null) {
      chain.wrote(this);
    }
  }

  void memoryChanged() {
    fingerprint = currentFingerprint();
  }

  /** What a transfer was asked for. */
  long wantedBytes() {
    if (message == null) {
      return length;
    }
    long bytes = 0;
    for (MemorySegment piece : data) {
      bytes += piece.byteSize();
    }
    return bytes;
  }

  boolean sharesMemoryWith(Request other) {
    for (MemorySegment piece : other.memory) {
      if (touches(piece)) {
        return true;
      }
    }
    return other.secondMemory != null && touches(other.secondMemory);
  }

  boolean touches(MemorySegment other) {
    for (MemorySegment piece : memory) {
      if (overlaps(piece, other)) {
        return true;
      }
    }
    return secondMemory != null && overlaps(secondMemory, other);
  }

  private static boolean overlaps(MemorySegment one, MemorySegment other) {
    return one.address() < other.address() + other.byteSize()
        && other.address() < one.address() + one.byteSize();
  }

  private static boolean isFreed(BufferSlice slice) {
    return slice != null && !slice.segment().scope().isAlive();
  }

  private static boolean isReleased(BufferSlice slice) {
    if (slice == null) {
      return false;
    }
    try {
      slice.retain();
    } catch (IllegalStateException released) {
      return true;
    }
    slice.release();
    return false;
  }

  @Override
  public String toString() {
    return kind
        + " slot="
        + (token & 0xff_ffff)
        + " generation="
        + (token >>> 32)
        + " fd="
        + descriptor;
  }
}
