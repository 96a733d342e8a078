package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_params;
import millrace.uring.abi.linger;
import millrace.uring.abi.pollfd;
import millrace.uring.abi.rlimit;
import millrace.uring.abi.ucred;

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
public final class Libc extends LibcConstants {

  // syscall(2) returns long; these three return int, and their numbers are those of every
  // architecture.
  private static final Downcall SYSCALL_SETUP = Downcall.ofVariadicInt("syscall", 1, 3);
  private static final Downcall SYSCALL_ENTER = Downcall.ofVariadicInt("syscall", 1, 7);
  private static final Downcall SYSCALL_REGISTER = Downcall.ofVariadicInt("syscall", 1, 5);

  private static final Downcall MMAP = Downcall.ofWord("mmap", 6);
  private static final Downcall MUNMAP = Downcall.ofInt("munmap", 2);
  private static final Downcall MADVISE = Downcall.ofInt("madvise", 3);
  private static final Downcall GETPAGESIZE = Downcall.ofInt("getpagesize", 0);

  private static final Downcall SOCKET = Downcall.ofInt("socket", 3);
  private static final Downcall SOCKETPAIR = Downcall.ofInt("socketpair", 4);
  private static final Downcall BIND = Downcall.ofInt("bind", 3);
  private static final Downcall LISTEN = Downcall.ofInt("listen", 2);
  private static final Downcall ACCEPT4 = Downcall.ofInt("accept4", 4);
  private static final Downcall CONNECT = Downcall.ofInt("connect", 3);
  private static final Downcall GETSOCKNAME = Downcall.ofInt("getsockname", 3);
  private static final Downcall GETPEERNAME = Downcall.ofInt("getpeername", 3);
  private static final Downcall SETSOCKOPT = Downcall.ofInt("setsockopt", 5);
  private static final Downcall GETSOCKOPT = Downcall.ofInt("getsockopt", 5);
  private static final Downcall SHUTDOWN = Downcall.ofInt("shutdown", 2);
  private static final Downcall SEND = Downcall.ofWord("send", 4);
  private static final Downcall RECV = Downcall.ofWord("recv", 4);
  private static final Downcall SENDMSG = Downcall.ofWord("sendmsg", 3);
  private static final Downcall RECVMSG = Downcall.ofWord("recvmsg", 3);

  private static final Downcall CLOSE = Downcall.ofInt("close", 1);
  private static final Downcall READ = Downcall.ofWord("read", 3);
  private static final Downcall WRITE = Downcall.ofWord("write", 3);
  private static final Downcall EVENTFD = Downcall.ofInt("eventfd", 2);
  private static final Downcall PIPE2 = Downcall.ofInt("pipe2", 2);
  private static final Downcall FCNTL = Downcall.ofVariadicInt("fcntl", 2, 3);
  private static final Downcall POLL = Downcall.ofInt("poll", 3);

  private static final Downcall GETRLIMIT = Downcall.ofInt("getrlimit", 2);
  private static final Downcall SCHED_GETAFFINITY = Downcall.ofInt("sched_getaffinity", 3);
  private static final Downcall SCHED_SETAFFINITY = Downcall.ofInt("sched_setaffinity", 3);
  private static final Downcall GETPID = Downcall.ofInt("getpid", 0);
  private static final Downcall GETTID = Downcall.ofInt("gettid", 0);

  private static final int PAGE_SIZE = (int) GETPAGESIZE.call();

