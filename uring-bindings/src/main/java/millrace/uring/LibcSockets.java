package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.linger;
import millrace.uring.abi.ucred;

/** The calls of {@link Libc} on sockets. */
abstract sealed class LibcSockets extends LibcConstants permits LibcDescriptors {
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

  LibcSockets() {}

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
    return LoopCalls.send(fd, address, lengthBytes, flags);
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
    return LoopCalls.recv(fd, address, lengthBytes, flags);
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
    return LoopCalls.sendmsg(fd, messageAddress, flags);
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
    return LoopCalls.recvmsg(fd, messageAddress, flags);
  }
}
