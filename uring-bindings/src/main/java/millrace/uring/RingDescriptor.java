package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.__kernel_timespec;
import millrace.uring.abi.io_uring_getevents_arg;
import millrace.uring.abi.io_uring_rsrc_update;

/**
 * The descriptor of a ring and the system calls on it: knows their arguments, not their rules.
 *
 * <p>It is a file descriptor, a slot in the current thread's table of registered rings, or both.
 * The structs passed by address are allocated once: only one thread is inside a call at a time.
 */
final class RingDescriptor {
  private static final int NONE = -1;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  // The offset by which IORING_REGISTER_RING_FDS is asked to choose a free slot.
  private static final int ANY_SLOT = -1;

  private final MemorySegment timeout;
  private final MemorySegment waitArgument;
  private final MemorySegment slotArgument;
  private int fd;
  private int enterFd;
  private int enterFlags;
  private int registerFd;
  private int registerFlag;

  /**
   * Takes what io_uring_setup returned.
   *
   * @param registeredOnly whether that is a slot of the current thread (REGISTERED_FD_ONLY)
   */
  RingDescriptor(int descriptor, boolean registeredOnly) {
    // Freed after this object, and so after the last call.
    Arena arena = Arena.ofAuto();
    this.timeout = arena.allocate(__kernel_timespec.layout());
    this.waitArgument = arena.allocate(io_uring_getevents_arg.layout());
    this.slotArgument = arena.allocate(io_uring_rsrc_update.layout());
    this.fd = registeredOnly ? NONE : descriptor;
    this.enterFd = descriptor;
    this.registerFd = descriptor;
    io_uring_getevents_arg.ts(waitArgument, timeout.address());
    if (registeredOnly) {
      enterFlags = IoUring.IORING_ENTER_REGISTERED_RING();
      registerFlag = IoUring.IORING_REGISTER_USE_REGISTERED_RING();
    }
  }

  /** Gives up what io_uring_setup returned, by the thread that called it. */
  static void release(int descriptor, boolean registeredOnly) {
    RingDescriptor released = new RingDescriptor(descriptor, registeredOnly);
    released.unregisterFromThread();
    released.close();
  }

  /** The file descriptor, or negative when there is none. */
  int fd() {
    return fd;
  }

  boolean isRegisteredWithThread() {
    return enterFlags != 0;
  }

  /** The slot in the table of the thread that registered. */
  int slot() {
    assert isRegisteredWithThread() : "not registered";
    return enterFd;
  }

  int enter(int toSubmit, int minComplete, int flags) {
    return Libc.ioUringEnter(enterFd, toSubmit, minComplete, flags | enterFlags, 0, 0);
  }

  /** Enters with a limit for the wait instead of a timeout entry in the queue (5.11). */
  int enter(int toSubmit, int minComplete, int flags, long timeoutNanos) {
    __kernel_timespec.tv_sec(timeout, timeoutNanos / NANOS_PER_SECOND);
    __kernel_timespec.tv_nsec(timeout, timeoutNanos % NANOS_PER_SECOND);
    try {
      return Libc.ioUringEnter(
          enterFd,
          toSubmit,
          minComplete,
          flags | enterFlags | IoUring.IORING_ENTER_EXT_ARG(),
          waitArgument.address(),
          waitArgument.byteSize());
    } finally {
      // The garbage collector frees the structs, and does not know of the kernel that reads them.
      Reference.reachabilityFence(this);
    }
  }

  /** Enters with an argument of the caller's; its kind is told by the flags. */
  int enter(int toSubmit, int minComplete, int flags, long argument, long argumentBytes) {
    return Libc.ioUringEnter(
        enterFd, toSubmit, minComplete, flags | enterFlags, argument, argumentBytes);
  }

  int register(int opcode, MemorySegment argument, int count) {
    return Libc.ioUringRegister(registerFd, opcode | registerFlag, argument.address(), count);
  }

  /**
   * Registers this descriptor with the current thread, so that each enter need not look it up in
   * the process's table (5.18). Best effort: a thread has 16 slots.
   */
  void registerWithThread() {
    if (isRegisteredWithThread()) {
      return;
    }
    setSlot(ANY_SLOT, fd);
    if (register(IoUring.IORING_REGISTER_RING_FDS(), slotArgument, 1) == 1) {
      enterFd = io_uring_rsrc_update.offset(slotArgument);
      enterFlags = IoUring.IORING_ENTER_REGISTERED_RING();
    }
  }

  /**
   * Frees the slot of the current thread, which had registered. It is the thread's, not the ring's:
   * it would outlive the ring and keep the kernel from freeing it.
   */
  void unregisterFromThread() {
    if (!isRegisteredWithThread()) {
      return;
    }
    setSlot(enterFd, 0);
    int result = register(IoUring.IORING_UNREGISTER_RING_FDS(), slotArgument, 1);
    // A restriction or a seccomp filter may refuse; the slot is then free when the thread ends.
    assert result == 1 || RegisterProbe.isRefused(result) : "IORING_UNREGISTER_RING_FDS: " + result;
    enterFlags = 0;
  }

  /**
   * Closes the file descriptor and goes on with the slot alone (6.3).
   *
   * @return 0 or -errno
   */
  int closeFileOnly() {
    registerFd = enterFd;
    registerFlag = IoUring.IORING_REGISTER_USE_REGISTERED_RING();
    int result = Libc.close(fd);
    fd = NONE;
    return result;
  }

  void close() {
    if (fd == NONE) {
      return;
    }
    int result = Libc.close(fd);
    assert result == 0 : "close: " + result;
    fd = NONE;
  }

  private void setSlot(int slot, long data) {
    io_uring_rsrc_update.offset(slotArgument, slot);
    io_uring_rsrc_update.resv(slotArgument, 0);
    io_uring_rsrc_update.data(slotArgument, data);
  }
}