  private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1);

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
    CallState state = CallState.current();
    try {
      // The handle here and not in Downcall.call: that method is too large to be inlined by all
      // means, and compiled alone it has no constant handle, calls it unspecialised, and the
      // linker's slice of the segment is allocated each time.
      long word =
          (long)
              SYSCALL_ENTER
                  .handle()
                  .invokeExact(
                      state.segment(),
                      (long) IoUring.__NR_io_uring_enter(),
                      (long) fd,
                      (long) toSubmit,
                      (long) minComplete,
                      (long) flags,
                      argumentAddress,
                      argumentBytes);
      return (int) SYSCALL_ENTER.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
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

  // Sockets

  /**
   * Creates a socket: socket(2).
   *
   * @param domain AF_*
   * @param type SOCK_*, with SOCK_CLOEXEC and SOCK_NONBLOCK
   * @param protocol 0 or IPPROTO_*
   * @return the descriptor or -errno
   */
  public static int socket(int domain, int type, int protocol) {
    return (int) SOCKET.call(domain, type, protocol);
  }

  /**
   * Creates two sockets that are connected to each other: socketpair(2).
   *
   * @param domain AF_UNIX
   * @param type SOCK_*, with SOCK_CLOEXEC and SOCK_NONBLOCK
   * @param protocol 0
   * @param descriptors receives the two sockets at 0 and 1
   * @return 0 or -errno
   */
  public static int socketpair(int domain, int type, int protocol, int[] descriptors) {
    MemorySegment scratch = CallState.current().scratch();
    int result = (int) SOCKETPAIR.call(domain, type, protocol, scratch.address());
    if (result >= 0) {
      MemorySegment.copy(scratch, JAVA_INT, 0, descriptors, 0, 2);
    }
    return result;
  }

  /**
   * Gives a socket its local address: bind(2).
   *
   * @param fd the socket
   * @param address a sockaddr; see {@link SocketAddresses#encode}
   * @param lengthBytes its length, at most {@link SocketAddresses#MAX_BYTES}
   * @return 0 or -errno
   */
  public static int bind(int fd, MemorySegment address, int lengthBytes) {
    return (int) BIND.call(fd, scratchAddress(address, lengthBytes), lengthBytes);
  }

  /**
   * Makes a socket accept connections: listen(2).
   *
   * @param fd the socket
   * @param backlog length of the accept queue, capped at net.core.somaxconn
   * @return 0 or -errno
   */
  public static int listen(int fd, int backlog) {
    return (int) LISTEN.call(fd, backlog);
  }

  /**
   * Takes a connection out of the accept queue: accept4(2). Blocks when there is none and the
   * socket blocks.
   *
   * @param fd the listening socket
   * @param flags SOCK_CLOEXEC, SOCK_NONBLOCK
   * @return the connection's descriptor or -errno
   */
  public static int accept(int fd, int flags) {
    return (int) ACCEPT4.call(fd, 0, 0, flags);
  }

  /**
   * Connects: connect(2). Blocks until the peer has answered, unless the socket does not block.
   *
   * @param fd the socket
   * @param address a sockaddr; see {@link SocketAddresses#encode}
   * @param lengthBytes its length, at most {@link SocketAddresses#MAX_BYTES}
   * @return 0 or -errno
   */
  public static int connect(int fd, MemorySegment address, int lengthBytes) {
    return (int) CONNECT.call(fd, scratchAddress(address, lengthBytes), lengthBytes);
  }

  /**
   * As {@link #connect(int, MemorySegment, int)}, with the address in native memory.
   *
   * @param fd the socket
   * @param address native address of a sockaddr
   * @param lengthBytes its length
   * @return 0 or -errno
   */
  public static int connect(int fd, long address, int lengthBytes) {
    return (int) CONNECT.call(fd, address, lengthBytes);
  }

  /**
   * Reads the local address of a socket: getsockname(2).
   *
   * @param fd the socket
   * @param address where to write the sockaddr, at least {@link SocketAddresses#MAX_BYTES} bytes
   * @return its length in bytes or -errno
   */
  public static int getsockname(int fd, MemorySegment address) {
    return readAddress(GETSOCKNAME, fd, address);
  }

  /**
   * Reads the remote address of a connected socket: getpeername(2).
   *
   * @param fd the socket
   * @param address where to write the sockaddr, at least {@link SocketAddresses#MAX_BYTES} bytes
   * @return its length in bytes or -errno
   */
  public static int getpeername(int fd, MemorySegment address) {
    return readAddress(GETPEERNAME, fd, address);
  }

  private static long scratchAddress(MemorySegment address, int lengthBytes) {
    if (lengthBytes < 0 || lengthBytes > SocketAddresses.MAX_BYTES) {
      throw new IllegalArgumentException(
          "lengthBytes " + lengthBytes + ": must be in 0.." + SocketAddresses.MAX_BYTES);
    }
    MemorySegment scratch = CallState.current().scratch();
    MemorySegment.copy(address, 0, scratch, 0, lengthBytes);
    return scratch.address();
  }

  private static int readAddress(Downcall call, int fd, MemorySegment target) {
    MemorySegment scratch = CallState.current().scratch();
    long lengthOffset = SocketAddresses.MAX_BYTES;
    scratch.set(JAVA_INT, lengthOffset, SocketAddresses.MAX_BYTES);
    int result = (int) call.call(fd, scratch.address(), scratch.address() + lengthOffset);
    if (result < 0) {
      return result;
    }
    // The kernel reports the full length even where it had to cut; no address it knows is that
    // long.
    int lengthBytes = Math.min(scratch.get(JAVA_INT, lengthOffset), SocketAddresses.MAX_BYTES);
    MemorySegment.copy(scratch, 0, target, 0, lengthBytes);
    return lengthBytes;
  }

  /**
   * Sets a socket option whose value is an int: setsockopt(2).
   *
   * @param fd the socket
   * @param level SOL_SOCKET or IPPROTO_*
   * @param name the option
   * @param value its value
   * @return 0 or -errno
   */
  public static int setsockopt(int fd, int level, int name, int value) {
    MemorySegment scratch = CallState.current().scratch();
    scratch.set(JAVA_INT, 0, value);
    return (int) SETSOCKOPT.call(fd, level, name, scratch.address(), Integer.BYTES);
  }

  /**
   * Reads a socket option whose value is an int: getsockopt(2). A negative value cannot be told
   * from an error; no option that is read here has one.
   *
   * @param fd the socket
   * @param level SOL_SOCKET or IPPROTO_*
   * @param name the option
   * @return its value or -errno
   */
  public static int getsockopt(int fd, int level, int name) {
    MemorySegment scratch = CallState.current().scratch();
    scratch.set(JAVA_INT, 0, 0);
    scratch.set(JAVA_INT, Integer.BYTES, Integer.BYTES);
    long value = scratch.address();
    int result = (int) GETSOCKOPT.call(fd, level, name, value, value + Integer.BYTES);
    return result < 0 ? result : scratch.get(JAVA_INT, 0);
  }

  /**
   * Asks who connected a UNIX socket, or listened for it, at that time: getsockopt(2) with
   * SO_PEERCRED (unix(7)).
   *
   * @param fd a connected UNIX stream socket
   * @param credentials receives process, user and group at 0, 1 and 2; process 0 when it is not in
   *     this PID namespace, user and group -1 when the socket is not connected
   * @return 0 or -errno
   */
  public static int getPeerCredentials(int fd, int[] credentials) {
    MemorySegment scratch = CallState.current().scratch();
    long lengthOffset = ucred.sizeof();
    scratch.set(JAVA_INT, lengthOffset, (int) ucred.sizeof());
    long value = scratch.address();
    int result = (int) GETSOCKOPT.call(fd, SOL_SOCKET, SO_PEERCRED, value, value + lengthOffset);
    if (result >= 0) {
      credentials[0] = ucred.pid(scratch);
      credentials[1] = ucred.uid(scratch);
      credentials[2] = ucred.gid(scratch);
    }
    return result;
  }

  /**
   * Sets what close does with unsent data: setsockopt(2) with SO_LINGER. With 0 seconds close
   * resets the connection.
   *
   * @param fd the socket
   * @param seconds how long close waits for the data to be sent; negative: it does not wait, and
   *     the kernel goes on sending
   * @return 0 or -errno
   */
  public static int setLinger(int fd, int seconds) {
    MemorySegment option = CallState.current().scratch();
    linger.l_onoff(option, seconds < 0 ? 0 : 1);
    linger.l_linger(option, Math.max(seconds, 0));
    return (int) SETSOCKOPT.call(fd, SOL_SOCKET, SO_LINGER, option.address(), linger.sizeof());
  }

  /**
   * Shuts down one or both directions of a connection: shutdown(2).
   *
   * @param fd the socket
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @return 0 or -errno
   */
  public static int shutdown(int fd, int how) {
    return (int) SHUTDOWN.call(fd, how);
  }

  /**
   * Sends: send(2).
   *
   * @param fd the socket
   * @param address the data
   * @param lengthBytes how much
   * @param flags MSG_*
   * @return the number of bytes sent, which may be less, or -errno
   */
  public static long send(int fd, long address, long lengthBytes, int flags) {
    return SEND.call(fd, address, lengthBytes, flags);
  }

  /**
   * Receives: recv(2).
   *
   * @param fd the socket
   * @param address where to write
   * @param lengthBytes how much there is room for
   * @param flags MSG_*
   * @return the number of bytes received, 0 at the end of a stream, or -errno
   */
  public static long recv(int fd, long address, long lengthBytes, int flags) {
    return RECV.call(fd, address, lengthBytes, flags);
  }

  /**
   * Sends what a struct msghdr describes: sendmsg(2).
   *
   * @param fd the socket
   * @param messageAddress the struct msghdr
   * @param flags MSG_*
   * @return the number of bytes sent, which may be less, or -errno
   */
  public static long sendmsg(int fd, long messageAddress, int flags) {
    return SENDMSG.call(fd, messageAddress, flags);
  }

  /**
   * Receives into what a struct msghdr describes: recvmsg(2).
   *
   * @param fd the socket
   * @param messageAddress the struct msghdr, read and written
   * @param flags MSG_*
   * @return the number of bytes received, 0 at the end of a stream, or -errno
   */
  public static long recvmsg(int fd, long messageAddress, int flags) {
    return RECVMSG.call(fd, messageAddress, flags);
  }

  // Descriptors

  /**
   * Closes a descriptor: close(2). The number is free afterwards even if an error is returned, and
   * must not be closed again.
   *
   * @param fd the descriptor
   * @return 0 or -errno
   */
  public static int close(int fd) {
    return (int) CLOSE.call(fd);
  }

  /**
   * Reads at the descriptor's own position: read(2).
   *
   * @param fd the descriptor
   * @param address where to write
   * @param lengthBytes how much there is room for
   * @return the number of bytes read, 0 at the end, or -errno
   */
  public static long read(int fd, long address, long lengthBytes) {
    return READ.call(fd, address, lengthBytes);
  }

  /**
   * Writes at the descriptor's own position: write(2).
   *
   * @param fd the descriptor
   * @param address the data
   * @param lengthBytes how much
   * @return the number of bytes written, which may be less, or -errno
   */
  public static long write(int fd, long address, long lengthBytes) {
    return WRITE.call(fd, address, lengthBytes);
  }

  /**
   * Creates a counter to wait on: eventfd(2).
   *
   * @param initial the counter's first value
   * @param flags EFD_*
   * @return the descriptor or -errno
   */
  public static int eventfd(int initial, int flags) {
    return (int) EVENTFD.call(initial, flags);
  }

  /**
   * Adds 1 to an eventfd's counter, which wakes whoever waits for it. Blocks, or is -EAGAIN with
   * EFD_NONBLOCK, only while the counter is at its maximum, 2^64 - 2.
   *
   * @param fd the eventfd
   * @return 0 or -errno
   */
  public static int eventfdSignal(int fd) {
    long result = WRITE.call(fd, ONE.address(), Long.BYTES);
    // A write to an eventfd takes all eight bytes or fails.
    assert result == Long.BYTES || Errno.isError(result) : "eventfd took " + result + " bytes";
    return result < 0 ? (int) result : 0;
  }

  /**
   * Creates a pipe: pipe2(2).
   *
   * @param descriptors receives the reading end at 0 and the writing end at 1
   * @param flags O_CLOEXEC, O_NONBLOCK, O_DIRECT
   * @return 0 or -errno
   */
  public static int pipe2(int[] descriptors, int flags) {
    MemorySegment scratch = CallState.current().scratch();
    int result = (int) PIPE2.call(scratch.address(), flags);
    if (result >= 0) {
      MemorySegment.copy(scratch, JAVA_INT, 0, descriptors, 0, 2);
    }
    return result;
  }

  /**
   * Does what {@code command} says: fcntl(2).
   *
   * @param fd the descriptor
   * @param command F_*
   * @param argument the command's argument or 0
   * @return a value of the command's own or -errno
   */
  public static int fcntl(int fd, int command, long argument) {
    return (int) FCNTL.call(fd, command, argument);
  }

  /**
   * Asks one descriptor for its readiness, and waits for it: poll(2).
   *
   * @param fd the descriptor
   * @param events POLL*
   * @param timeoutMillis how long to wait; 0: not at all; -1: without limit
   * @return POLL* of what is so, {@link #POLLERR}, {@link #POLLHUP} and {@link #POLLNVAL} also when
   *     they were not asked for; 0 when the time is over; -errno
   */
  public static int poll(int fd, int events, int timeoutMillis) {
    MemorySegment scratch = CallState.current().scratch();
    pollfd.fd(scratch, fd);
    pollfd.events(scratch, (short) events);
    pollfd.revents(scratch, (short) 0);
    int result = (int) POLL.call(scratch.address(), 1, timeoutMillis);
    return result <= 0 ? result : Short.toUnsignedInt(pollfd.revents(scratch));
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
