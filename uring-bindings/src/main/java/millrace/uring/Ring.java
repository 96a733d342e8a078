package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_params;

/**
 * One io_uring: a queue of submissions, a queue of completions, and the system calls between them.
 *
 * <p>A ring is opened by any thread and then {@linkplain #enable enabled} by the thread that owns
 * it from then on: only the owner submits, waits, reaps and closes. The owner is a platform thread
 * and lives as long as the ring has operations in flight, because the kernel fails the operations
 * of a thread that has ended. A foreign thread that enters the ring or registers with it gets an
 * {@link IllegalStateException}. What makes no system call, taking entries and draining, is checked
 * with assertions on only: there a foreign thread is an {@link AssertionError}.
 *
 * <p>A ring moves from opened to enabled to closed. Using one that is closed, or entering one that
 * is not yet enabled, throws {@link IllegalStateException}; the mapped memory is never touched
 * after it is unmapped.
 *
 * <p>Results follow the kernel: 0 or more is success, a negative number is {@code -errno}. Nothing
 * is allocated by submitting and waiting. Least kernel: 5.1, and 5.11 for waits with a timeout.
 * Sources: {@code io_uring_setup(2)}, {@code io_uring_enter(2)}, {@code io_uring_register(2)}.
 */
public final class Ring extends RingState implements AutoCloseable {
  private final SubmissionQueue submissionQueue;
  private final CompletionQueue completionQueue;
  private final boolean eventsOnEachEnter;

  private RingMemory memory;
  private int waitFlags = IoUring.IORING_ENTER_GETEVENTS();

  private Ring(RingSetup setup, Set<Feature> features, RingMemory memory) {
    super(setup, features);
    MemorySegment parameters = setup.parameters();
    this.memory = memory;
    this.submissionQueue = SubmissionQueue.of(this, memory, parameters, grantedFlags);
    this.completionQueue = CompletionQueue.of(this, memory, parameters, grantedFlags);
    // DEFER_TASKRUN: completion work runs only inside an enter that asks for events, so one that
    // does not ask may be followed by an empty queue for ever. IOPOLL: likewise, it is the poll,
    // unless the kernel thread of SQPOLL does that too.
    this.eventsOnEachEnter =
        grantedFlags.contains(SetupFlag.DEFER_TASKRUN)
            || (grantedFlags.contains(SetupFlag.IOPOLL)
                && !grantedFlags.contains(SetupFlag.SQPOLL));
    // Without NO_IOWAIT an idle loop shows as a CPU that is busy with I/O.
    setIowait(false);
  }

