package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import millrace.uring.abi.io_uring_params;

/**
 * Sets up one io_uring with as many of the preferred flags as the kernel takes.
 *
 * <p>The kernel answers EINVAL to a flag it does not know, without saying which. So the newest
 * preferred flag is left out until the set-up succeeds; then each of those left out is tried once
 * more, oldest first, because the flag to blame need not have been the newest. What remains refused
 * was refused by itself, and the reason says so.
 */
final class RingSetup {
  private final RingOptions options;
  private final MemorySegment attempted;
  private final MemorySegment parameters;
  private final EnumSet<SetupFlag> flags;
  private final Map<SetupFlag, String> refused = new EnumMap<>(SetupFlag.class);
  private int descriptor;

  private RingSetup(RingOptions options, Arena arena) {
    this.options = options;
    this.attempted = arena.allocate(io_uring_params.layout());
    this.parameters = arena.allocate(io_uring_params.layout());
    this.flags = EnumSet.noneOf(SetupFlag.class);
    this.flags.addAll(options.required());
    this.flags.addAll(options.preferred());
  }

  /**
   * Calls io_uring_setup(2) until it is settled.
   *
   * @param arena where the kernel's answer is to live
   */
  static RingSetup run(RingOptions options, Arena arena) throws UringUnavailableException {
    RingSetup setup = new RingSetup(options, arena);
    setup.negotiate();
    return setup;
  }

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

  private void negotiate() throws UringUnavailableException {
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

  private void tryAgain(SetupFlag flag) {
    Set<SetupFlag> missing = flag.missingPartners(flags);
    if (!missing.isEmpty()) {
      refused.put(flag, "needs " + missing + ", which is not granted");
      return;
    }
    EnumSet<SetupFlag> more = EnumSet.copyOf(flags);
    more.add(flag);
    int result = attempt(more);
    if (result < 0) {
      refused.put(flag, refusal(result));
      return;
    }
    Libc.close(descriptor);
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

  private int attempt(Set<SetupFlag> wanted) {
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
    int result = Libc.ioUringSetup(options.submissionEntries(), attempted);
    if (result >= 0) {
      parameters.copyFrom(attempted);
    }
    return result;
  }
}
