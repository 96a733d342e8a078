package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a {@link Ring} is and who may use it: its state, its owner, what was granted, and what it
 * has registered. Ring adds the queues and the calls that submit and wait.
 */
abstract sealed class RingState permits Ring {
  enum State {
    OPENED,
    ENABLED,
    CLOSED
  }

  final RingDescriptor descriptor;
  final Set<SetupFlag> grantedFlags;
  final Map<SetupFlag, String> refusedFlags;
  final Set<Feature> features;
  final Thread opener = Thread.currentThread();

  // The kernel uses the memory of what is registered, and the collector does not know of it: open
  // rings that hold something are reachable from here, also when nobody else refers to them.
  private static final Set<RingState> HOLDERS = ConcurrentHashMap.newKeySet();

  private final Set<Object> held = Collections.newSetFromMap(new IdentityHashMap<>());

  State state = State.OPENED;
  Thread owner;

  RingState(RingSetup setup, Set<Feature> features) {
    this.grantedFlags = setup.granted();
    this.descriptor = new RingDescriptor(setup.descriptor(), registeredOnly());
    this.refusedFlags = setup.refused();
    this.features = features;
  }

  /**
   * The descriptor of the ring, for example as the target of {@link Sqe#msgRing}. Any thread.
   *
   * @return a file descriptor that this ring closes
   * @throws IllegalStateException when the ring is closed: the number may be another file's by now;
   *     when it has none ({@link SetupFlag#REGISTERED_FD_ONLY}, {@link #closeFd})
   */
  public final int fd() {
    requireOpen("fd");
    if (descriptor.fd() < 0) {
      throw new IllegalStateException("fd: the ring has no file descriptor, only a registered one");
    }
    return descriptor.fd();
  }

  /**
   * Closes the file descriptor; the ring goes on with the descriptor that {@link Ring#enable} has
   * registered with the owner ({@code io_uring_close_ring_fd(3)}, 6.3). Other rings can no longer
   * name this one. The owner.
   *
   * @return 0, or {@code -errno}: EOPNOTSUPP without {@link Feature#REG_REG_RING}, EINVAL when the
   *     kernel has not registered the ring, EBADF when there is no file descriptor
   */
  public final int closeFd() {
    requireEnabled("closeFd");
    if (!features.contains(Feature.REG_REG_RING)) {
      return -Errno.EOPNOTSUPP;
    } else if (!descriptor.isRegisteredWithThread()) {
      return -Errno.EINVAL;
    } else if (descriptor.fd() < 0) {
      return -Errno.EBADF;
    }
    return descriptor.closeFileOnly();
  }

  /**
   * The flags the kernel granted. Any thread.
   *
   * @return the required and the granted preferred ones, unmodifiable
   */
  public final Set<SetupFlag> grantedFlags() {
    return grantedFlags;
  }

  /**
   * The preferred flags the kernel refused, each with the reason. Any thread.
   *
   * @return reasons in words, unmodifiable
   */
  public final Map<SetupFlag, String> refusedFlags() {
    return refusedFlags;
  }

  /**
   * What the kernel reported when the ring was set up. Any thread.
   *
   * @return the features, unmodifiable
   */
  public final Set<Feature> features() {
    return features;
  }

  /**
   * Calls {@code io_uring_register(2)}. The owner, or any thread before {@link Ring#enable}.
   *
   * @param opcode an IORING_REGISTER_* number
   * @param argument native memory as the opcode wants it, or {@link MemorySegment#NULL}
   * @param count the number of elements the argument has
   * @return the result, or {@code -errno}
   * @throws IllegalStateException when called by a foreign thread
   */
  public final int register(int opcode, MemorySegment argument, int count) {
    requireOpen("register");
    if (owner != null) {
      requireOwner();
    }
    if (!argument.isNative()) {
      throw new IllegalArgumentException("argument is not native memory: " + argument);
    }
    try {
      return descriptor.register(opcode, argument, Arguments.notNegative("count", count));
    } finally {
      // Only the address goes to the kernel: the collector must not free the memory meanwhile.
      Reference.reachabilityFence(argument);
    }
  }

  /**
   * Limits the kernel's worker threads of this ring, per NUMA node (5.15). Operations that would
   * block, such as splices or reads of cold files, run in workers.
   *
   * @param bounded workers for files and block devices, 0 to leave the limit as it is
   * @param unbounded workers for all else, 0 to leave the limit as it is
   * @return 0, or {@code -errno}
   * @see Iowq#registerMaxWorkers
   */
  public final int registerIowqMaxWorkers(int bounded, int unbounded) {
    int[] limits = {bounded, unbounded};
    return Iowq.registerMaxWorkers((Ring) this, limits);
  }

  /**
   * Keeps what is registered reachable as long as the ring is open, and with it the segments that
   * it refers to.
   */
  final void hold(Object registration) {
    held.add(registration);
    HOLDERS.add(this);
  }

  /** Ends what {@link #hold} began. */
  final void release(Object registration) {
    held.remove(registration);
  }

  /** For a ring that is closed: holds on only as long as somebody refers to it. */
  final void letGo() {
    HOLDERS.remove(this);
  }

  final boolean hasFd() {
    return descriptor.fd() >= 0;
  }

  /** The ring's slot in the owner's table, for a ring that is nowhere else. */
  final int registeredSlot() {
    return descriptor.slot();
  }

  final boolean isClosed() {
    return state == State.CLOSED;
  }

  final boolean isOwner() {
    return Thread.currentThread() == owner;
  }

  final String ownerViolation() {
    return "ring of "
        + owner
        + " used by "
        + Thread.currentThread()
        + ": with SINGLE_ISSUER the kernel answers EEXIST to any but the task that enabled it"
        + " (io_uring_setup(2))";
  }

  final boolean registeredOnly() {
    return grantedFlags.contains(SetupFlag.REGISTERED_FD_ONLY);
  }

  final void requireEnabled(String method) {
    if (state != State.ENABLED) {
      throw wrongState(method);
    }
    requireOwner();
  }

  // Always, not only with assertions: the ring is entered by its slot in the owner's table, and the
  // kernel takes the number for a slot of the calling thread, where another ring may be.
  private void requireOwner() {
    if (!isOwner()) {
      throw new IllegalStateException(ownerViolation());
    }
  }

  final void requireOpen(String method) {
    if (state == State.CLOSED) {
      throw wrongState(method);
    }
  }

  final IllegalStateException wrongState(String method) {
    return new IllegalStateException(
        switch (state) {
          case OPENED -> method + ": the ring is not enabled";
          case ENABLED -> method + ": the ring is enabled and owned by " + owner;
          case CLOSED -> method + ": the ring is closed";
        });
  }
}
