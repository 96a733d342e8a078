package millrace.proactor;

import java.util.Objects;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBuffers;
import millrace.proactor.engine.LoopStatistics;
import millrace.uring.FileStat;
import millrace.uring.MessageHeader;
import millrace.uring.OpenHow;

/**
 * Raw operations on descriptors: the engine that connections and files are built on, and the place
 * to try out completion I/O from.
 *
 * <p><b>Threading.</b> Loop thread only; handlers are called on the loop thread, never from inside
 * the submitting call.
 *
 * <p><b>Results.</b> Each method returns the number of the operation, for {@link #cancel}, or
 * {@link #REFUSED} when the cap on operations in flight is reached or the loop is ending: then
 * nothing was submitted and the handler is not called. Otherwise the handler gets exactly one
 * terminal completion, with the kernel's result or {@code -errno}.
 *
 * <p><b>Ownership.</b> The operation pins its buffers from submission to the terminal completion;
 * the window of a slice is read at submission. Do not write into a buffer while an operation reads
 * from it, nor read while one writes. Descriptors stay the caller's.
 *
 * <p><b>Deadlines.</b> {@code timeoutNanos} greater than 0 links a timeout to the operation
 * (IORING_OP_LINK_TIMEOUT, since Linux 5.5); {@link #NO_TIMEOUT} has none. An operation ended by
 * its deadline completes with {@code -ETIME}; if data arrived first, the data is reported.
 */
public final class Operations {

  /** The number that says: nothing was submitted. */
  public static final long REFUSED = 0;

  /** No deadline. */
  public static final long NO_TIMEOUT = Operation.NO_TIMEOUT;

  private final OperationTable table;
  private final Backend backend;
  private final LoopStatistics statistics;
  private final Thread owner;
  private final boolean reserved;
  private final int submissionEntries;

  /** Takes what is submitted here, instead of the backend; null except in a chain's instance. */
  private final OperationChain collector;

  private OperationChain chain;
  private ProvidedBuffers receiveBuffers;
  private boolean ending;
  private boolean detached;

  Operations(
      OperationTable table,
      Backend backend,
      LoopStatistics statistics,
      Thread owner,
      boolean reserved,
      int submissionEntries) {
    this(table, backend, statistics, owner, reserved, submissionEntries, null);
  }

  private Operations(
      OperationTable table,
      Backend backend,
      LoopStatistics statistics,
      Thread owner,
      boolean reserved,
      int submissionEntries,
      OperationChain collector) {
    this.table = table;
    this.backend = backend;
    this.statistics = statistics;
    this.owner = owner;
    this.reserved = reserved;
    this.submissionEntries = submissionEntries;
    this.collector = collector;
  }

  /** Operations that {@code of} collects. */
  Operations collectingFor(OperationChain of) {
    Operations operations =
        new Operations(table, backend, statistics, owner, true, submissionEntries, of);
    operations.receiveBuffers = receiveBuffers;
    return operations;
  }

  /** Before the first operation. */
  void bind(ProvidedBuffers newReceiveBuffers) {
    receiveBuffers = newReceiveBuffers;
  }

  /** From now on every operation that is not from a reservation is refused. */
  void end() {
    ending = true;
  }

  boolean hasOpenChain() {
    return chain != null && chain.isOpen();
  }

  /** After a handler: closes the chain that it has left open, and tells so. */
  IllegalStateException closeOpenChain() {
    IllegalStateException leftOpen = chain.leftOpen();
    chain.close();
    return leftOpen;
  }

  /** From now on the backend gets nothing: what is submitted is the shutdown's to end. */
  void detach() {
    detached = true;
  }

  /**
   * Begins a chain: operations of which each begins when the one before it has succeeded. Without
   * room for all of them {@link OperationChain#submit} returns false.
   *
   * @param maxMembers sets so many slots aside until it is submitted or closed: 1 to the number of
   *     entries of the submission queue and to the cap on operations in flight
   * @return the chain, to be submitted or closed by the same handler
   * @throws IllegalStateException when the chain that was begun before is still open
   */
  public OperationChain beginChain(int maxMembers) {
    checkThread();
    if (collector != null) {
      throw new IllegalStateException("a chain cannot be a member of a chain");
    }
    if (chain == null) {
      chain = new OperationChain(this, table, backend, statistics, submissionEntries);
    }
    chain.begin(maxMembers, ending || detached);
    return chain;
  }

