package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_params;
import millrace.uring.abi.rlimit;

/**
 * The calls of the libc that are needed beside io_uring, each as thin as possible: one method, one
 * call, named like its man page.
 *
 * <p>Every call returns its result, zero or positive, or {@code -errno}; none throws for what the
 * kernel refuses. EINTR is returned like any other error. Calls may block like the system call they
 * make: a virtual thread keeps its carrier meanwhile, so nothing here that can block belongs on a
 * loop's thread.
 *
 * <p>All methods may be called by any thread. Addresses are plain numbers which the kernel checks
 * (EFAULT) and nobody keeps alive: the memory must stay valid until the call returns. A {@code
 * MemorySegment} is only read or written within the call and may be of any kind. Nothing is
 * allocated per call once C2 has compiled it; see {@code CallState} for the JVM argument that makes
 * this certain. Numbers that C takes for unsigned are passed by their bits.
 */
public final class Libc extends LibcDescriptors {

  // syscall(2) returns long; these two return int, and their numbers are those of every
  // architecture.
  private static final Downcall SYSCALL_SETUP = Downcall.ofVariadicInt("syscall", 1, 3);
  private static final Downcall SYSCALL_REGISTER = Downcall.ofVariadicInt("syscall", 1, 5);

  private static final Downcall MMAP = Downcall.ofWord("mmap", 6);
  private static final Downcall MUNMAP = Downcall.ofInt("munmap", 2);
  private static final Downcall MADVISE = Downcall.ofInt("madvise", 3);
  private static final Downcall GETPAGESIZE = Downcall.ofInt("getpagesize", 0);

  private static final Downcall GETRLIMIT = Downcall.ofInt("getrlimit", 2);
  private static final Downcall SCHED_GETAFFINITY = Downcall.ofInt("sched_getaffinity", 3);
  private static final Downcall SCHED_SETAFFINITY = Downcall.ofInt("sched_setaffinity", 3);
  private static final Downcall GETPID = Downcall.ofInt("getpid", 0);
  private static final Downcall GETTID = Downcall.ofInt("gettid", 0);

  private static final int PAGE_SIZE = (int) GETPAGESIZE.call();

  private Libc() {}

  // io_uring

  /**
   * io_uring_setup(2).
   *
   * @param params a struct io_uring_params, written on success
   * @return the ring's descriptor or -errno
   */
  static int ioUringSetup(int entries, MemorySegment params) {
    long bytes = io_uring_params.sizeof();
    MemorySegment copy = CallState.current().scratch();
    MemorySegment.copy(params, 0, copy, 0, bytes);
    int result = (int) SYSCALL_SETUP.call(IoUring.__NR_io_uring_setup(), entries, copy.address());
    if (result >= 0) {
      MemorySegment.copy(copy, 0, params, 0, bytes);
    }
    return result;
  }

  /**
   * io_uring_enter(2).
   *
   * @param argumentAddress a sigset, a struct io_uring_getevents_arg, an offset or 0, depending on
   *     {@code flags}
   * @return the number of entries consumed or -errno
   */
  static int ioUringEnter(
      int fd, int toSubmit, int minComplete, int flags, long argumentAddress, long argumentBytes) {
    return LoopCalls.ioUringEnter(fd, toSubmit, minComplete, flags, argumentAddress, argumentBytes);
  }

  /**
   * io_uring_register(2).
   *
   * @param fd a ring, or -1 for the few operations without one
   * @return a value of the operation's own or -errno
   */
  static int ioUringRegister(int fd, int opcode, long argumentAddress, int count) {
    return (int)
        SYSCALL_REGISTER.call(IoUring.__NR_io_uring_register(), fd, opcode, argumentAddress, count);
  }

  /**
   * Maps what a descriptor offers at {@code offset}, for reading and writing, shared with the
   * kernel, all pages present: mmap(2).
   *
   * @return the address or -errno
   */
  static long mmapShared(int fd, long lengthBytes, long offset) {
    int protection = IoUring.PROT_READ() | IoUring.PROT_WRITE();
    int flags = IoUring.MAP_SHARED() | IoUring.MAP_POPULATE();
    return MMAP.call(0, lengthBytes, protection, flags, fd, offset);
  }

  // Memory

