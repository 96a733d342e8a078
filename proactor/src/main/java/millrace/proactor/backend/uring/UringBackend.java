package millrace.proactor.backend.uring;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.BackendStatistics;
import millrace.proactor.backend.ChainMembers;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.KernelSockets;
import millrace.proactor.backend.LongQueue;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.proactor.buffer.Quarantine;
import millrace.uring.CompletionQueue;
import millrace.uring.CompletionSink;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Ring;
import millrace.uring.RingOptions;
import millrace.uring.Sqe;
import millrace.uring.SqeFlags;
import millrace.uring.SubmissionQueue;
import millrace.uring.UringException;

/**
 * The backend on io_uring: an operation is an SQE, a deadline is a linked timeout, a turn is one
 * {@code io_uring_enter} that submits, waits and lets the kernel post completions.
 */
public final class UringBackend implements Backend, CompletionSink {

  private static final long TIMESPEC_BYTES = 16;

  /** IORING_MAX_CQ_ENTRIES of the kernel. */
  private static final int MAX_COMPLETION_ENTRIES = 65536;

  /** The wake-up's, and those of some cancels that found nothing. */
  private static final int OWN_COMPLETIONS = 8;

  /** More than the kernel tries what is ready and would wait all the same (APOLL_MAX_RETRY). */
  private static final int MOST_CANCELS_IN_VAIN = 1000;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Ring ring;
  private final SubmissionQueue submissionQueue;
  private final CompletionQueue completionQueue;
  private final OperationTable table;
  private final Sockets sockets = new KernelSockets(0);
  private final BackendStatistics statistics = new BackendStatistics();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment timespecs;

  /** Requests for the next turn: chains, what found no room, and what came later than those. */
  private final LongQueue waiting = new LongQueue();

  private final Consumer<Operation> cancelUnlessClose = this::cancelUnlessClose;
  private final Consumer<Operation> putCancel = this::putCancel;
  private final UringChains chains;
  private final WakeUp wakeUp;
  private final Consumer<Ring> submitter;
  private final int workersBounded;
  private final int workersUnbounded;
  private UringBufferGroup bufferGroup;
  private CompletionTarget target;
  private boolean closing;
  private boolean noRoom;

  /**
   * Sets the ring up, disabled; any thread.
   *
   * @param submissionEntries size of the submission queue
   * @param table the slots, from whose number the completion queue is sized
   * @param workersBounded most kernel worker threads for files, 0 for the kernel's default
   * @param workersUnbounded most kernel worker threads for the rest, 0 for the kernel's default
   * @throws millrace.uring.UringUnavailableException when io_uring is not to be had; says why
   */
  public UringBackend(
      int submissionEntries, OperationTable table, int workersBounded, int workersUnbounded)
      throws UringException {
    this(submissionEntries, table, workersBounded, workersUnbounded, Ring::submit);
  }

  /**
   * @param submitter makes room in a full submission queue; a test's may fail as the kernel does
   */
  UringBackend(
      int submissionEntries,
      OperationTable table,
      int workersBounded,
      int workersUnbounded,
      Consumer<Ring> submitter)
      throws UringException {
    this.table = table;
    this.chains = new UringChains(this);
    this.submitter = submitter;
    this.workersBounded = workersBounded;
    this.workersUnbounded = workersUnbounded;
    this.ring = Ring.open(options(submissionEntries, table.capacity()));
    this.submissionQueue = ring.submissionQueue();
    this.completionQueue = ring.completionQueue();
    this.timespecs = arena.allocate(table.capacity() * TIMESPEC_BYTES, 8);
    try {
      this.wakeUp = new WakeUp(arena);
    } catch (UringException e) {
      ring.close();
      arena.close();
      throw e;
    }
  }

  static RingOptions options(int submissionEntries, int operations) {
    // Two completions for each operation with a deadline, some for the backend itself. Multishot
    // operations may still overflow the queue, and many operations the kernel's largest one; NODROP
    // keeps what they post (io_uring_setup(2), IORING_FEAT_NODROP).
    int wanted = Integer.highestOneBit(2 * operations + OWN_COMPLETIONS - 1) << 1;
    int completionEntries = Math.clamp(wanted, submissionEntries * 2, MAX_COMPLETION_ENTRIES);
    return RingOptions.proactorDefaults().toBuilder()
        .submissionEntries(submissionEntries)
        .completionEntries(completionEntries)
        .build();
  }