  /**
   * Does nothing, and completes with 0. For measurements.
   *
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long nop(OperationHandler handler, long context, Object attachment) {
    Operation op = claim(OperationKind.NOP, -1, handler, context, attachment);
    return submit(op);
  }

  /**
   * Waits for a deadline (IORING_OP_TIMEOUT with IORING_TIMEOUT_ABS, on CLOCK_MONOTONIC): result
   * -ETIME when it has passed. {@link Proactor#startTimer} is cheaper and needs no operation.
   *
   * @param deadlineNanos by the clock of {@link Proactor#nanoTime}, 0 or more
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long timeout(
      long deadlineNanos, OperationHandler handler, long context, Object attachment) {
    if (deadlineNanos < 0) {
      throw new IllegalArgumentException("deadlineNanos: " + deadlineNanos + ", must be >= 0");
    }
    Operation op = claim(OperationKind.TIMEOUT, -1, handler, context, attachment);
    if (op != null) {
      op.offset = deadlineNanos;
    }
    return submit(op);
  }

  /**
   * read(2) into the window of {@code buffer}: result in bytes, 0 at the end. May be short.
   *
   * @param descriptor the file descriptor
   * @param buffer its window, read at submission
   * @param offset position in bytes, or -1 for the descriptor's own position (pipes, eventfds)
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long read(
      int descriptor,
      BufferSlice buffer,
      long offset,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    return read(
        descriptor,
        buffer,
        buffer.offset(),
        buffer.length(),
        offset,
        timeoutNanos,
        handler,
        context,
        attachment);
  }

  /**
   * As {@link #read(int, BufferSlice, long, long, OperationHandler, long, Object)}, into {@code
   * lengthBytes} bytes at {@code bufferOffset} of the buffer, whatever its window is.
   *
   * @param descriptor the file descriptor
   * @param buffer the memory
   * @param bufferOffset in bytes from the start of the buffer's memory
   * @param lengthBytes in bytes
   * @param offset position in bytes, or -1 for the descriptor's own position
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long read(
      int descriptor,
      BufferSlice buffer,
      int bufferOffset,
      int lengthBytes,
      long offset,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    Objects.checkFromIndexSize(bufferOffset, lengthBytes, buffer.capacity());
    Operation op = claim(OperationKind.READ, descriptor, handler, context, attachment);
    if (op != null) {
      op.timeoutNanos = checkTimeout(op, timeoutNanos);
      op.offset = offset;
    }
    return submitPart(op, buffer, bufferOffset, lengthBytes);
  }

  /**
   * write(2) of the window of {@code buffer}: result in bytes. May be short.
   *
   * @param descriptor the file descriptor
   * @param buffer its window, read at submission
   * @param offset position in bytes, or -1 for the descriptor's own position
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long write(
      int descriptor,
      BufferSlice buffer,
      long offset,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    return write(
        descriptor,
        buffer,
        buffer.offset(),
        buffer.length(),
        offset,
        timeoutNanos,
        handler,
        context,
        attachment);
  }

  /**
   * As {@link #write(int, BufferSlice, long, long, OperationHandler, long, Object)}, of {@code
   * lengthBytes} bytes at {@code bufferOffset} of the buffer, whatever its window is.
   *
   * @param descriptor the file descriptor
   * @param buffer the memory
   * @param bufferOffset in bytes from the start of the buffer's memory
   * @param lengthBytes in bytes
   * @param offset position in bytes, or -1 for the descriptor's own position
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long write(
      int descriptor,
      BufferSlice buffer,
      int bufferOffset,
      int lengthBytes,
      long offset,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    Objects.checkFromIndexSize(bufferOffset, lengthBytes, buffer.capacity());
    Operation op = claim(OperationKind.WRITE, descriptor, handler, context, attachment);
    if (op != null) {
      op.timeoutNanos = checkTimeout(op, timeoutNanos);
      op.offset = offset;
    }
    return submitPart(op, buffer, bufferOffset, lengthBytes);
  }

  /**
   * recv(2) into the window of {@code buffer}: result in bytes, 0 when the peer has finished.
   *
   * @param descriptor the file descriptor
   * @param buffer its window, read at submission
   * @param messageFlags MSG_*
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long receive(
      int descriptor,
      BufferSlice buffer,
      int messageFlags,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    Operation op = claim(OperationKind.RECEIVE, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = messageFlags;
    }
    return submit(op, buffer, 0, timeoutNanos);
  }

  /**
   * Multishot recv(2) into the loop's receive buffers (since Linux 6.0): each piece of data comes
   * as a slice, lent for the call. It ends like every multishot operation, at any time and with or
   * without data (io_uring_multishot(7)); {@code -ENOBUFS} says that the receive buffers of the
   * loop are all in use. Submit it anew if more is wanted.
   *
   * @param descriptor the file descriptor of a socket
   * @param handler gets the data and the end
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long receiveMultishot(
      int descriptor, ReceiveHandler handler, long context, Object attachment) {
    Objects.requireNonNull(handler, "handler");
    LentReceive receive = new LentReceive(receiveBuffers, handler);
    return receiveMultishot(descriptor, receiveBuffers.groupId(), receive, context, attachment);
  }

  /**
   * As above, with the buffer's number in the flags: whoever calls this takes each buffer out of
   * {@link ProvidedBuffers}.
   */
  long receiveMultishot(
      int descriptor, int bufferGroup, OperationHandler handler, long context, Object attachment) {
    Operation op = claim(OperationKind.RECEIVE_MULTISHOT, descriptor, handler, context, attachment);
    if (op != null) {
      op.bufferGroup = bufferGroup;
    }
    return submit(op);
  }

