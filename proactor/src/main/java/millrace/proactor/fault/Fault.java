package millrace.proactor.fault;

/** A kind of fault that the simulated kernel, network or disk can inject. */
public enum Fault {

  /** Completions of different operations are seen in another order than they were posted. */
  PERMUTED_COMPLETION(0.3),

  /** A completion is seen milliseconds after the operation has ended. */
  LATE_COMPLETION(0.1),

  /** A completion is seen a second time, when its operation has ended: stale. */
  DUPLICATE_COMPLETION(0.05),

  /** The completion queue is full: a multishot operation ends, NODROP keeps what it posted. */
  COMPLETION_OVERFLOW(0.05),

  /** A turn brings one completion only, whatever else has been posted: deferred task work. */
  FEW_COMPLETIONS(0.1),

  /** {@code io_uring_enter} takes only a part of what was submitted: EBUSY, EAGAIN. */
  SUBMIT_BUSY(0.1),

  /** A signal ends the wait: EINTR. */
  WAIT_INTERRUPTED(0.1),

  /** The wait ends later than was asked for. */
  LATE_WAKE_UP(0.1),

  /** The loop thread does not run for some milliseconds. */
  STALL(0.03),

  /** A multishot operation ends although it could have gone on. */
  MULTISHOT_END(0.1),

  /** A receive finds no provided buffer, although there are some: ENOBUFS. */
  NO_BUFFERS(0.05),

  /** A cancel meets an operation that makes progress just then. */
  CANCEL_RACE(0.3),

  /** The worker thread of a cancelled file operation is interrupted: EINTR or ECANCELED. */
  WORKER_INTERRUPTED(0.3),

  /** A send takes less than there is room for. */
  SHORT_SEND(0.2),

  /** A segment on the network carries only a few bytes. */
  TINY_SEGMENT(0.2),

  /** A segment takes much longer than others. */
  SLOW_SEGMENT(0.05),

  /** Something in the network resets a connection: ECONNRESET at both ends. */
  CONNECTION_RESET(0.01),

  /** An accept fails with ECONNABORTED. */
  ACCEPT_ABORTED(0.1),

  /** A call that makes a descriptor finds the table full: EMFILE. */
  OUT_OF_DESCRIPTORS(0.05),

  /** A connect is refused: ECONNREFUSED. */
  CONNECT_REFUSED(0.1),

  /** A connect gets no answer: ETIMEDOUT, or its deadline. */
  CONNECT_LOST(0.05),

  /** A read of a file or pipe brings less than there is. */
  SHORT_READ(0.2),

  /** A write to a file or pipe takes less than it was given. */
  SHORT_WRITE(0.2),

  /** The disk fails: EIO. */
  IO_ERROR(0.01),

  /** The disk is full: ENOSPC. */
  DISK_FULL(0.01),

  /** A file operation takes much longer than others. */
  SLOW_DISK(0.05),

  /** A datagram of UDP is lost. */
  DATAGRAM_LOST(0.1),

  /** A datagram of UDP arrives twice. */
  DATAGRAM_DUPLICATED(0.1),

  /** A datagram of UDP takes much longer than others, which overtake it. */
  DATAGRAM_LATE(0.1),

  /** Nobody is where a datagram of UDP goes, for once: ICMP, ECONNREFUSED if connected. */
  DATAGRAM_REFUSED(0.02),

  /**
   * A file operation takes hours, whatever is asked of it; only where a scenario expects operations
   * to be abandoned.
   */
  STUCK_WORKER(0.05),

  /** A send of a datagram of UDP fails: EPERM of a firewall, ENOBUFS. */
  DATAGRAM_UNSENT(0.03);

  private final double usualProbability;

  Fault(double usualProbability) {
    this.usualProbability = usualProbability;
  }

  /** {@return the probability that {@link FaultPlan#usual()} gives it, at each opportunity} */
  public double usualProbability() {
    return usualProbability;
  }
}
