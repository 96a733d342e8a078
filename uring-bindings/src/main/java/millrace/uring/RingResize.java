package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_params;

/** The two steps of {@link Ring#resize}: the kernel's, and that of the mappings. */
final class RingResize {
  private RingResize() {}

  /**
   * Lets the kernel allocate other queues and copy to them what is queued.
   *
   * @return the io_uring_params of the new queues
   */
  static MemorySegment register(Ring ring, int submissionEntries, int completionEntries)
      throws UringException {
    Arguments.inRange(
        "submissionEntries", submissionEntries, 1, RingOptions.MAX_SUBMISSION_ENTRIES);
    Arguments.inRange(
        "completionEntries", completionEntries, 0, RingOptions.MAX_COMPLETION_ENTRIES);
    if (completionEntries != 0) {
      Arguments.inRange(
          "completionEntries",
          completionEntries,
          submissionEntries,
          RingOptions.MAX_COMPLETION_ENTRIES);
    }
    check(ring, submissionEntries, completionEntries);
    MemorySegment parameters = Arena.ofAuto().allocate(io_uring_params.layout());
    io_uring_params.sq_entries(parameters, submissionEntries);
    if (completionEntries != 0) {
      io_uring_params.flags(parameters, IoUring.IORING_SETUP_CQSIZE());
      io_uring_params.cq_entries(parameters, completionEntries);
    }
    int result = ring.register(IoUring.IORING_REGISTER_RESIZE_RINGS(), parameters, 1);
    if (result < 0) {
      throw refusal(-result, subject(submissionEntries, completionEntries), hint(-result));
    }
    return parameters;
  }

  /** What the kernel would refuse without saying why, or take and leave a ring of no use. */
  private static void check(Ring ring, int submissionEntries, int completionEntries)
      throws UringException {
    String subject = subject(submissionEntries, completionEntries);
    Set<SetupFlag> granted = ring.grantedFlags();
    if (!granted.contains(SetupFlag.DEFER_TASKRUN)) {
      throw refusal(Errno.EINVAL, subject, "resizing needs DEFER_TASKRUN");
    }
    if (granted.contains(SetupFlag.NO_MMAP)) {
      throw refusal(Errno.EINVAL, subject, "resizing excludes NO_MMAP");
    }
    if (!granted.contains(SetupFlag.NO_SQARRAY)) {
      // The kernel does not tell where the index array of the new queues is.
      throw refusal(Errno.EINVAL, subject, "resizing needs NO_SQARRAY");
    }
    for (SetupFlag flag : granted) {
      String tooSmall = RingOptionsCheck.tooSmall(flag, submissionEntries, completionEntries);
      if (tooSmall != null) {
        throw refusal(Errno.EOVERFLOW, subject, tooSmall);
      }
    }
    if (!ring.hasFd()) {
      throw refusal(
          Errno.EBADF, subject, "needs the ring's file descriptor, to map the new queues");
    }
    // The kernel copies place by place: an entry of two places may lie on both sides of a new end.
    // With SQ_REWIND its head and tail stay 0, and it copies nothing.
    boolean submissionsMayBeLost =
        granted.contains(SetupFlag.SQE_MIXED) || granted.contains(SetupFlag.SQ_REWIND);
    boolean mayLose =
        (granted.contains(SetupFlag.CQE_MIXED) && ring.completionQueue().ready() != 0)
            || (submissionsMayBeLost && ring.submissionQueue().pending() != 0);
    if (mayLose) {
      throw refusal(Errno.EOVERFLOW, subject, hint(Errno.EOVERFLOW));
    }
  }

  private static UringException refusal(int errno, String subject, String hint) {
    return new UringException(
        Registration.name(RegisterOpcode.REGISTER_RESIZE_RINGS), errno, subject, hint);
  }

  private static String subject(int submissionEntries, int completionEntries) {
    return submissionEntries + " submission, " + completionEntries + " completion entries";
  }

  @SuppressWarnings("MustBeClosedChecker") // The arena is closed with what this returns.
  static RingMemory map(Ring ring, MemorySegment parameters) throws UringException {
    Arena mappings = Arena.ofShared();
    try {
      return RingMemory.map(ring.fd(), parameters, ring.grantedFlags(), ring.features(), mappings);
    } catch (Throwable e) {
      mappings.close();
      throw e;
    }
  }

  private static String hint(int errno) {
    if (errno == Errno.EOVERFLOW) {
      return "what is queued does not fit: reap and submit first, or ask for more entries";
    } else if (errno == Errno.EINVAL) {
      return "resizing needs Linux 6.13";
    }
    return null;
  }
}