  /**
   * recvmsg(2): {@code message} holds a struct msghdr at the start of its window, into which the
   * kernel writes the lengths of name and control data and the flags; result in bytes. The memory
   * that the msghdr points to stays the caller's, who keeps it until the completion, and for ever
   * when that says {@link OperationHandler#ABANDONED}.
   *
   * @param descriptor the file descriptor
   * @param message a struct msghdr, see {@link MessageHeader}
   * @param messageFlags MSG_*
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long receiveMessage(
      int descriptor,
      BufferSlice message,
      int messageFlags,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    checkRoom("message", message, MessageHeader.bytes(0));
    Operation op = claim(OperationKind.RECEIVE_MESSAGE, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = messageFlags;
    }
    return submit(op, message, 0, timeoutNanos);
  }

  /**
   * Multishot recvmsg(2) into the loop's receive buffers (since Linux 6.0): each message comes as a
   * slice, lent for the call, with its sender and its flags. It ends like every multishot
   * operation, and with each empty message; {@code -ENOBUFS} says that the receive buffers of the
   * loop are all in use, {@code -EFAULT} that one has not even room for name and control data,
   * {@code -EOVERFLOW} that no buffer could have: struct and rooms are 2^31 bytes or more. Submit
   * it anew if more is wanted.
   *
   * @param descriptor the file descriptor of a socket
   * @param header a struct msghdr without iovecs, see {@link MessageHeader}; its lengths of name
   *     and control data are the room that each buffer sets aside for them, the rest is for the
   *     message
   * @param messageFlags MSG_* without MSG_WAITALL; with MSG_TRUNC the length of a message that was
   *     cut is told
   * @param handler gets the messages and the end
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long receiveMessageMultishot(
      int descriptor,
      BufferSlice header,
      int messageFlags,
      MessageHandler handler,
      long context,
      Object attachment) {
    Objects.requireNonNull(handler, "handler");
    checkRoom("header", header, MessageHeader.bytes(0));
    ReceivedMessage message =
        new ReceivedMessage(
            MessageHeader.nameLengthBytes(header.address()),
            MessageHeader.controlLengthBytes(header.address()));
    LentMessage receive = new LentMessage(receiveBuffers, message, handler);
    return receiveMessageMultishot(
        descriptor, header, messageFlags, receiveBuffers.groupId(), receive, context, attachment);
  }

  /** As above, with the buffer's number in the flags. */
  long receiveMessageMultishot(
      int descriptor,
      BufferSlice header,
      int messageFlags,
      int bufferGroup,
      OperationHandler handler,
      long context,
      Object attachment) {
    Operation op =
        claim(OperationKind.RECEIVE_MESSAGE_MULTISHOT, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = messageFlags;
      op.bufferGroup = bufferGroup;
    }
    return submit(op, header, 0, NO_TIMEOUT);
  }