  @Override
  public String name() {
    return "io_uring";
  }

  @Override
  public void start(CompletionTarget newTarget) throws IOException {
    target = newTarget;
    ring.enable();
    if (workersBounded > 0 || workersUnbounded > 0) {
      int result = ring.registerIowqMaxWorkers(workersBounded, workersUnbounded);
      if (Errno.isError(result)) {
        throw new UringException("io_uring_register", -result, "IOWQ_MAX_WORKERS", null);
      }
    }
  }

  @Override
  public void submit(Operation operation) {
    operation.awaitedCompletions = operation.timeoutNanos > 0 ? 2 : 1;
    put(UserData.of(UserData.OPERATION, operation.token()));
  }

  @Override
  public void submitChain(Operation first) {
    for (Operation each = first; each != null; each = each.chainNext) {
      each.awaitedCompletions = each.timeoutNanos > 0 ? 2 : 1;
    }
    chains.members().await(first);
    putAtTurn(first);
  }

  /** With what is linked to it; what is asked for from now on waits behind it. */
  void putAtTurn(Operation operation) {
    enqueue(UserData.of(UserData.OPERATION, operation.token()));
  }

  @Override
  public void cancel(Operation operation) {
    chains.members().cancel(operation);
    putCancel(operation);
  }

  private void putCancel(Operation operation) {
    put(UserData.of(UserData.CANCEL, operation.token()));
  }

  @Override
  public void cancelDescriptor(int descriptor) {
    put(UserData.of(UserData.CANCEL_DESCRIPTOR, (long) descriptor << 32));
    chains.members().cancelDescriptor(descriptor, putCancel);
  }

  /**
   * One by one and not by IORING_ASYNC_CANCEL_ANY: a close(2) must not be among them. Where a file
   * has something to flush (overlayfs, NFS, FUSE) it waits for a worker thread, can be cancelled
   * there, and the descriptor would stay open.
   */
  @Override
  public void cancelAll() {
    table.forEachInFlight(cancelUnlessClose);
  }

  private void cancelUnlessClose(Operation operation) {
    if (operation.kind != OperationKind.CLOSE) {
      cancel(operation);
    }
  }

  /** Prepares now if there is room, later otherwise; requests keep their order either way. */
  private void put(long request) {
    if (!waiting.isEmpty() || !prepare(request)) {
      enqueue(request);
    }
  }

  private void enqueue(long request) {
    waiting.add(request);
    if (noRoom) {
      statistics.deferrals.increment();
    }
  }

  private void prepareWaiting() {
    while (!waiting.isEmpty() && prepare(waiting.peek())) {
      waiting.remove();
    }
    noRoom &= !waiting.isEmpty();
  }

  private boolean prepare(long request) {
    Operation operation = null;
    int entries = 1;
    if (UserData.purpose(request) == UserData.OPERATION) {
      operation = table.find(UserData.token(request));
      assert operation != null : "queued operation ended before it was submitted";
      UringChains.layOut(operation);
      entries = UringChains.entries(operation);
    }
    // A chain must be submitted whole (io_uring_linked_requests(7)): room for all of it, or none.
    if (!submissionQueue.reserve(entries) && !makeRoom(entries)) {
      if (!noRoom) {
        noRoom = true;
        statistics.deferrals.add(waiting.size());
      }
      return false;
    }
    if (operation != null) {
      prepareOperations(operation);
    } else {
      prepareCancel(request);
    }
    return true;
  }

  private boolean makeRoom(int entries) {
    statistics.systemCalls.increment();
    // EBUSY, EAGAIN: there is no more room than before, and the request waits for the next turn.
    submitter.accept(ring);
    return submissionQueue.reserve(entries);
  }

  private void prepareOperations(Operation first) {
    ChainMembers.begin(first);
    Operation operation = first;
    prepareOperation(operation);
    while (!UringChains.endsPart(operation)) {
      operation = operation.chainNext;
      prepareOperation(operation);
    }
  }

