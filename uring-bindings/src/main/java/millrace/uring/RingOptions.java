package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What is asked of a ring when it is set up: its sizes and its flags.
 *
 * <p>A <em>required</em> flag is a condition: without it {@link Ring#open} fails. A
 * <em>preferred</em> flag is a wish: when the kernel refuses it the ring is opened without it, and
 * {@link Ring#refusedFlags} tells why. Required flags that the kernel would refuse together are
 * refused by {@link Builder#build}, which names the rule; preferred ones that break a rule are left
 * out.
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

  private final int submissionEntries;
  private final int completionEntries;
  private final Set<SetupFlag> required;
  private final Set<SetupFlag> preferred;
  private final int pollThreadCpu;
  private final int pollThreadIdleMillis;
  private final int workQueueRingFd;
  private final boolean workQueueHasPollThread;
  private final MemorySegment memory;

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
    this.workQueueHasPollThread = builder.workQueueHasPollThread;
    this.memory = builder.memory;
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
    builder.workQueueHasPollThread = workQueueHasPollThread;
    builder.memory = memory;
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

  boolean wants(SetupFlag flag) {
    return required.contains(flag) || preferred.contains(flag);
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

  /** The caller's memory for the queues, or null. */
  MemorySegment memory() {
    return memory;
  }

  /**
   * How much memory the queues of such a ring take: what {@link Builder#memory} must bring at
   * least.
   *
   * @return whole pages, in bytes
   */
  public long memoryBytes() {
    return QueueSizes.of(this).totalBytes();
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
    private boolean workQueueHasPollThread;
    private MemorySegment memory;

    private Builder() {}

    /**
     * Sets the number of submission entries, which the kernel rounds up to a power of two.
     *
     * @param entries 1 to {@value #MAX_SUBMISSION_ENTRIES}, or more where {@link SetupFlag#CLAMP}
     *     is required, which cuts it
     * @return this builder
     */
    public Builder submissionEntries(int entries) {
      this.submissionEntries =
          Arguments.inRange("submissionEntries", entries, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets the number of completion entries, which the kernel rounds up to a power of two, and
     * requires {@link SetupFlag#CQSIZE}.
     *
     * @param entries at least as many as submission entries, at most {@value
     *     #MAX_COMPLETION_ENTRIES}, or more where {@link SetupFlag#CLAMP} is required, which cuts
     *     it
     * @return this builder
     */
    public Builder completionEntries(int entries) {
      this.completionEntries =
          Arguments.inRange("completionEntries", entries, 1, Integer.MAX_VALUE);
      this.required.add(SetupFlag.CQSIZE);
      return this;
    }

    /**
     * Adds flags without which the ring must not open.
     *
     * @param flags any flags
     * @return this builder
     */
    public Builder require(SetupFlag... flags) {
      Collections.addAll(required, flags);
      return this;
    }

    /**
     * Adds flags to take where the kernel has them.
     *
     * @param flags any flags
     * @return this builder
     */
    public Builder prefer(SetupFlag... flags) {
      Collections.addAll(preferred, flags);
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
     * SetupFlag#ATTACH_WQ}. With {@link SetupFlag#SQPOLL}, which the other ring must have too, the
     * kernel thread that polls is shared as well.
     *
     * @param ring an open ring that has a descriptor
     * @return this builder
     */
    public Builder shareWorkers(Ring ring) {
      this.workQueueRingFd = ring.fd();
      this.workQueueHasPollThread = ring.grantedFlags().contains(SetupFlag.SQPOLL);
      return require(SetupFlag.ATTACH_WQ);
    }

    /**
     * Gives the memory of the queues and requires {@link SetupFlag#NO_MMAP}: a huge page, or
     * several pages where the kernel takes them (EINVAL where not). Its contents are overwritten.
     *
     * <p>The memory is the ring's alone from {@link Ring#open} on, which refuses memory of a ring
     * that is open. It must stay mapped until the ring is closed and nothing is in flight any more:
     * the kernel writes completions there. The ring holds the segment, so that an automatic arena
     * stays alive; other arenas must stay open. The queues stay readable after the ring is closed,
     * as the memory does. Without this method a ring with NO_MMAP maps pages of its own.
     *
     * @param memory native memory that begins at a page boundary, of {@link
     *     RingOptions#memoryBytes} bytes or more
     * @return this builder
     */
    public Builder memory(MemorySegment memory) {
      if (!memory.isNative() || memory.address() % Libc.pageSize() != 0) {
        throw new IllegalArgumentException(
            "memory " + memory + " is not native memory that begins at a page boundary");
      }
      this.memory = memory;
      return require(SetupFlag.NO_MMAP);
    }

    /**
     * Checks what concerns more than one option.
     *
     * @return the options
     * @throws IllegalArgumentException when the required flags break a rule of io_uring_setup(2),
     *     when a size is out of the kernel's limits, or when a flag lacks its argument
     */
    public RingOptions build() {
      checkSizes();
      checkFlags();
      RingOptions options = new RingOptions(this);
      if (memory != null && memory.byteSize() < options.memoryBytes()) {
        throw new IllegalArgumentException(
            "memory of "
                + memory.byteSize()
                + " bytes is too small: the queues take "
                + options.memoryBytes());
      }
      return options;
    }

    private void checkSizes() {
      if (!required.contains(SetupFlag.CLAMP)) {
        Arguments.inRange("submissionEntries", submissionEntries, 1, MAX_SUBMISSION_ENTRIES);
        Arguments.inRange("completionEntries", completionEntries, 0, MAX_COMPLETION_ENTRIES);
      }
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
    }

    private void checkFlags() {
      // What a required flag needs may be a preferred one: it is kept as long as the kernel has it.
      EnumSet<SetupFlag> all = EnumSet.copyOf(required);
      all.addAll(preferred);
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
      if (workQueueRingFd == NO_DESCRIPTOR && wants(SetupFlag.ATTACH_WQ)) {
        throw new IllegalArgumentException("ATTACH_WQ needs shareWorkers(ring)");
      }
      if (required.contains(SetupFlag.ATTACH_WQ)
          && required.contains(SetupFlag.SQPOLL)
          && !workQueueHasPollThread) {
        throw new IllegalArgumentException(
            "ATTACH_WQ with SQPOLL needs a ring that has SQPOLL: the kernel thread is shared too");
      }
    }

    private boolean wants(SetupFlag flag) {
      return required.contains(flag) || preferred.contains(flag);
    }
  }
}