  /**
   * send(2) of the window of {@code buffer}: result in bytes. May be short.
   *
   * @param descriptor the file descriptor
   * @param buffer its window, read at submission
   * @param messageFlags MSG_*
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long send(
      int descriptor,
      BufferSlice buffer,
      int messageFlags,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    Operation op = claim(OperationKind.SEND, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = messageFlags;
    }
    return submit(op, buffer, 0, timeoutNanos);
  }

  /**
   * send(2) of {@code lengthBytes} bytes at {@code address}, inside {@code buffer}; for a queue
   * that sends a part of a slice whose window it must not move.
   *
   * @param descriptor the file descriptor
   * @param buffer its window, read at submission
   * @param offset in bytes
   * @param lengthBytes in bytes
   * @param messageFlags MSG_*
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long send(
      int descriptor,
      BufferSlice buffer,
      int offset,
      int lengthBytes,
      int messageFlags,
      OperationHandler handler,
      long context,
      Object attachment) {
    Objects.checkFromIndexSize(offset, lengthBytes, buffer.capacity());
    Operation op = claim(OperationKind.SEND, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = messageFlags;
    }
    return submitPart(op, buffer, offset, lengthBytes);
  }

  /**
   * sendmsg(2): {@code message} holds a struct msghdr at the start of its window. The memory that
   * the msghdr points to stays the caller's, who keeps it until the completion, and for ever when
   * that says {@link OperationHandler#ABANDONED}.
   *
   * @param descriptor the file descriptor
   * @param message a struct msghdr
   * @param messageFlags MSG_*
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long sendMessage(
      int descriptor,
      BufferSlice message,
      int messageFlags,
      OperationHandler handler,
      long context,
      Object attachment) {
    checkRoom("message", message, MessageHeader.bytes(0));
    Operation op = claim(OperationKind.SEND_MESSAGE, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = messageFlags;
    }
    return submit(op, message, 0, NO_TIMEOUT);
  }

  /**
   * accept4(2), once: result is a descriptor.
   *
   * @param descriptor the file descriptor
   * @param socketFlags SOCK_CLOEXEC, SOCK_NONBLOCK
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long accept(
      int descriptor, int socketFlags, OperationHandler handler, long context, Object attachment) {
    Operation op = claim(OperationKind.ACCEPT, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = socketFlags;
    }
    return submit(op);
  }

  /**
   * Multishot accept4(2) (since Linux 5.19): completes with a descriptor per connection.
   *
   * @param descriptor the file descriptor
   * @param socketFlags SOCK_CLOEXEC, SOCK_NONBLOCK
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long acceptMultishot(
      int descriptor, int socketFlags, OperationHandler handler, long context, Object attachment) {
    Operation op = claim(OperationKind.ACCEPT_MULTISHOT, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = socketFlags;
    }
    return submit(op);
  }

  /**
   * connect(2) to the struct sockaddr in the window of {@code address}.
   *
   * @param descriptor the file descriptor
   * @param address the address
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long connect(
      int descriptor,
      BufferSlice address,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    Operation op = claim(OperationKind.CONNECT, descriptor, handler, context, attachment);
    return submit(op, address, 0, timeoutNanos);
  }

  /**
   * openat(2): result is a descriptor.
   *
   * @param directoryDescriptor the directory, or AT_FDCWD
   * @param path the path's bytes and a NUL
   * @param openFlags O_*
   * @param mode permissions of a new file
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long open(
      int directoryDescriptor,
      BufferSlice path,
      int openFlags,
      int mode,
      OperationHandler handler,
      long context,
      Object attachment) {
    Operation op = claim(OperationKind.OPEN, directoryDescriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = openFlags;
      op.mode = mode;
    }
    return submit(op, path, 0, NO_TIMEOUT);
  }

  /**
   * openat2(2) (since Linux 5.6): result is a descriptor.
   *
   * @param directoryDescriptor the directory, or AT_FDCWD
   * @param path the path's bytes and a NUL
   * @param openHow a struct open_how at the start of its window
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long open(
      int directoryDescriptor,
      BufferSlice path,
      BufferSlice openHow,
      OperationHandler handler,
      long context,
      Object attachment) {
    checkRoom("openHow", openHow, OpenHow.BYTES);
    Operation op = claim(OperationKind.OPEN_HOW, directoryDescriptor, handler, context, attachment);
    return submit(op, path, openHow);
  }

  /**
   * statx(2) into the window of {@code status}, of at least {@link FileStat#BYTES} bytes.
   *
   * @param status receives a struct statx
   * @param directoryDescriptor the directory, or AT_FDCWD
   * @param path the path's bytes and a NUL; empty with AT_EMPTY_PATH
   * @param flags AT_*
   * @param mask STATX_*
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long status(
      int directoryDescriptor,
      BufferSlice path,
      int flags,
      int mask,
      BufferSlice status,
      OperationHandler handler,
      long context,
      Object attachment) {
    checkRoom("status", status, FileStat.BYTES);
    Operation op = claim(OperationKind.STATUS, directoryDescriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = flags;
      op.mode = mask;
    }
    return submit(op, path, status);
  }

  /**
   * unlinkat(2) (IORING_OP_UNLINKAT, since Linux 5.11): removes a name of a file.
   *
   * @param directoryDescriptor the directory, or AT_FDCWD
   * @param path the path's bytes and a NUL
   * @param flags AT_REMOVEDIR for a directory, or 0
   * @param handler gets the completion: 0, ENOENT, EACCES, EISDIR ...
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long unlink(
      int directoryDescriptor,
      BufferSlice path,
      int flags,
      OperationHandler handler,
      long context,
      Object attachment) {
    Operation op = claim(OperationKind.UNLINK, directoryDescriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = flags;
    }
    return submit(op, path, 0, NO_TIMEOUT);
  }

  /**
   * fsync(2), or fdatasync(2) if {@code dataOnly}.
   *
   * @param descriptor the file descriptor
   * @param dataOnly without the metadata that reading does not need
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long sync(
      int descriptor, boolean dataOnly, OperationHandler handler, long context, Object attachment) {
    Operation op = claim(OperationKind.SYNC, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = dataOnly ? 1 : 0;
    }
    return submit(op);
  }

  /**
   * poll(2) for {@code events}, once: result is the events that are there.
   *
   * @param descriptor the file descriptor
   * @param events POLL*
   * @param timeoutNanos deadline in nanoseconds, or {@link #NO_TIMEOUT}
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long poll(
      int descriptor,
      int events,
      long timeoutNanos,
      OperationHandler handler,
      long context,
      Object attachment) {
    Operation op = claim(OperationKind.POLL, descriptor, handler, context, attachment);
    if (op != null) {
      op.operationFlags = events;
      op.timeoutNanos = checkTimeout(op, timeoutNanos);
    }
    return submit(op);
  }

  /**
   * close(2). No operation on the descriptor may be in flight: the number may be reused at once.
   *
   * @param descriptor the file descriptor
   * @param handler gets the completion
   * @param context comes back with each completion
   * @param attachment comes back with each completion; may be null
   * @return the operation's number, or {@link #REFUSED}
   */
  public long close(int descriptor, OperationHandler handler, long context, Object attachment) {
    return submit(claim(OperationKind.CLOSE, descriptor, handler, context, attachment));
  }

