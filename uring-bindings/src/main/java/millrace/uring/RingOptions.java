package millrace.uring;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What is asked of a ring when it is set up: its sizes and its flags.
 *
 * <p>A <em>required</em> flag is a condition: without it {@link Ring#open} fails. A
 * <em>preferred</em> flag is a wish: when the kernel refuses it the ring is opened without it, and
 * {@link Ring#refusedFlags} tells why. The combination is judged by the kernel, not here.
 *
 * <p>Immutable, any thread. Sizes are limits of the kernel ({@code io_uring_setup(2)}): both are
 * rounded up to a power of two.
 */
public final class RingOptions {
  /** The kernel's limit for submission entries. */
  public static final int MAX_SUBMISSION_ENTRIES = 32768;

  /** The kernel's limit for completion entries. */
  public static final int MAX_COMPLETION_ENTRIES = 2 * MAX_SUBMISSION_ENTRIES;

  private static final int DEFAULT_SUBMISSION_ENTRIES = 256;

  private static final int NO_DESCRIPTOR = -1;

  // What a ring with these flags would need that Ring does not have: memory of its own, descriptors
  // that are not file descriptors, entries of another size, a queue that is not a ring.
  private static final Set<SetupFlag> NOT_SERVED =
      EnumSet.of(
          SetupFlag.NO_MMAP,
          SetupFlag.REGISTERED_FD_ONLY,
          SetupFlag.SQE128,
          SetupFlag.CQE32,
          SetupFlag.CQE_MIXED,
          SetupFlag.SQE_MIXED,
          SetupFlag.SQ_REWIND);

  private final int submissionEntries;
  private final int completionEntries;
  private final Set<SetupFlag> required;
  private final Set<SetupFlag> preferred;
  private final int pollThreadCpu;
  private final int pollThreadIdleMillis;
  private final int workQueueRingFd;

  private RingOptions(Builder builder) {
    this.submissionEntries = builder.submissionEntries;
    this.completionEntries = builder.completionEntries;
    this.required = Collections.unmodifiableSet(EnumSet.copyOf(builder.required));
    EnumSet<SetupFlag> wishes = EnumSet.copyOf(builder.preferred);
    wishes.removeAll(builder.required);
    this.preferred = Collections.unmodifiableSet(wishes);
    this.pollThreadCpu = builder.pollThreadCpu;
    this.pollThreadIdleMillis = builder.pollThreadIdleMillis;
    this.workQueueRingFd = builder.workQueueRingFd;
  }

  /**
   * Starts with {@value #DEFAULT_SUBMISSION_ENTRIES} submission entries, the kernel's choice of
   * completion entries (twice as many) and no flag.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The set-up for an event loop: one owner thread that enables the ring and reaps in batches.
   *
   * <p>R_DISABLED and CQSIZE are required, with four completion entries for each submission entry.
   * SUBMIT_ALL, SINGLE_ISSUER, DEFER_TASKRUN, NO_SQARRAY and CLAMP are preferred.
   *
   * @return options for other sizes of which see {@link #toBuilder}
   */
  public static RingOptions proactorDefaults() {
    return builder()
        .submissionEntries(DEFAULT_SUBMISSION_ENTRIES)
        .completionEntries(4 * DEFAULT_SUBMISSION_ENTRIES)
        .require(SetupFlag.R_DISABLED)
        .prefer(
            SetupFlag.SUBMIT_ALL,
            SetupFlag.SINGLE_ISSUER,
            SetupFlag.DEFER_TASKRUN,
            SetupFlag.NO_SQARRAY,
            SetupFlag.CLAMP)
        .build();
  }

  /**
   * A builder that starts from these options.
   *
   * @return a new builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.submissionEntries = submissionEntries;
    builder.completionEntries = completionEntries;
    builder.required.addAll(required);
    builder.preferred.addAll(preferred);
    builder.pollThreadCpu = pollThreadCpu;
    builder.pollThreadIdleMillis = pollThreadIdleMillis;
    builder.workQueueRingFd = workQueueRingFd;
    return builder;
  }

  /**
   * Submission entries asked for.
   *
   * @return 1 to {@value #MAX_SUBMISSION_ENTRIES}
   */
  public int submissionEntries() {
    return submissionEntries;
  }

  /**
   * Completion entries asked for.
   *
   * @return 1 to {@value #MAX_COMPLETION_ENTRIES}, or 0 for the kernel's choice
   */
  public int completionEntries() {
    return completionEntries;
  }

  /**
   * Flags without which the ring must not open.
   *
   * @return an unmodifiable set
   */
  public Set<SetupFlag> required() {
    return required;
  }

  /**
   * Flags to take where the kernel has them, without the required ones.
   *
   * @return an unmodifiable set
   */
  public Set<SetupFlag> preferred() {
    return preferred;
  }

  int pollThreadCpu() {
    return pollThreadCpu;
  }

  int pollThreadIdleMillis() {
    return pollThreadIdleMillis;
  }

  int workQueueRingFd() {
    return workQueueRingFd;
  }

  /** Collects options. Not for use by several threads at once. */
  public static final class Builder {
    private int submissionEntries = DEFAULT_SUBMISSION_ENTRIES;
    private int completionEntries;
    private final EnumSet<SetupFlag> required = EnumSet.noneOf(SetupFlag.class);
    private final EnumSet<SetupFlag> preferred = EnumSet.noneOf(SetupFlag.class);
    private int pollThreadCpu;
    private int pollThreadIdleMillis;
    private int workQueueRingFd = NO_DESCRIPTOR;

    private Builder() {}

    /**
     * Sets the number of submission entries, which the kernel rounds up to a power of two.
     *
     * @param entries 1 to {@value #MAX_SUBMISSION_ENTRIES}
     * @return this builder
     */
    public Builder submissionEntries(int entries) {
      this.submissionEntries =
          Arguments.inRange("submissionEntries", entries, 1, MAX_SUBMISSION_ENTRIES);
      return this;
    }

    /**
     * Sets the number of completion entries, which the kernel rounds up to a power of two, and
     * requires {@link SetupFlag#CQSIZE}.
     *
     * @param entries 1 to {@value #MAX_COMPLETION_ENTRIES}, at least as many as submission entries
     * @return this builder
     */
    public Builder completionEntries(int entries) {
      this.completionEntries =
          Arguments.inRange("completionEntries", entries, 1, MAX_COMPLETION_ENTRIES);
      this.required.add(SetupFlag.CQSIZE);
      return this;
    }

    /**
     * Adds flags without which the ring must not open.
     *
     * @param flags flags that {@link Ring} serves
     * @return this builder
     */
    public Builder require(SetupFlag... flags) {
      add(required, flags);
      return this;
    }

    /**
     * Adds flags to take where the kernel has them.
     *
     * @param flags flags that {@link Ring} serves
     * @return this builder
     */
    public Builder prefer(SetupFlag... flags) {
      add(preferred, flags);
      return this;
    }

    /**
     * Sets how long the kernel thread of {@link SetupFlag#SQPOLL} spins before it sleeps.
     *
     * @param millis 0 for the kernel's default of a second, or a time in milliseconds
     * @return this builder
     */
    public Builder pollThreadIdleMillis(int millis) {
      this.pollThreadIdleMillis =
          Arguments.inRange("pollThreadIdleMillis", millis, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Chooses the CPU of the kernel thread and requires {@link SetupFlag#SQPOLL} and {@link
     * SetupFlag#SQ_AFF}.
     *
     * @param cpu the CPU's number, 0 or more
     * @return this builder
     */
    public Builder pollThreadCpu(int cpu) {
      this.pollThreadCpu = Arguments.inRange("pollThreadCpu", cpu, 0, Integer.MAX_VALUE);
      return require(SetupFlag.SQPOLL, SetupFlag.SQ_AFF);
    }

    /**
     * Shares the kernel's worker threads with another ring and requires {@link
     * SetupFlag#ATTACH_WQ}.
     *
     * @param ring an open ring
     * @return this builder
     */
    public Builder shareWorkers(Ring ring) {
      this.workQueueRingFd = ring.fd();
      return require(SetupFlag.ATTACH_WQ);
    }

    /**
     * Checks what concerns more than one option.
     *
     * @return the options
     * @throws IllegalArgumentException when there are fewer completion than submission entries, or
     *     a flag lacks its argument
     */
    public RingOptions build() {
      if (completionEntries == 0 && wants(SetupFlag.CQSIZE)) {
        throw new IllegalArgumentException(
            "CQSIZE needs completionEntries(1.." + MAX_COMPLETION_ENTRIES + ")");
      }
      if (completionEntries != 0 && completionEntries < submissionEntries) {
        throw new IllegalArgumentException(
            "completionEntries "
                + completionEntries
                + " is not in "
                + submissionEntries
                + ".."
                + MAX_COMPLETION_ENTRIES
                + ": the kernel wants at least as many as submissionEntries");
      }
      if (workQueueRingFd == NO_DESCRIPTOR && wants(SetupFlag.ATTACH_WQ)) {
        throw new IllegalArgumentException("ATTACH_WQ needs shareWorkers(ring)");
      }
      return new RingOptions(this);
    }

    private boolean wants(SetupFlag flag) {
      return required.contains(flag) || preferred.contains(flag);
    }

    private static void add(Collection<SetupFlag> target, SetupFlag... flags) {
      for (SetupFlag flag : flags) {
        if (NOT_SERVED.contains(flag)) {
          throw new IllegalArgumentException(
              "flags " + Arrays.toString(flags) + ": Ring does not serve " + NOT_SERVED);
        }
        target.add(flag);
      }
    }
  }
}