  private void prepareOperation(Operation operation) {
    Sqe sqe = submissionQueue.next();
    if (operation.withoutBeginning) {
      sqe.nop().userData(UserData.of(UserData.OPERATION, operation.token()));
      return;
    }
    if (operation.kind == OperationKind.TIMEOUT) {
      operation.address = timespec(operation, operation.offset);
    }
    SqeWriter.write(sqe, operation);
    int link = UringChains.linkFlag(operation);
    sqe.userData(UserData.of(UserData.OPERATION, operation.token())).flags(link);
    if (operation.timeoutNanos > 0) {
      // Whether the chain goes on is said by the operation's link alone; that of its timeout only
      // keeps the chain together.
      sqe.flags(link == 0 ? SqeFlags.IO_LINK : link);
      submissionQueue
          .next()
          .linkTimeout(timespec(operation, operation.timeoutNanos), 0)
          .userData(UserData.of(UserData.LINK_TIMEOUT, operation.token()))
          .flags(link);
    }
  }

  /** Writes the timespec of the operation's slot; returns its address. */
  private long timespec(Operation operation, long nanos) {
    long at = operation.index() * TIMESPEC_BYTES;
    timespecs.set(ValueLayout.JAVA_LONG, at, nanos / NANOS_PER_SECOND);
    timespecs.set(ValueLayout.JAVA_LONG, at + 8, nanos % NANOS_PER_SECOND);
    return timespecs.address() + at;
  }

  private void prepareCancel(long request) {
    Sqe sqe = submissionQueue.next();
    switch (UserData.purpose(request)) {
      case UserData.CANCEL ->
          sqe.cancel(UserData.of(UserData.OPERATION, UserData.token(request)), 0);
      case UserData.CANCEL_DESCRIPTOR ->
          sqe.cancelFd((int) (request >>> 32), SqeFlags.ASYNC_CANCEL_ALL);
      case UserData.CANCEL_ALL -> sqe.cancelAll();
      default -> throw new AssertionError("not a request: " + Long.toHexString(request));
    }
    // ENOENT and EALREADY are normal answers (io_uring_cancelation(7)); only the target's own
    // completion ends it, so a success needs no CQE.
    sqe.userData(request).skipSuccessCqe();
  }

  @Override
  public int turn(long timeoutNanos, int limit) throws IOException {
    prepareWaiting();
    if (!wakeUp.isArmed() && !closing && (submissionQueue.reserve(1) || makeRoom(1))) {
      wakeUp.arm(submissionQueue.next());
    }
    boolean wait = timeoutNanos != 0 && completionQueue.ready() == 0 && mayWait();
    statistics.systemCalls.increment();
    int entered = wait ? ring.submitAndWait(1, timeoutNanos) : ring.submitAndWait(0, 0);
    target.waitEnded();
    if (Errno.isError(entered)) {
      checkEnter(-entered);
    }
    if (ring.completionOverflowed()) {
      statistics.overflows.increment();
    }
    int reaped = completionQueue.drain(this, limit);
    statistics.completions.add(reaped);
    return reaped;
  }

  /** Not while requests wait for room, the read of the wake-up among them: nobody could end it. */
  private boolean mayWait() {
    return waiting.isEmpty() && (wakeUp.isArmed() || closing);
  }

  private static void checkEnter(int errno) throws UringException {
    // EBUSY, EAGAIN, ENOMEM: nothing is lost, reap first and submit again at the next turn.
    if (errno != Errno.ETIME
        && errno != Errno.EINTR
        && errno != Errno.EBUSY
        && errno != Errno.EAGAIN
        && errno != Errno.ENOMEM) {
      throw new UringException("io_uring_enter", errno, null, null);
    }
  }

  @Override
  public void completion(long userData, int result, int flags) {
    switch (UserData.purpose(userData)) {
      case UserData.OPERATION -> operationCompleted(userData, result, flags);
      case UserData.LINK_TIMEOUT -> linkTimeoutCompleted(userData, result);
      case UserData.WAKE -> {
        statistics.wakeUps.increment();
        wakeUp.completed();
      }
      case UserData.CANCEL -> cancelFailed(UserData.token(userData), result);
      default -> {
        // A cancel that found nothing: its targets have ended or are ending by themselves.
      }
    }
  }

  /**
   * A cancel has found nothing. Its target has ended or is ending by itself. Or it is on its way
   * from one list of the kernel to another (as task work): a member of a chain whose time has come,
   * or what found that it must wait when what it waits for came. A connect to a UNIX socket whose
   * queue is full is found so more than a hundred times, before a worker thread waits for it.
   */
  private void cancelFailed(long token, int result) {
    Operation operation = table.find(token);
    if (operation == null
        || operation.chainPrevious != null
        || operation.awaitsBeginning()
        || operation.withoutBeginning) {
      return;
    }
    boolean askedFor = operation.cancelRequested && result == -Errno.ENOENT;
    // What a device works on is in no list either, and ends with its own result.
    if ((askedFor || operation.kind == OperationKind.CONNECT)
        && operation.cancelsInVain < MOST_CANCELS_IN_VAIN) {
      operation.cancelsInVain++;
      cancel(operation);
    }
  }

