package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import millrace.uring.abi.io_cqring_offsets;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_params;

/**
 * Sets up one io_uring with as many of the preferred flags as the kernel takes.
 *
 * <p>Preferred flags that break a rule are left out first. The kernel answers EINVAL to a flag it
 * does not know, without saying which. So the newest preferred flag is left out until the set-up
 * succeeds; then each of those left out is tried once more, oldest first, because the flag to blame
 * need not have been the newest. What remains refused was refused by itself, and the reason says
 * so.
 */
final class RingSetup {
  private final RingOptions options;
  private final Arena mappings;
  private final QueueSizes sizes;
  private final MemorySegment attempted;
  private final MemorySegment parameters;
  private final EnumSet<SetupFlag> flags;
  private final Map<SetupFlag, String> refused = new EnumMap<>(SetupFlag.class);
  private MemorySegment memory;
  private int descriptor;

  private RingSetup(RingOptions options, Arena mappings) {
    // The kernel's answer is read when the ring is opened, and needs no arena of its own.
    Arena arena = Arena.ofAuto();
    this.options = options;
    this.mappings = mappings;
    this.sizes = QueueSizes.of(options);
    this.memory = options.memory();
    this.attempted = arena.allocate(io_uring_params.layout());
    this.parameters = arena.allocate(io_uring_params.layout());
    this.flags = EnumSet.noneOf(SetupFlag.class);
    this.flags.addAll(options.required());
    this.flags.addAll(options.preferred());
  }

  /**
   * Calls io_uring_setup(2) until it is settled.
   *
   * @param mappings where memory for the queues is mapped, if the ring wants it (NO_MMAP)
   */
  static RingSetup run(RingOptions options, Arena mappings) throws UringException {
    RingSetup setup = new RingSetup(options, mappings);
    setup.leaveOutWhatBreaksRules();
    setup.negotiateWithMemory();
    return setup;
  }

  /** A file descriptor, or a slot of the current thread where REGISTERED_FD_ONLY is granted. */
  int descriptor() {
    return descriptor;
  }

  /** The io_uring_params as the kernel filled them in. */
  MemorySegment parameters() {
    return parameters;
  }

  Set<SetupFlag> granted() {
    return Collections.unmodifiableSet(flags);
  }

  Map<SetupFlag, String> refused() {
    return Collections.unmodifiableMap(refused);
  }

  /** The queues' memory; the arena given to {@link #run} is closed with it. */
  RingMemory map(Set<Feature> features) throws UringException {
    return flags.contains(SetupFlag.NO_MMAP)
        ? RingMemory.adopt(memory, sizes, parameters, flags, mappings)
        : RingMemory.map(descriptor, parameters, flags, features, mappings);
  }

  /** Gives the ring up. */
  void release() {
    RingDescriptor.release(descriptor, flags.contains(SetupFlag.REGISTERED_FD_ONLY));
  }

  // A flag that needs another is left out with it, so once is not enough.
  private void leaveOutWhatBreaksRules() {
    for (SetupFlag flag : options.preferred()) {
      String tooSmall =
          RingOptionsCheck.tooSmall(flag, options.submissionEntries(), options.completionEntries());
      if (tooSmall != null) {
        flags.remove(flag);
        refused.put(flag, tooSmall);
      }
    }
    List<SetupRule> broken = SetupRule.brokenBy(flags);
    while (!broken.isEmpty()) {
      SetupRule rule = broken.get(0);
      SetupFlag flag = rule.flag();
      if (!options.preferred().contains(flag)) {
        // The rule is about a required flag, so it is the other one that is only preferred.
        flag = rule.others().iterator().next();
      }
      flags.remove(flag);
      refused.put(flag, rule + ", which is " + (rule.excludes() ? "" : "not ") + "asked for");
      broken = SetupRule.brokenBy(flags);
    }
  }

  private void negotiateWithMemory() throws UringException {
    MemorySegment given = memory;
    if (given != null) {
      QueueMemory.claim(given);
    }
    try {
      negotiate();
    } catch (Throwable e) {
      if (given != null) {
        QueueMemory.giveBack(given);
      }
      throw e;
    }
  }

  private void negotiate() throws UringException {
    Deque<SetupFlag> leftOut = new ArrayDeque<>();
    int result = attempt(flags);
    while (result == -Errno.EINVAL) {
      SetupFlag newest = newestPreferred();
      if (newest == null) {
        break;
      }
      flags.remove(newest);
      leftOut.push(newest);
      result = attempt(flags);
    }
    if (result < 0) {
      throw SetupFailure.of(-result, options, flags, KernelEnvironment.read());
    }
    descriptor = result;
    if (leftOut.size() == 1) {
      refused.put(leftOut.pop(), refusal(-Errno.EINVAL));
    }
    // Pushed newest first, so they come off oldest first: SINGLE_ISSUER before DEFER_TASKRUN.
    while (!leftOut.isEmpty()) {
      tryAgain(leftOut.pop());
    }
  }

  private void tryAgain(SetupFlag flag) throws UringException {
    EnumSet<SetupFlag> more = EnumSet.copyOf(flags);
    more.add(flag);
    List<SetupRule> broken = SetupRule.brokenBy(more);
    if (!broken.isEmpty()) {
      refused.put(flag, broken.get(0) + ", which is not granted");
      return;
    }
    int result = attempt(more);
    if (result < 0) {
      refused.put(flag, refusal(result));
      return;
    }
    release();
    descriptor = result;
    flags.add(flag);
  }

  private String refusal(int result) {
    return "io_uring_setup succeeds without it, and with it is " + Errno.describe(result);
  }

  private SetupFlag newestPreferred() {
    SetupFlag newest = null;
    for (SetupFlag flag : flags) {
      if (options.preferred().contains(flag)) {
        newest = flag;
      }
    }
    return newest;
  }

  private int attempt(Set<SetupFlag> wanted) throws UringException {
    // The kernel checks that resv is zero, and a failed attempt must not spoil the answer of the
    // one before it.
    attempted.fill((byte) 0);
    io_uring_params.flags(attempted, SetupFlag.bits(wanted));
    if (wanted.contains(SetupFlag.CQSIZE)) {
      io_uring_params.cq_entries(attempted, options.completionEntries());
    }
    if (wanted.contains(SetupFlag.SQPOLL)) {
      io_uring_params.sq_thread_idle(attempted, options.pollThreadIdleMillis());
    }
    if (wanted.contains(SetupFlag.SQ_AFF)) {
      io_uring_params.sq_thread_cpu(attempted, options.pollThreadCpu());
    }
    if (wanted.contains(SetupFlag.ATTACH_WQ)) {
      io_uring_params.wq_fd(attempted, options.workQueueRingFd());
    }
    if (wanted.contains(SetupFlag.NO_MMAP)) {
      bringMemory();
    }
    int result = Libc.ioUringSetup(options.submissionEntries(), attempted);
    if (result >= 0) {
      parameters.copyFrom(attempted);
    }
    return result;
  }

  private void bringMemory() throws UringException {
    if (memory == null) {
      memory = SharedMapping.anonymous(sizes.totalBytes(), mappings);
    }
    // The kernel starts from the heads and tails that it finds.
    memory.asSlice(0, sizes.totalBytes()).fill((byte) 0);
    long entries = memory.address();
    io_sqring_offsets.user_addr(io_uring_params.sq_off(attempted), entries);
    io_cqring_offsets.user_addr(io_uring_params.cq_off(attempted), entries + sizes.entriesBytes());
  }
}