  /**
   * Asks for the end of an operation, which still completes: with {@code -ECANCELED}, or with what
   * it had done before. A number whose operation has ended is ignored.
   *
   * @param operation number of the operation
   */
  public void cancel(long operation) {
    checkThread();
    Operation found = table.find(operation);
    if (found != null && !detached) {
      OperationChain open = openChain();
      if (open != null && open.holds(found)) {
        found.cancelRequested = true;
      } else {
        backend.cancel(found);
      }
    }
  }

  /**
   * Asks for the end of all operations on {@code descriptor}.
   *
   * @param descriptor the file descriptor
   */
  public void cancelDescriptor(int descriptor) {
    checkThread();
    if (!detached) {
      OperationChain open = openChain();
      if (open != null) {
        open.cancelDescriptor(descriptor);
      }
      backend.cancelDescriptor(descriptor);
    }
  }

  /** The chain that may be open; null when there was none. */
  private OperationChain openChain() {
    return collector == null ? chain : collector;
  }

  private Operation claim(
      OperationKind kind,
      int descriptor,
      OperationHandler handler,
      long context,
      Object attachment) {
    checkThread();
    Objects.requireNonNull(handler, "handler");
    if ((ending && !reserved) || (collector != null && !collector.mayAdd(kind))) {
      return null;
    }
    Operation op = table.claim(reserved);
    if (op != null) {
      op.kind = kind;
      op.descriptor = descriptor;
      op.handler = handler;
      op.context = context;
      op.attachment = attachment;
    }
    return op;
  }

