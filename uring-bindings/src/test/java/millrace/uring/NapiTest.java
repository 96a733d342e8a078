package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/** Busy polling of network queues. */
class NapiTest {
  private static final Napi FIRST = new Napi(50, true, Napi.Tracking.DYNAMIC);
  private static final Napi SECOND = new Napi(20, false, Napi.Tracking.DYNAMIC);

  private static Napi register(Ring ring, Napi napi) throws UringException {
    try {
      return napi.register(ring);
    } catch (UringException e) {
      assertTrue(e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.EINVAL, e::getMessage);
      assumeTrue(false, e.getMessage());
      throw e;
    }
  }

  /** Mirrors liburing test/napi-test.c: the settings, which each change returns. */
  @Test
  void eachChangeReturnsWhatHeldBefore() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      Napi before = register(fixture.ring, FIRST);
      assertEquals(0, before.busyPollMicros());
      assertFalse(before.preferBusyPoll());
      assertEquals(FIRST, SECOND.register(fixture.ring));
      assertEquals(SECOND, FIRST.register(fixture.ring));
      Napi last = Napi.unregister(fixture.ring);
      assertEquals(FIRST.busyPollMicros(), last.busyPollMicros());
      assertTrue(last.preferBusyPoll());
      assertEquals(0, register(fixture.ring, SECOND).busyPollMicros());
    }
  }

  /** Mirrors liburing test/napi-test.c: traffic over a ring that polls. */
  @Test
  void ringThatPollsStillWaitsAndReceives() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      register(fixture.ring, FIRST);
      int listener = fixture.own(SocketPairs.listener());
      int client = fixture.own(SocketPairs.connect(listener));
      int server = fixture.own(Libc.accept(listener, Libc.SOCK_CLOEXEC));
      for (int round = 0; round < 10; round++) {
        fixture.forget();
        fixture.next(1).recv(server, fixture.buffer(8), 8, 0);
        assertEquals(1, fixture.ring.submit());
        long data = fixture.arena.allocateFrom("data").address();
        assertEquals(4, Libc.send(client, data, 4, 0));
        assertEquals(4, fixture.await(1L).result());
      }
      assertEquals(-Errno.ETIME, fixture.ring.submitAndWait(1, 1_000_000));
    }
  }

  @Test
  void staticQueuesNeedStaticTracking() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      register(fixture.ring, FIRST);
      assertEquals(-Errno.EINVAL, Napi.addStatic(fixture.ring, 1 << 20));
      register(fixture.ring, new Napi(50, false, Napi.Tracking.STATIC));
      assertEquals(-Errno.EINVAL, Napi.addStatic(fixture.ring, 1), "no queue has so small an id");
      assertEquals(0, Napi.addStatic(fixture.ring, 1 << 20));
      assertEquals(-Errno.EEXIST, Napi.addStatic(fixture.ring, 1 << 20));
      assertEquals(0, Napi.deleteStatic(fixture.ring, 1 << 20));
      assertEquals(-Errno.ENOENT, Napi.deleteStatic(fixture.ring, 1 << 20));
    }
  }

  @Test
  void ringThatPollsTheStorageIsRefused() throws Exception {
    assertThrows(IllegalArgumentException.class, () -> new Napi(-1, false, Napi.Tracking.DYNAMIC));
    RingOptions options = RingOptions.builder().require(SetupFlag.IOPOLL).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      UringException refused =
          assertThrows(UringException.class, () -> FIRST.register(fixture.ring));
      assertEquals(Errno.EINVAL, refused.errno());
      assertEquals("io_uring_register(NAPI)", refused.operation());
    }
  }
}
