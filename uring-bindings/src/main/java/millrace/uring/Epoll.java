package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.__kernel_timespec;

/**
 * epoll(7), one method per call. The same conventions as in {@link Libc} hold: the result or {@code
 * -errno}, any thread, no allocation.
 *
 * <p>Events are read out of an array of struct epoll_event, {@link #EVENT_BYTES} bytes each, whose
 * layout is packed on x86-64 alone.
 */
public final class Epoll {

  /** Size of one event in the array that {@link #await} fills, in bytes. */
  public static final int EVENT_BYTES = (int) Architecture.current().epollEventBytes;

  /** There is something to read. */
  public static final int IN = IoUring.EPOLLIN();

  /** Writing is possible. */
  public static final int OUT = IoUring.EPOLLOUT();

  /** There is urgent data. */
  public static final int PRI = IoUring.EPOLLPRI();

  /** There is an error; always reported. */
  public static final int ERR = IoUring.EPOLLERR();

  /** Both directions are shut; always reported. */
  public static final int HUP = IoUring.EPOLLHUP();

  /** The peer has shut its writing direction. */
  public static final int RDHUP = IoUring.EPOLLRDHUP();

  /** Report when something becomes ready, not while it is. */
  public static final int ET = IoUring.EPOLLET();

  /** Report once, then not before the next {@link #CTL_MOD}. */
  public static final int ONESHOT = IoUring.EPOLLONESHOT();

  /** Of several instances that wait for one descriptor, wake as few as possible. */
  public static final int EXCLUSIVE = IoUring.EPOLLEXCLUSIVE();

  /** Operation: watch a descriptor. */
  public static final int CTL_ADD = IoUring.EPOLL_CTL_ADD();

  /** Operation: change what a descriptor is watched for. */
  public static final int CTL_MOD = IoUring.EPOLL_CTL_MOD();

  /** Operation: watch a descriptor no more. */
  public static final int CTL_DEL = IoUring.EPOLL_CTL_DEL();

  private static final Downcall EPOLL_CREATE1 = Downcall.ofInt("epoll_create1", 1);

  private static final long DATA_OFFSET = Architecture.current().epollDataOffset;
  private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private Epoll() {}

  /**
   * Creates an instance, to be closed on exec: epoll_create1(2).
   *
   * @return the descriptor or -errno
   */
  public static int create() {
    return (int) EPOLL_CREATE1.call(IoUring.EPOLL_CLOEXEC());
  }

  /**
   * Watches a descriptor, or changes or ends that: epoll_ctl(2).
   *
   * @param epollFd the instance
   * @param operation CTL_ADD, CTL_MOD or CTL_DEL
   * @param fd what to watch
   * @param events what to watch it for
   * @param data what {@link #data} is to answer for it
   * @return 0 or -errno
   */
  public static int control(int epollFd, int operation, int fd, int events, long data) {
    MemorySegment event = CallState.current().scratch();
    setEvent(event, events, data);
    return LoopCalls.epollControl(epollFd, operation, fd, event.address());
  }

  /**
   * Waits for events: epoll_wait(2).
   *
   * @param epollFd the instance
   * @param eventsAddress where the kernel writes them
   * @param maximumEvents how many there is room for, at least 1
   * @param timeoutMillis how long to wait; 0: not at all; -1: without limit
   * @return the number of events or -errno
   */
  public static int await(int epollFd, long eventsAddress, int maximumEvents, int timeoutMillis) {
    return LoopCalls.epollWait(epollFd, eventsAddress, maximumEvents, timeoutMillis);
  }

  /**
   * Waits for events with a finer timeout: epoll_pwait2(2), since Linux 5.11, ENOSYS before.
   *
   * @param epollFd the instance
   * @param eventsAddress where the kernel writes them
   * @param maximumEvents how many there is room for, at least 1
   * @param timeoutNanos how long to wait; 0: not at all; negative: without limit
   * @return the number of events or -errno
   */
  public static int awaitNanos(
      int epollFd, long eventsAddress, int maximumEvents, long timeoutNanos) {
    long timeoutAddress = 0;
    if (timeoutNanos >= 0) {
      MemorySegment timeout = CallState.current().scratch();
      __kernel_timespec.tv_sec(timeout, timeoutNanos / NANOS_PER_SECOND);
      __kernel_timespec.tv_nsec(timeout, timeoutNanos % NANOS_PER_SECOND);
      timeoutAddress = timeout.address();
    }
    return LoopCalls.epollPwait2(epollFd, eventsAddress, maximumEvents, timeoutAddress);
  }

  /**
   * Writes an event for {@link Sqe#epollCtl}.
   *
   * @param memory at least {@link #EVENT_BYTES} bytes
   * @param events what to watch for
   * @param data what {@link #data} is to answer
   */
  public static void setEvent(MemorySegment memory, int events, long data) {
    memory.set(JAVA_INT_UNALIGNED, 0, events);
    memory.set(JAVA_LONG_UNALIGNED, DATA_OFFSET, data);
  }

  /**
   * Reads what happened.
   *
   * @param events the array that the kernel has filled
   * @param index which event
   * @return IN, OUT, ...
   */
  public static int events(MemorySegment events, int index) {
    return events.get(JAVA_INT_UNALIGNED, (long) index * EVENT_BYTES);
  }

  /**
   * Reads to whom it happened.
   *
   * @param events the array that the kernel has filled
   * @param index which event
   * @return what was given to {@link #control}
   */
  public static long data(MemorySegment events, int index) {
    return events.get(JAVA_LONG_UNALIGNED, (long) index * EVENT_BYTES + DATA_OFFSET);
  }
}
