package millrace.uring;

import java.util.EnumSet;
import java.util.Set;
import millrace.uring.abi.io_uring_cqe;
import millrace.uring.abi.io_uring_sqe;

/**
 * How much memory the queues of a ring take whose memory the application brings.
 *
 * @param entriesBytes for the submission entries, whole pages
 * @param ringsBytes for the rings with the completion entries and the index array, whole pages
 */
record QueueSizes(long entriesBytes, long ringsBytes) {
  // The heads, tails and counters before the completion entries, and the alignment after them.
  private static final long HEADER_BYTES = 64;
  private static final long ALIGNMENT_BYTES = 64;

  static QueueSizes of(RingOptions options) {
    Set<SetupFlag> flags = EnumSet.noneOf(SetupFlag.class);
    flags.addAll(options.required());
    flags.addAll(options.preferred());
    long submissions =
        powerOfTwo(Math.min(options.submissionEntries(), RingOptions.MAX_SUBMISSION_ENTRIES));
    long completions =
        options.completionEntries() == 0
            ? 2 * submissions
            : powerOfTwo(Math.min(options.completionEntries(), RingOptions.MAX_COMPLETION_ENTRIES));
    long rings =
        HEADER_BYTES
            + (completions << completionShift(flags))
            + ALIGNMENT_BYTES
            // Also with NO_SQARRAY, which may be preferred and refused.
            + submissions * Integer.BYTES;
    return new QueueSizes(wholePages(submissions << submissionShift(flags)), wholePages(rings));
  }

  long totalBytes() {
    return entriesBytes + ringsBytes;
  }

  /** The binary logarithm of a submission entry's size: SQE_MIXED has two places for a wide one. */
  static int submissionShift(Set<SetupFlag> flags) {
    int shift = Long.numberOfTrailingZeros(io_uring_sqe.sizeof());
    return flags.contains(SetupFlag.SQE128) ? shift + 1 : shift;
  }

  /** The binary logarithm of a completion entry's size: CQE_MIXED has two places for a wide one. */
  static int completionShift(Set<SetupFlag> flags) {
    int shift = Long.numberOfTrailingZeros(io_uring_cqe.sizeof());
    return flags.contains(SetupFlag.CQE32) ? shift + 1 : shift;
  }

  static long wholePages(long bytes) {
    long pageBytes = Libc.pageSize();
    return (bytes + pageBytes - 1) / pageBytes * pageBytes;
  }

  private static long powerOfTwo(int entries) {
    return entries == 1 ? 1 : 2L * Integer.highestOneBit(entries - 1);
  }
}