  /**
   * Sets up a ring and maps its queues. Preferred flags that the kernel refuses with EINVAL are
   * left out, see {@link #refusedFlags}.
   *
   * <p>Any thread. The caller owns the result and must {@link #close} it.
   *
   * @param options sizes and flags
   * @return a ring that is not yet enabled
   * @throws UringUnavailableException when the kernel gives no ring: ENOSYS, EPERM, ENOMEM, EMFILE,
   *     or EINVAL for what is required; with the cause on this machine as a hint
   * @throws UringException when the queues cannot be mapped
   * @throws IllegalStateException when a virtual thread asks for REGISTERED_FD_ONLY, as the kernel
   *     registers the ring with its carrier; when another ring had its queues in the {@link
   *     RingOptions.Builder#memory}
   */
  @SuppressWarnings("MustBeClosedChecker") // The arena is closed with what this returns.
  public static Ring open(RingOptions options) throws UringException {
    if (options.wants(SetupFlag.REGISTERED_FD_ONLY) && Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "ring with REGISTERED_FD_ONLY opened by virtual thread "
              + Thread.currentThread()
              + ": it would be in the table of a carrier");
    }
    Arena mappings = Arena.ofShared();
    RingSetup setup = null;
    try {
      setup = RingSetup.run(options, mappings);
      Set<Feature> features = Feature.of(io_uring_params.features(setup.parameters()));
      return new Ring(setup, features, setup.map(features));
    } catch (Throwable e) {
      mappings.close();
      if (setup != null) {
        setup.release();
      }
      throw e;
    }
  }

  /**
   * Makes the current thread the owner and lets the kernel accept submissions
   * (IORING_REGISTER_ENABLE_RINGS, 5.10, when the ring was opened with R_DISABLED). Also registers
   * the ring's descriptor with the owner, where the kernel can, which makes each enter cheaper
   * (IORING_REGISTER_RING_FDS, 5.18).
   *
   * @throws IllegalStateException when the thread is virtual, when the ring is enabled or closed,
   *     or when only the opening thread can own it: because R_DISABLED was not granted, or
   *     REGISTERED_FD_ONLY was
   * @throws UringException when the kernel refuses
   */
  public void enable() throws UringException {
    Thread current = Thread.currentThread();
    if (state != State.OPENED) {
      throw wrongState("enable");
    }
    if (current.isVirtual()) {
      throw new IllegalStateException(
          "virtual thread "
              + current
              + " cannot own a ring: the kernel knows tasks, and a virtual thread changes its"
              + " carrier (EEXIST from io_uring_enter)");
    }
    if (registeredOnly() && current != opener) {
      throw new IllegalStateException(
          "ring with REGISTERED_FD_ONLY opened by "
              + opener
              + ", in whose table alone it is: "
              + current);
    }
    if (grantedFlags.contains(SetupFlag.R_DISABLED)) {
      int result =
          descriptor.register(IoUring.IORING_REGISTER_ENABLE_RINGS(), MemorySegment.NULL, 0);
      Registration.check(result, RegisterOpcode.REGISTER_ENABLE_RINGS, null);
    } else if (grantedFlags.contains(SetupFlag.SINGLE_ISSUER) && current != opener) {
      throw new IllegalStateException(
          "ring opened without R_DISABLED by " + opener + ", which is its owner: " + current);
    }
    owner = current;
    state = State.ENABLED;
    descriptor.registerWithThread();
  }

  /**
   * The queue to prepare operations in.
   *
   * @return the same object each time, for the owner thread
   */
  public SubmissionQueue submissionQueue() {
    return submissionQueue;
  }

  /**
   * The queue to reap completions from.
   *
   * @return the same object each time, for the owner thread
   */
  public CompletionQueue completionQueue() {
    return completionQueue;
  }

  /**
   * Hands all prepared entries to the kernel, without waiting. One io_uring_enter; with SQPOLL none
   * when the kernel thread is awake.
   *
   * @return how many entries the kernel consumed, or {@code -errno}: EAGAIN, EBUSY (reap and try
   *     again), EBADR, EEXIST, EOWNERDEAD. {@link SubmissionQueue#pending} tells what is left in
   *     either case. With SQPOLL the number of those that the kernel thread had not consumed when
   *     they were shown to it, those of earlier calls included
   */
  public int submit() {
    requireEnabled("submit");
    int pending = submissionQueue.publish();
    int flags = submissionQueue.needsWakeup() ? IoUring.IORING_ENTER_SQ_WAKEUP() : 0;
    if (eventsOnEachEnter || eventsPending()) {
      flags |= IoUring.IORING_ENTER_GETEVENTS();
    }
    if (flags == 0 && submissionQueue.consumedByKernelThread()) {
      return pending;
    }
    return submissionQueue.entered(descriptor.enter(pending, 0, flags));
  }

  /**
   * Hands all prepared entries to the kernel and waits for completions, in one io_uring_enter.
   *
   * <p>When entries were consumed their number is the result, also when the time ran out. With
   * {@link SetupFlag#IOPOLL} a wait may end before there is a completion: look, and wait again.
   *
   * @param minComplete how many completions end the wait, counting those not yet drained; 0 or more
   * @param timeoutNanos the longest wait in nanoseconds; negative for no limit; 0 not to wait,
   *     which makes {@code minComplete} 0. A positive limit needs Linux 5.11 ({@link
   *     Feature#EXT_ARG}) and is EINVAL before
   * @return how many entries the kernel consumed, or {@code -errno}: ETIME when the time ran out
   *     and there is no completion, EINTR, EAGAIN, EBUSY, EBADR, EEXIST, EOWNERDEAD
   */
  public int submitAndWait(int minComplete, long timeoutNanos) {
    requireEnabled("submitAndWait");
    Arguments.notNegative("minComplete", minComplete);
    int pending = submissionQueue.publish();
    int flags =
        submissionQueue.needsWakeup() ? waitFlags | IoUring.IORING_ENTER_SQ_WAKEUP() : waitFlags;
    if (timeoutNanos > 0) {
      return submissionQueue.entered(descriptor.enter(pending, minComplete, flags, timeoutNanos));
    }
    return submissionQueue.entered(
        descriptor.enter(pending, timeoutNanos == 0 ? 0 : minComplete, flags));
  }

  /** Submits and waits with an argument whose kind the further flags tell. */
  int submitAndWait(int minComplete, int moreFlags, long argument, long argumentBytes) {
    requireEnabled("submitAndWait");
    Arguments.notNegative("minComplete", minComplete);
    int pending = submissionQueue.publish();
    int wake = submissionQueue.needsWakeup() ? IoUring.IORING_ENTER_SQ_WAKEUP() : 0;
    return submissionQueue.entered(
        descriptor.enter(
            pending, minComplete, waitFlags | moreFlags | wake, argument, argumentBytes));
  }

  /**
   * Waits until the kernel thread of {@link SetupFlag#SQPOLL} has made room in the submission
   * queue; the prepared entries are shown to it first ({@code io_uring_sqring_wait(3)}, 5.10).
   * Without a kernel thread it returns at once: {@link #submit} makes the room.
   *
   * @return 0, or {@code -errno}: EINTR, EOWNERDEAD
   */
  public int waitForRoom() {
    requireEnabled("waitForRoom");
    if (!submissionQueue.consumedByKernelThread()) {
      return 0;
    }
    submissionQueue.publish();
    int result;
    do {
      int wake = submissionQueue.needsWakeup() ? IoUring.IORING_ENTER_SQ_WAKEUP() : 0;
      result = descriptor.enter(0, 0, IoUring.IORING_ENTER_SQ_WAIT() | wake);
      // The kernel ends the wait by a head of its own, which it shows a little later.
    } while (result == 0 && submissionQueue.room() == 0);
    return result;
  }

  /**
   * Lets the kernel post what is ready, without submitting and without waiting: deferred completion
   * work is run and overflown completions are moved to the queue. One io_uring_enter.
   *
   * @return 0, or {@code -errno}: EBUSY when the queue is too full to take all, EBADR when the
   *     kernel had to drop one, EEXIST
   */
  public int getEvents() {
    requireEnabled("getEvents");
    return descriptor.enter(0, 0, IoUring.IORING_ENTER_GETEVENTS());
  }

  /**
   * True while the kernel keeps completions that found the queue full (IORING_SQ_CQ_OVERFLOW). They
   * come with the next enter that asks for events, after room was made by draining. The owner.
   *
   * @return whether there are any
   */
  public boolean completionOverflowed() {
    return (submissionQueue.flags() & IoUring.IORING_SQ_CQ_OVERFLOW()) != 0;
  }

  /**
   * True while the kernel has completions that come only with an enter that asks for events: it
   * keeps some that found the queue full, or work is pending ({@link SetupFlag#TASKRUN_FLAG}). Who
   * polls {@link CompletionQueue#ready} without entering looks here too, and calls {@link
   * #getEvents}. Any thread.
   *
   * @return whether there are any
   */
  public boolean eventsPending() {
    int news = IoUring.IORING_SQ_CQ_OVERFLOW() | IoUring.IORING_SQ_TASKRUN();
    return (submissionQueue.flags() & news) != 0;
  }

  /**
   * Whether waits with operations in flight count as I/O wait of the CPU, in which its governor may
   * keep it faster ({@code io_uring_set_iowait(3)}, {@link Feature#NO_IOWAIT}). They do not, unless
   * it is switched on here or the kernel cannot tell.
   *
   * @param iowait true to count
   */
  public void setIowait(boolean iowait) {
    boolean count = iowait || !features.contains(Feature.NO_IOWAIT);
    waitFlags = IoUring.IORING_ENTER_GETEVENTS() | (count ? 0 : IoUring.IORING_ENTER_NO_IOWAIT());
  }

  /**
   * How many completions the kernel has lost for want of memory; stays 0 where {@link
   * Feature#NODROP} is reported and there is memory. The owner.
   *
   * @return the kernel's counter, an unsigned int
   */
  public long overflowCount() {
    return Integer.toUnsignedLong(completionQueue.overflow());
  }

  /**
   * How many submissions the kernel has dropped because their index was out of range. Always 0 when
   * only this class writes to the ring. The owner.
   *
   * @return the kernel's counter
   */
  public int droppedSubmissions() {
    return submissionQueue.dropped();
  }

  /**
   * Gives the queues other sizes while operations are in flight ({@code io_uring_resize_rings(3)},
   * 6.13). What is prepared is published, what is ready stays ready; an {@link Sqe} taken before is
   * no longer valid. The owner; not from a sink.
   *
   * @param submissionEntries rounded up to a power of two, 1 to {@value
   *     RingOptions#MAX_SUBMISSION_ENTRIES}
   * @param completionEntries rounded up likewise, at least as many, at most {@value
   *     RingOptions#MAX_COMPLETION_ENTRIES}; 0 for twice the submission entries
   * @throws IllegalArgumentException when a size is out of its range
   * @throws UringException EINVAL without {@link SetupFlag#DEFER_TASKRUN} or {@link
   *     SetupFlag#NO_SQARRAY} and with {@link SetupFlag#NO_MMAP}, without asking the kernel, and
   *     before Linux 6.13; EBADF after {@link #closeFd}; EOVERFLOW when what is queued does not
   *     fit, and with {@link SetupFlag#CQE_MIXED}, {@link SetupFlag#SQE_MIXED} or {@link
   *     SetupFlag#SQ_REWIND} when anything is queued there; ENOMEM. After a failed mmap(2) the ring
   *     is closed
   */
  public void resize(int submissionEntries, int completionEntries) throws UringException {
    requireEnabled("resize");
    if (completionQueue.isDraining()) {
      throw new IllegalStateException("ring resized from a completion sink");
    }
    submissionQueue.publish();
    MemorySegment parameters = RingResize.register(this, submissionEntries, completionEntries);
    RingMemory old = memory;
    try {
      memory = RingResize.map(this, parameters);
    } catch (Throwable e) {
      // The kernel has gone over to queues that this side cannot see.
      close();
      throw e;
    }
    submissionQueue.setMemory(memory, parameters);
    completionQueue.setMemory(memory, parameters);
    old.close();
  }

  /**
   * Unmaps the queues and closes the descriptor. Idempotent. By the owner, or by any thread when
   * the ring was never enabled or its owner has ended.
   *
   * <p>The kernel cancels what is in flight <em>after</em> this call has returned: memory that
   * operations use must not be freed before their terminal completions were drained.
   *
   * @throws IllegalStateException when called by a foreign thread, or from a completion sink
   */
  @Override
  public void close() {
    if (state == State.CLOSED) {
      return;
    }
    // A ring that is in its opener's table alone can be taken out of it by no other thread.
    Thread user = registeredOnly() ? opener : owner;
    if (user != null && user != Thread.currentThread() && user.isAlive()) {
      throw new IllegalStateException(
          "ring closed by " + Thread.currentThread() + " while its owner " + user + " may use it");
    }
    if (completionQueue.isDraining()) {
      throw new IllegalStateException("ring closed from a completion sink");
    }
    state = State.CLOSED;
    // The kernel empties the table of a thread that ends.
    if (user == Thread.currentThread()) {
      descriptor.unregisterFromThread();
    }
    submissionQueue.close();
    completionQueue.close();
    memory.close();
    descriptor.close();
    letGo();
  }
}
