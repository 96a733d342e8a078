package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static millrace.uring.Results.succeeded;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EpollTest {

  private static final int MAXIMUM_EVENTS = 8;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment events =
      arena.allocate((long) MAXIMUM_EVENTS * Epoll.EVENT_BYTES, Long.BYTES);
  private int epoll;
  private int eventfd;

  @BeforeEach
  void open() {
    epoll = succeeded(Epoll.create());
    eventfd = succeeded(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
  }

  @AfterEach
  void close() {
    succeeded(Libc.close(eventfd));
    succeeded(Libc.close(epoll));
    arena.close();
  }

  @Test
  void nothingIsReportedBeforeSomethingIsReady() {
    succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.IN, 1));
    assertEquals(0, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
  }

  @Test
  void whatIsReadyIsReportedWithItsData() {
    long data = 0x0123_4567_89ab_cdefL;
    succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.IN, data));
    succeeded(Libc.eventfdSignal(eventfd));
    assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, -1));
    assertEquals(Epoll.IN, Epoll.events(events, 0));
    assertEquals(data, Epoll.data(events, 0));
  }

  @Test
  void severalEventsStandOneAfterTheOther() {
    int other = succeeded(Libc.eventfd(1, Libc.EFD_CLOEXEC));
    try {
      succeeded(Libc.eventfdSignal(eventfd));
      succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.IN, -1));
      succeeded(Epoll.control(epoll, Epoll.CTL_ADD, other, Epoll.IN, -2));
      assertEquals(2, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, -1));
      assertEquals(
          new TreeSet<>(Set.of(-1L, -2L)),
          new TreeSet<>(Set.of(Epoll.data(events, 0), Epoll.data(events, 1))));
    } finally {
      succeeded(Libc.close(other));
    }
  }

  @Test
  void oneShotIsReportedOnceUntilItIsChanged() {
    succeeded(Libc.eventfdSignal(eventfd));
    int oneShot = Epoll.IN | Epoll.ONESHOT;
    succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, oneShot, 1));
    assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
    assertEquals(0, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
    succeeded(Epoll.control(epoll, Epoll.CTL_MOD, eventfd, oneShot, 2));
    assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
    assertEquals(2, Epoll.data(events, 0));
  }

  @Test
  void endsAndUrgentDataOfAConnectionAreTold() {
    int[] pair = SocketPairs.tcp();
    try {
      int asked = Epoll.PRI | Epoll.RDHUP;
      succeeded(Epoll.control(epoll, Epoll.CTL_ADD, pair[0], asked, 1));
      succeeded(Libc.send(pair[1], arena.allocate(1).address(), 1, Libc.MSG_OOB));
      assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, -1));
      assertEquals(Epoll.PRI, Epoll.events(events, 0));
      succeeded(Epoll.control(epoll, Epoll.CTL_MOD, pair[0], Epoll.RDHUP, 1));
      succeeded(Libc.shutdown(pair[1], Libc.SHUT_WR));
      assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, -1));
      assertEquals(Epoll.RDHUP, Epoll.events(events, 0));
      // Both ways are over: told without being asked for.
      succeeded(Libc.shutdown(pair[0], Libc.SHUT_WR));
      assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, -1));
      assertEquals(Epoll.RDHUP | Epoll.HUP, Epoll.events(events, 0));
    } finally {
      succeeded(Libc.close(pair[0]));
      succeeded(Libc.close(pair[1]));
    }
  }

  @Test
  void pipeWithoutAReaderIsAnError() {
    int[] pipe = new int[2];
    succeeded(Libc.pipe2(pipe, Libc.O_CLOEXEC));
    try {
      succeeded(Epoll.control(epoll, Epoll.CTL_ADD, pipe[1], 0, 1));
      succeeded(Libc.close(pipe[0]));
      assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, -1));
      assertEquals(Epoll.ERR, Epoll.events(events, 0));
    } finally {
      succeeded(Libc.close(pipe[1]));
    }
  }

  @Test
  void edgesAreReportedOnce() {
    succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.IN | Epoll.ET, 1));
    succeeded(Libc.eventfdSignal(eventfd));
    assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
    assertEquals(0, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
  }

  @Test
  void aChangedDescriptorReportsItsNewData() {
    succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.IN, 1));
    succeeded(Epoll.control(epoll, Epoll.CTL_MOD, eventfd, Epoll.OUT, 2));
    assertEquals(1, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
    assertEquals(Epoll.OUT, Epoll.events(events, 0));
    assertEquals(2, Epoll.data(events, 0));
    succeeded(Epoll.control(epoll, Epoll.CTL_DEL, eventfd, 0, 0));
    assertEquals(0, Epoll.await(epoll, events.address(), MAXIMUM_EVENTS, 0));
  }

  @Test
  void aTimeoutInNanosecondsEndsTheWait() {
    int result = Epoll.awaitNanos(epoll, events.address(), MAXIMUM_EVENTS, 1_000);
    assumeFalse(result == -Errno.ENOSYS, "epoll_pwait2 needs Linux 5.11");
    assertEquals(0, result);
  }

  @Test
  void withoutATimeoutTheWaitEndsWithAnEvent() {
    succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.OUT, 7));
    int result = Epoll.awaitNanos(epoll, events.address(), MAXIMUM_EVENTS, -1);
    assumeFalse(result == -Errno.ENOSYS, "epoll_pwait2 needs Linux 5.11");
    assertEquals(1, result);
    assertEquals(7, Epoll.data(events, 0));
  }

  @Test
  void refusalsAreResults() {
    assertFailed(Errno.ENOENT, Epoll.control(epoll, Epoll.CTL_MOD, eventfd, Epoll.IN, 0));
    succeeded(Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.IN, 0));
    assertFailed(Errno.EEXIST, Epoll.control(epoll, Epoll.CTL_ADD, eventfd, Epoll.IN, 0));
    assertFailed(Errno.EBADF, Epoll.control(epoll, Epoll.CTL_ADD, -1, Epoll.IN, 0));
    assertFailed(Errno.EINVAL, Epoll.await(epoll, events.address(), 0, 0));
    assertFailed(Errno.EBADF, Epoll.await(-1, events.address(), 1, 0));
    succeeded(Libc.eventfdSignal(eventfd));
    assertFailed(Errno.EFAULT, Epoll.await(epoll, 1, MAXIMUM_EVENTS, 0));
  }
}
