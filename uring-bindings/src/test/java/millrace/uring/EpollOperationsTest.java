package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An epoll instance that is driven by a ring. */
class EpollOperationsTest {
  private static final int EVENTS = 4;

  @TempDir private Path directory;
  private RingFixture ring;
  private int epoll;
  private MemorySegment events;
  private MemorySegment event;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    epoll = ring.own(Epoll.create());
    events = ring.arena.allocate((long) EVENTS * Epoll.EVENT_BYTES, 8);
    event = ring.arena.allocate(Epoll.EVENT_BYTES, 8);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  /** Mirrors liburing test/epwait.c. */
  @Test
  void waitTellsWhoIsReady() {
    int[] first = ring.pipe();
    int[] second = ring.pipe();
    assertEquals(0, control(Epoll.CTL_ADD, first[0], Epoll.IN, 0x1111_2222_3333_4444L));
    assertEquals(0, control(Epoll.CTL_ADD, second[0], Epoll.IN, 5));
    write(first[1]);
    write(second[1]);
    assertEquals(2, ring.run(ring.next(1).epollWait(epoll, events.address(), EVENTS)));
    Map<Long, Integer> ready = new TreeMap<>();
    ready.put(Epoll.data(events, 0), Epoll.events(events, 0));
    ready.put(Epoll.data(events, 1), Epoll.events(events, 1));
    assertEquals(Map.of(0x1111_2222_3333_4444L, Epoll.IN, 5L, Epoll.IN), ready);
    assertEquals(1, ring.run(ring.next(1).epollWait(epoll, events.address(), 1)));
  }

  @Test
  void waitThatCameFirstEndsWhenSomethingIsReady() {
    int[] pipe = ring.pipe();
    assertEquals(0, control(Epoll.CTL_ADD, pipe[0], Epoll.IN, 8));
    ring.next(1).epollWait(epoll, events.address(), EVENTS);
    assertEquals(1, ring.ring.submit());
    assertEquals(0, ring.completions.ready());
    write(pipe[1]);
    assertEquals(new Completion(1, 1, 0), ring.await(1L));
    assertEquals(8, Epoll.data(events, 0));
  }

  @Test
  void waitIsCancelled() {
    ring.next(1).epollWait(epoll, events.address(), EVENTS);
    assertEquals(1, ring.ring.submit());
    ring.next(2).cancelFd(epoll, 0);
    ring.await(2);
    assertEquals(new Completion(2, 0, 0), ring.await(2L));
    assertEquals(new Completion(1, -Errno.ECANCELED, 0), ring.await(1L));
  }

  @Test
  void interestIsChangedAndEnded() {
    int[] pipe = ring.pipe();
    assertEquals(0, control(Epoll.CTL_ADD, pipe[1], 0, 1));
    assertEquals(0, control(Epoll.CTL_MOD, pipe[1], Epoll.OUT, 2));
    assertEquals(1, ring.run(ring.next(1).epollWait(epoll, events.address(), EVENTS)));
    assertEquals(Epoll.OUT, Epoll.events(events, 0));
    assertEquals(2, Epoll.data(events, 0));
    assertEquals(0, ring.run(ring.next(1).epollCtl(epoll, pipe[1], Epoll.CTL_DEL, 0)));
    assertEquals(0, Epoll.await(epoll, events.address(), EVENTS, 0));
  }

  @Test
  void whatCannotBeWatchedIsRefused() throws Exception {
    int[] pipe = ring.pipe();
    assertEquals(0, control(Epoll.CTL_ADD, pipe[0], Epoll.IN, 1));
    assertFailed(Errno.EEXIST, control(Epoll.CTL_ADD, pipe[0], Epoll.IN, 1));
    assertFailed(Errno.ENOENT, control(Epoll.CTL_MOD, pipe[1], Epoll.IN, 1));
    assertFailed(Errno.EINVAL, control(Epoll.CTL_ADD, epoll, Epoll.IN, 1));
    Path file = Files.createFile(directory.resolve("file"));
    int regular = ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), 0, 0));
    assertFailed(Errno.EPERM, control(Epoll.CTL_ADD, regular, Epoll.IN, 1));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).epollWait(pipe[0], events.address(), EVENTS)));
    assertFailed(Errno.EINVAL, ring.run(ring.next(1).epollWait(epoll, events.address(), 0)));
  }

  private int control(int operation, int fd, int interest, long data) {
    Epoll.setEvent(event, interest, data);
    return ring.run(ring.next(1).epollCtl(epoll, fd, operation, event.address()));
  }

  private void write(int fd) {
    assertEquals(1, Libc.write(fd, ring.buffer(1), 1));
  }
}