  private long submit(Operation op, BufferSlice buffer, long offset, long timeoutNanos) {
    if (op == null) {
      return REFUSED;
    }
    op.timeoutNanos = checkTimeout(op, timeoutNanos);
    op.offset = offset;
    return submit(op, buffer, null);
  }

  private long submit(Operation op, BufferSlice buffer, BufferSlice second) {
    if (op == null) {
      return REFUSED;
    }
    pin(op, buffer, second);
    op.address = buffer.address();
    op.length = buffer.length();
    if (second != null) {
      op.secondAddress = second.address();
    }
    return submit(op);
  }

  private long submitPart(Operation op, BufferSlice buffer, int bufferOffset, int lengthBytes) {
    if (op == null) {
      return REFUSED;
    }
    pin(op, buffer, null);
    op.address = buffer.segment().address() + bufferOffset;
    op.length = lengthBytes;
    return submit(op);
  }

  /** Both or none; a slice that its owner has released already must not cost a slot. */
  private void pin(Operation op, BufferSlice buffer, BufferSlice second) {
    BufferSlice pinned = null;
    try {
      pinned = buffer.pin();
      op.secondBuffer = second == null ? null : second.pin();
      op.buffer = pinned;
    } catch (RuntimeException e) {
      if (pinned != null) {
        pinned.unpin();
      }
      table.free(op);
      throw e;
    }
  }

  private long submit(Operation op) {
    if (op == null) {
      return REFUSED;
    }
    if (collector != null) {
      collector.add(op);
      return op.token();
    }
    statistics.operations.increment();
    if (!detached) {
      backend.submit(op);
    }
    return op.token();
  }

  private long checkTimeout(Operation op, long timeoutNanos) {
    if (timeoutNanos < 0) {
      table.free(op);
      throw new IllegalArgumentException("timeoutNanos: " + timeoutNanos + ", must be >= 0");
    }
    return timeoutNanos;
  }

  private static void checkRoom(String name, BufferSlice struct, int bytes) {
    if (struct.length() < bytes) {
      throw new IllegalArgumentException(
          name + ": a window of " + struct.length() + " bytes, must have " + bytes + " or more");
    }
  }

  void checkThread() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "operations belong to " + owner + ", called on " + Thread.currentThread());
    }
  }
}