  /**
   * Maps fresh zeroed memory for reading and writing, private to the process: mmap(2).
   *
   * @param lengthBytes how much, rounded up to whole pages by the kernel
   * @return the address, page aligned, or -errno
   */
  public static long mmapAnonymous(long lengthBytes) {
    int protection = IoUring.PROT_READ() | IoUring.PROT_WRITE();
    int flags = IoUring.MAP_PRIVATE() | IoUring.MAP_ANONYMOUS();
    return MMAP.call(0, lengthBytes, protection, flags, -1, 0);
  }

  /**
   * Unmaps memory: munmap(2). Whoever still uses it afterwards crashes the process.
   *
   * @param address what a mapping call returned
   * @param lengthBytes the mapping's length
   * @return 0 or -errno
   */
  public static int munmap(long address, long lengthBytes) {
    // First: what is mapped next, by whichever thread, may get the same address.
    QueueMemory.unmapped(address, lengthBytes);
    return (int) MUNMAP.call(address, lengthBytes);
  }

  /**
   * Keeps a mapping out of forked children: madvise(2) with MADV_DONTFORK. With copy-on-write a
   * child could otherwise take pages away from under the kernel.
   *
   * @param address start of the mapping
   * @param lengthBytes the mapping's length
   * @return 0 or -errno
   */
  public static int madviseDontFork(long address, long lengthBytes) {
    return (int) MADVISE.call(address, lengthBytes, IoUring.MADV_DONTFORK());
  }

  /**
   * Returns the size of a page: getpagesize(2).
   *
   * @return the size in bytes
   */
  public static int pageSize() {
    return PAGE_SIZE;
  }

  // Process and threads

  /**
   * Reads a limit: getrlimit(2).
   *
   * @param resource RLIMIT_*
   * @param limits receives the soft limit at 0 and the hard limit at 1; unsigned, {@link
   *     #RLIM_INFINITY} for no limit
   * @return 0 or -errno
   */
  public static int getrlimit(int resource, long[] limits) {
    MemorySegment scratch = CallState.current().scratch();
    int result = (int) GETRLIMIT.call(resource, scratch.address());
    if (result >= 0) {
      limits[0] = rlimit.rlim_cur(scratch);
      limits[1] = rlimit.rlim_max(scratch);
    }
    return result;
  }

  /**
   * Reads which CPUs the current thread may run on: sched_getaffinity(2). For a virtual thread that
   * is its carrier of the moment.
   *
   * @param mask receives a bit per CPU, CPU 0 in the lowest bit of element 0; 1 to 64 elements
   * @return 0 or -errno; EINVAL when the kernel has more possible CPUs than {@code mask} has bits
   */
  public static int schedGetAffinity(long[] mask) {
    MemorySegment scratch = maskScratch(mask);
    int result = (int) SCHED_GETAFFINITY.call(0, maskBytes(mask), scratch.address());
    if (result >= 0) {
      MemorySegment.copy(scratch, JAVA_LONG, 0, mask, 0, mask.length);
    }
    return result;
  }

  /**
   * Sets which CPUs the current thread may run on: sched_setaffinity(2). Not for virtual threads:
   * it would bind their carrier.
   *
   * @param mask a bit per CPU, CPU 0 in the lowest bit of element 0; 1 to 64 elements
   * @return 0 or -errno; EINVAL when none of the CPUs is there and allowed
   */
  public static int schedSetAffinity(long[] mask) {
    MemorySegment scratch = maskScratch(mask);
    MemorySegment.copy(mask, 0, scratch, JAVA_LONG, 0, mask.length);
    return (int) SCHED_SETAFFINITY.call(0, maskBytes(mask), scratch.address());
  }

  private static MemorySegment maskScratch(long[] mask) {
    if (mask.length == 0 || maskBytes(mask) > CallState.SCRATCH_BYTES) {
      throw new IllegalArgumentException(
          "mask of " + mask.length + " elements: must have 1.." + CallState.SCRATCH_BYTES / 8);
    }
    return CallState.current().scratch();
  }

  private static long maskBytes(long[] mask) {
    return (long) mask.length * Long.BYTES;
  }

  /**
   * Returns the process: getpid(2).
   *
   * @return its number
   */
  public static int getpid() {
    return (int) GETPID.call();
  }

  /**
   * Returns the current thread, or the carrier of the moment of a virtual thread: gettid(2).
   *
   * @return the kernel's number of it
   */
  public static int gettid() {
    return (int) GETTID.call();
  }
}
