package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Zero-copy sends: two completions, and whose the memory is between them. */
class ZeroCopySemanticsTest {
  private static final int COPIED = 1 << 31;

  /** Mirrors liburing test/send-zerocopy.c: the memory is free with the notification. */
  @Test
  void memoryMayBeOverwrittenAfterTheNotificationOfEachSend() throws Exception {
    int sends = 50;
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      MemorySegment source = fixture.arena.allocate(4096);
      MemorySegment target = fixture.arena.allocate(4096);
      for (int i = 0; i < sends; i++) {
        source.fill((byte) i);
        fixture.forget();
        fixture.next(i).sendZc(pair[0], source.address(), 4096, Libc.MSG_WAITALL, 0);
        fixture.next(-1).recv(pair[1], target.address(), 4096, Libc.MSG_WAITALL);
        fixture.await(3);
        List<Completion> send =
            fixture.seen.stream().filter(completion -> completion.userData() != -1).toList();
        assertEquals(
            List.of(
                new Completion(i, 4096, CqeFlags.F_MORE), new Completion(i, 0, CqeFlags.F_NOTIF)),
            send);
        assertEquals(-1, source.mismatch(target));
      }
    }
  }

  /** Mirrors liburing test/send-zerocopy.c (report): the loopback always copies. */
  @Test
  void notificationReportsThatTheLoopbackCopied() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      fixture.next(1).sendZc(pair[0], fixture.buffer(64), 64, 0, SqeFlags.SEND_ZC_REPORT_USAGE);
      fixture.next(2).recv(pair[1], fixture.buffer(64), 64, 0);
      fixture.await(3);
      assertEquals(new Completion(1, 64, CqeFlags.F_MORE), fixture.await(1L));
      assertTrue(
          fixture.seen.contains(new Completion(1, COPIED, CqeFlags.F_NOTIF)), fixture::toString);
    }
  }

  /** Mirrors liburing test/send-zerocopy.c (errors): F_MORE tells whether there is a second. */
  @Test
  void failedSendHasANotificationExactlyWhenItsResultSaysMore() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      assertEquals(0, Libc.shutdown(pair[0], Libc.SHUT_WR));
      int[] unix = fixture.socketPair(Libc.SOCK_STREAM);
      int undefined = 1 << 14;
      fixture.next(1).sendZc(-1, fixture.buffer(8), 8, 0, 0);
      fixture.next(2).sendZc(fixture.pipe()[1], fixture.buffer(8), 8, 0, 0);
      fixture.next(3).sendZc(unix[0], fixture.buffer(8), 8, 0, 0);
      fixture.next(4).sendZc(pair[0], fixture.buffer(8), 8, Libc.MSG_NOSIGNAL, 0);
      fixture.next(5).sendZc(pair[0], fixture.buffer(8), 8, 0, undefined);
      int[] errors = {Errno.EBADF, Errno.ENOTSOCK, Errno.EOPNOTSUPP, Errno.EPIPE, Errno.EINVAL};
      for (int i = 1; i <= errors.length; i++) {
        assertEquals(-errors[i - 1], fixture.await((long) i).result());
      }
      long more = fixture.seen.stream().filter(c -> (c.flags() & CqeFlags.F_MORE) != 0).count();
      fixture.await(errors.length + (int) more);
      assertEquals(0, fixture.ring.getEvents());
      assertEquals(0, fixture.drain());
      for (long userData = 1; userData <= errors.length; userData++) {
        Completion notification = new Completion(userData, 0, CqeFlags.F_NOTIF);
        assertEquals(
            (fixture.await(userData).flags() & CqeFlags.F_MORE) != 0,
            fixture.seen.contains(notification),
            fixture::toString);
      }
    }
  }

  /**
   * Mirrors liburing test/send-zerocopy.c (links): a chain waits for results, not notifications.
   */
  @Test
  void chainOfZeroCopySendsKeepsTheOrderOfTheBytes() throws Exception {
    int sends = 8;
    try (RingFixture fixture = RingFixture.open()) {
      int[] pair = fixture.tcpPair();
      MemorySegment numbers = fixture.arena.allocate(ValueLayout.JAVA_INT, sends);
      for (int i = 0; i < sends; i++) {
        numbers.setAtIndex(ValueLayout.JAVA_INT, i, i);
        Sqe entry =
            fixture.next(i).sendZc(pair[0], numbers.address() + 4L * i, 4, Libc.MSG_WAITALL, 0);
        if (i < sends - 1) {
          entry.link();
        }
      }
      MemorySegment received = fixture.arena.allocate(ValueLayout.JAVA_INT, sends);
      fixture.next(99).recv(pair[1], received.address(), 4 * sends, Libc.MSG_WAITALL);
      fixture.await(2 * sends + 1);
      assertEquals(4 * sends, fixture.await(99L).result());
      assertEquals(-1, numbers.mismatch(received));
      for (int i = 0; i < sends; i++) {
        int userData = i;
        assertEquals(
            List.of(new Completion(i, 4, CqeFlags.F_MORE), new Completion(i, 0, CqeFlags.F_NOTIF)),
            fixture.seen.stream().filter(c -> c.userData() == userData).toList());
      }
    }
  }
}