  private void operationCompleted(long userData, int result, int flags) {
    Operation operation = table.lookup(UserData.token(userData));
    if (operation == null) {
      return;
    }
    if ((flags & CqeFlags.F_MORE) != 0) {
      target.completed(operation, result, flags);
      return;
    }
    operation.result = Errno.isInterrupted(result) ? interrupted(operation) : result;
    if (operation.withoutBeginning) {
      UringChains.endedWithoutBeginning(operation);
    }
    operation.resultFlags = flags;
    operation.cancelRequested = false;
    oneLessAwaited(operation);
  }

  /**
   * What waits on a worker thread is interrupted by its cancel, or as the whole process is stopped:
   * a connect, for room in a UNIX listener's queue, and whatever was woken more than a hundred
   * times in vain. What is never but with stored files may have done something by then.
   */
  private static int interrupted(Operation operation) {
    return switch (operation.kind) {
      case OPEN, OPEN_HOW, STATUS, UNLINK, SYNC, CLOSE -> -Errno.EINTR;
      default -> -Errno.ECANCELED;
    };
  }

  private void linkTimeoutCompleted(long userData, int result) {
    Operation operation = table.lookup(UserData.token(userData));
    if (operation != null) {
      // EALREADY: the deadline fired, and found the operation on a worker thread, which it could
      // only interrupt (io_uring_cancelation(7)).
      operation.timedOut = result == -Errno.ETIME || result == -Errno.EALREADY;
      if (result == -Errno.ENOENT) {
        // It has interrupted a worker thread and then looked elsewhere too (io_try_cancel); or it
        // has found nothing, as the operation was on its way there.
        operation.timedOut = true;
        if (operation.awaitedCompletions > 1) {
          operation.cancelRequested = true;
          cancel(operation);
        }
      }
      oneLessAwaited(operation);
    }
  }

  private void oneLessAwaited(Operation operation) {
    if (--operation.awaitedCompletions > 0) {
      return;
    }
    int result = operation.result;
    // The deadline cancels its operation, and a worker thread is interrupted: the kernel then says
    // ECANCELED or EINTR. A result that carries data stays what it is.
    if (operation.timedOut && (result == -Errno.ECANCELED || result == -Errno.EINTR)) {
      result = -Errno.ETIME;
    }
    operation.result = result;
    chains.ended(operation, target);
  }

  @Override
  public void wake() {
    wakeUp.signal();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Sockets sockets() {
    return sockets;
  }

  @Override
  public ProvidedBufferGroup provideBuffers(int count) throws IOException {
    if (bufferGroup != null) {
      throw new IllegalStateException("this backend has its buffer group already");
    }
    bufferGroup = new UringBufferGroup(ring, 0, count);
    return bufferGroup;
  }

  @Override
  public BackendStatistics statistics() {
    return statistics;
  }

  @Override
  public void close(boolean abandon) {
    closing = true;
    boolean clean = !abandon && drainWakeUp();
    if (clean && bufferGroup != null) {
      bufferGroup.close();
    }
    wakeUp.close();
    ring.close();
    if (clean) {
      arena.close();
    } else {
      // The kernel tears a ring down after close(2) has returned, and may write until then.
      Quarantine.keep(arena);
      Quarantine.keepObject(this);
    }
  }

  /** The read of the eventfd is an operation too: its eight bytes must outlive it. */
  private boolean drainWakeUp() {
    if (!wakeUp.isArmed()) {
      // Also when the start failed: this thread does not own the ring then.
      return true;
    }
    put(UserData.of(UserData.CANCEL_ALL, 0));
    // Cancelling a poll-armed read ends it within the call; more turns are for a full queue.
    for (int turns = 0; wakeUp.isArmed() && turns < 1000; turns++) {
      try {
        turn(1_000_000, Integer.MAX_VALUE);
      } catch (IOException e) {
        return false;
      }
    }
    return !wakeUp.isArmed();
  }
}
