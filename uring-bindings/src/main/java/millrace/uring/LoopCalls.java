package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * The calls that a loop makes turn after turn, each in a method that compiles alone: see {@link
 * CallState} for the JVM argument that keeps C2 from inlining them.
 *
 * <p>Each invokes its handle itself. {@link Downcall#call} is too large to be inlined by all means,
 * and compiled alone it has no constant handle, calls it unspecialised, and the linker's slice of
 * the segment is allocated each time.
 */
final class LoopCalls {
  private static final Downcall SYSCALL = Downcall.ofVariadicInt("syscall", 1, 7);
  private static final Downcall EPOLL_WAIT = Downcall.ofInt("epoll_wait", 4);
  private static final Downcall READ = Downcall.ofWord("read", 3);
  private static final Downcall WRITE = Downcall.ofWord("write", 3);
  private static final Downcall EPOLL_CTL = Downcall.ofInt("epoll_ctl", 4);
  private static final Downcall POLL = Downcall.ofInt("poll", 3);
  private static final Downcall STATX = Downcall.ofInt("statx", 5);
  private static final Downcall PREAD = Downcall.ofWord("pread", 4);
  private static final Downcall PWRITE = Downcall.ofWord("pwrite", 4);
  private static final Downcall PREADV2 = Downcall.ofWord("preadv2", 5);
  private static final Downcall PWRITEV2 = Downcall.ofWord("pwritev2", 5);
  private static final Downcall SEND = Downcall.ofWord("send", 4);
  private static final Downcall RECV = Downcall.ofWord("recv", 4);
  private static final Downcall SENDMSG = Downcall.ofWord("sendmsg", 3);
  private static final Downcall RECVMSG = Downcall.ofWord("recvmsg", 3);

  private LoopCalls() {}

  static int ioUringEnter(
      int fd, int toSubmit, int minComplete, int flags, long argumentAddress, long argumentBytes) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              SYSCALL
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
      return (int) SYSCALL.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static int epollPwait2(int fd, long eventsAddress, int maximumEvents, long timeoutAddress) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              SYSCALL
                  .handle()
                  .invokeExact(
                      state.segment(),
                      (long) IoUring.__NR_epoll_pwait2(),
                      (long) fd,
                      eventsAddress,
                      (long) maximumEvents,
                      timeoutAddress,
                      0L,
                      0L);
      return (int) SYSCALL.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static int epollWait(int fd, long eventsAddress, int maximumEvents, int timeoutMillis) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              EPOLL_WAIT
                  .handle()
                  .invokeExact(
                      state.segment(),
                      (long) fd,
                      eventsAddress,
                      (long) maximumEvents,
                      (long) timeoutMillis);
      return (int) EPOLL_WAIT.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static int epollControl(int epollFd, int operation, int fd, long eventAddress) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              EPOLL_CTL
                  .handle()
                  .invokeExact(
                      state.segment(), (long) epollFd, (long) operation, (long) fd, eventAddress);
      return (int) EPOLL_CTL.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static int poll(long descriptorsAddress, int count, int timeoutMillis) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              POLL.handle()
                  .invokeExact(
                      state.segment(), descriptorsAddress, (long) count, (long) timeoutMillis);
      return (int) POLL.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static int statx(int fd, long pathAddress, int flags, int mask, long statusAddress) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              STATX
                  .handle()
                  .invokeExact(
                      state.segment(),
                      (long) fd,
                      pathAddress,
                      (long) flags,
                      (long) mask,
                      statusAddress);
      return (int) STATX.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long read(int fd, long address, long lengthBytes) {
    CallState state = CallState.current();
    try {
      long word =
          (long) READ.handle().invokeExact(state.segment(), (long) fd, address, lengthBytes);
      return READ.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long write(int fd, long address, long lengthBytes) {
    CallState state = CallState.current();
    try {
      long word =
          (long) WRITE.handle().invokeExact(state.segment(), (long) fd, address, lengthBytes);
      return WRITE.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long pread(int fd, long address, long lengthBytes, long position) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              PREAD
                  .handle()
                  .invokeExact(state.segment(), (long) fd, address, lengthBytes, position);
      return PREAD.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long pwrite(int fd, long address, long lengthBytes, long position) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              PWRITE
                  .handle()
                  .invokeExact(state.segment(), (long) fd, address, lengthBytes, position);
      return PWRITE.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long preadv2(int fd, long vectorAddress, int count, long position, int flags) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              PREADV2
                  .handle()
                  .invokeExact(
                      state.segment(),
                      (long) fd,
                      vectorAddress,
                      (long) count,
                      position,
                      (long) flags);
      return PREADV2.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long pwritev2(int fd, long vectorAddress, int count, long position, int flags) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              PWRITEV2
                  .handle()
                  .invokeExact(
                      state.segment(),
                      (long) fd,
                      vectorAddress,
                      (long) count,
                      position,
                      (long) flags);
      return PWRITEV2.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long send(int fd, long address, long lengthBytes, int flags) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              SEND.handle()
                  .invokeExact(state.segment(), (long) fd, address, lengthBytes, (long) flags);
      return SEND.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long recv(int fd, long address, long lengthBytes, int flags) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              RECV.handle()
                  .invokeExact(state.segment(), (long) fd, address, lengthBytes, (long) flags);
      return RECV.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long sendmsg(int fd, long messageAddress, int flags) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              SENDMSG
                  .handle()
                  .invokeExact(state.segment(), (long) fd, messageAddress, (long) flags);
      return SENDMSG.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }

  static long recvmsg(int fd, long messageAddress, int flags) {
    CallState state = CallState.current();
    try {
      long word =
          (long)
              RECVMSG
                  .handle()
                  .invokeExact(state.segment(), (long) fd, messageAddress, (long) flags);
      return RECVMSG.result(word, state);
    } catch (Throwable failure) {
      throw Downcall.unexpected(failure);
    }
  }
}
