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
