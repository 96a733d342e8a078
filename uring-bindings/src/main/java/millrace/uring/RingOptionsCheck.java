package millrace.uring;

import java.util.EnumSet;
import java.util.Set;

/** What concerns more than one of the {@link RingOptions}. */
final class RingOptionsCheck {
  private RingOptionsCheck() {}

  static void check(RingOptions options) {
    checkSizes(options);
    checkFlags(options);
    checkWorkers(options);
    if (options.memory() != null && options.memory().byteSize() < options.memoryBytes()) {
      throw new IllegalArgumentException(
          "memory of "
              + options.memory().byteSize()
              + " bytes is too small: the queues take "
              + options.memoryBytes());
    }
  }

  /**
   * Tells whether a queue is too small for a wide entry of two places; the kernel answers
   * EOVERFLOW.
   *
   * @param completionEntries 0 for twice the submission entries
   * @return the rule that is broken, or null
   */
  static String tooSmall(SetupFlag flag, int submissionEntries, int completionEntries) {
    if (flag == SetupFlag.SQE_MIXED && submissionEntries == 1) {
      return "SQE_MIXED needs 2 submission entries or more";
    } else if (flag == SetupFlag.CQE_MIXED && completionEntries == 1) {
      return "CQE_MIXED needs 2 completion entries or more";
    }
    return null;
  }

  private static void checkSizes(RingOptions options) {
    int submissionEntries = options.submissionEntries();
    int completionEntries = options.completionEntries();
    if (options.required().contains(SetupFlag.CLAMP)) {
      submissionEntries = Math.min(submissionEntries, RingOptions.MAX_SUBMISSION_ENTRIES);
    } else {
      Arguments.inRange(
          "submissionEntries", submissionEntries, 1, RingOptions.MAX_SUBMISSION_ENTRIES);
      Arguments.inRange(
          "completionEntries", completionEntries, 0, RingOptions.MAX_COMPLETION_ENTRIES);
    }
    if (completionEntries == 0 && options.wants(SetupFlag.CQSIZE)) {
      throw new IllegalArgumentException(
          "CQSIZE needs completionEntries(1.." + RingOptions.MAX_COMPLETION_ENTRIES + ")");
    }
    if (completionEntries != 0 && completionEntries < submissionEntries) {
      throw new IllegalArgumentException(
          "completionEntries "
              + completionEntries
              + " is not in "
              + submissionEntries
              + ".."
              + RingOptions.MAX_COMPLETION_ENTRIES
              + ": the kernel wants at least as many as submissionEntries");
    }
  }

  private static void checkFlags(RingOptions options) {
    Set<SetupFlag> required = options.required();
    // What a required flag needs may be a preferred one: it is kept as long as the kernel has it.
    EnumSet<SetupFlag> all = EnumSet.noneOf(SetupFlag.class);
    all.addAll(required);
    all.addAll(options.preferred());
    for (SetupFlag flag : required) {
      String tooSmall = tooSmall(flag, options.submissionEntries(), options.completionEntries());
      if (tooSmall != null) {
        throw new IllegalArgumentException("flags " + required + ": " + tooSmall);
      }
    }
    for (SetupRule rule : SetupRule.ALL) {
      boolean broken =
          rule.excludes()
              ? rule.isBrokenBy(required)
              : required.contains(rule.flag()) && rule.isBrokenBy(all);
      if (broken) {
        throw new IllegalArgumentException(
            "flags " + required + ": " + rule + " (io_uring_setup(2))");
      }
    }
  }

  private static void checkWorkers(RingOptions options) {
    if (!options.hasWorkQueueRing() && options.wants(SetupFlag.ATTACH_WQ)) {
      throw new IllegalArgumentException("ATTACH_WQ needs shareWorkers(ring)");
    }
    if (options.required().contains(SetupFlag.ATTACH_WQ)
        && options.required().contains(SetupFlag.SQPOLL)
        && !options.workQueueHasPollThread()) {
      throw new IllegalArgumentException(
          "ATTACH_WQ with SQPOLL needs a ring that has SQPOLL: the kernel thread is shared too");
    }
  }
}
