package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/** Readiness, of {@link Sqe}: poll(2) and epoll(7). */
abstract sealed class SqePoll extends SqeTransfer permits SqeTimeout {

  SqePoll(MemorySegment entries) {
    super(entries);
  }

  /**
   * poll(2) of one descriptor; the result is the events that are there (5.1;
   * io_uring_prep_poll_add(3)).
   *
   * @param fd the descriptor
   * @param events POLL* bits; those of {@link Epoll} beyond them, such as EXCLUSIVE, with {@link
   *     Feature#POLL_32BITS}
   * @return this
   */
  public Sqe pollAdd(int fd, int events) {
    return pollAdd(fd, events, 0);
  }

  /**
   * {@link #pollAdd(int, int)} with flags of its own (5.13).
   *
   * @param fd the descriptor
   * @param events POLL* bits
   * @param pollFlags {@link SqeFlags#POLL_ADD_MULTI}, {@link SqeFlags#POLL_ADD_LEVEL}
   * @return this
   */
  public Sqe pollAdd(int fd, int events, int pollFlags) {
    return prepare(IoUring.IORING_OP_POLL_ADD(), fd, 0, 0, pollFlags, events);
  }

  /**
   * poll(2) again and again, edge-triggered after the first time, until a completion without {@link
   * CqeFlags#F_MORE} (5.13; io_uring_prep_poll_multishot(3)).
   *
   * @param fd the descriptor
   * @param events POLL* bits
   * @return this
   */
  public Sqe pollMultishot(int fd, int events) {
    return pollAdd(fd, events, IoUring.IORING_POLL_ADD_MULTI());
  }

  /**
   * Ends a poll. The result is 0, ENOENT or EALREADY (5.1; io_uring_prep_poll_remove(3)).
   *
   * @param userData the {@link Sqe#userData} of the operation meant
   * @return this
   */
  public Sqe pollRemove(long userData) {
    return prepare(IoUring.IORING_OP_POLL_REMOVE(), -1, 0, userData, 0, 0);
  }

  /**
   * Changes a poll. The result is 0, ENOENT, EALREADY, or ECANCELED when it could not be armed anew
   * and has ended (5.13; io_uring_prep_poll_update(3)).
   *
   * @param oldUserData the {@link Sqe#userData} of the poll meant
   * @param newUserData what its completions are to carry
   * @param events POLL* bits, of which the lower 16 are taken
   * @param pollFlags what to change: {@link SqeFlags#POLL_UPDATE_EVENTS}, with or without {@link
   *     SqeFlags#POLL_ADD_MULTI}, and {@link SqeFlags#POLL_UPDATE_USER_DATA}
   * @return this
   */
  public Sqe pollUpdate(long oldUserData, long newUserData, int events, int pollFlags) {
    return prepare(
        IoUring.IORING_OP_POLL_REMOVE(), -1, newUserData, oldUserData, pollFlags, events);
  }

  /**
   * epoll_ctl(2). The result is 0, or for example EEXIST, ENOENT, EPERM for a regular file (5.6;
   * io_uring_prep_epoll_ctl(3)).
   *
   * @param epollFd the epoll instance
   * @param fd what to watch
   * @param operation CTL_ADD, CTL_MOD or CTL_DEL of {@link Epoll}
   * @param eventAddress an epoll_event, see {@link Epoll#setEvent}; ignored for CTL_DEL
   * @return this
   */
  public Sqe epollCtl(int epollFd, int fd, int operation, long eventAddress) {
    return prepare(
        IoUring.IORING_OP_EPOLL_CTL(),
        epollFd,
        Integer.toUnsignedLong(fd),
        eventAddress,
        operation,
        0);
  }

  /**
   * epoll_wait(2) without a timeout. The result is the number of events, 1 or more; EINVAL for what
   * is no epoll instance (6.15; io_uring_prep_epoll_wait(3)).
   *
   * @param epollFd the epoll instance
   * @param eventsAddress where the events go, {@link Epoll#EVENT_BYTES} each; see {@link
   *     Epoll#events} and {@link Epoll#data}
   * @param maximumEvents how many there is room for, more than 0; EINVAL otherwise
   * @return this
   */
  public Sqe epollWait(int epollFd, long eventsAddress, int maximumEvents) {
    return prepare(IoUring.IORING_OP_EPOLL_WAIT(), epollFd, 0, eventsAddress, maximumEvents, 0);
  }
}
