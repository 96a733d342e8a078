package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Readiness, and messages from ring to ring. */
class PollAndMessageTest {
  @Test
  void pollTellsTheEventsThatAreThere() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).pollAdd(pipe[0], Libc.POLLIN);
      fixture.next(2).pollAdd(pipe[1], Libc.POLLOUT);
      assertEquals(List.of(new Completion(2, Libc.POLLOUT, 0)), fixture.await(1));
      assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
      assertEquals(new Completion(1, Libc.POLLIN, 0), fixture.await(1L));
    }
  }

  @Test
  void multishotPollTellsEachArrivalUntilRemoved() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      fixture.next(1).pollMultishot(pipe[0], Libc.POLLIN);
      assertEquals(1, fixture.ring.submit());
      for (int arrival = 1; arrival <= 3; arrival++) {
        assertEquals(1, Libc.write(pipe[1], fixture.buffer(1), 1));
        assertEquals(
            new Completion(1, Libc.POLLIN, CqeFlags.F_MORE),
            fixture.await(arrival).get(arrival - 1));
      }
      fixture.forget();
      fixture.next(2).pollRemove(1);
      fixture.next(3).pollRemove(1);
      fixture.await(3);
      assertEquals(new Completion(1, -Errno.ECANCELED, 0), fixture.await(1L));
      assertEquals(new Completion(2, 0, 0), fixture.await(2L));
      assertEquals(new Completion(3, -Errno.ENOENT, 0), fixture.await(3L));
    }
  }

  @Test
  void messageWakesTheOwnerOfAnotherRingWithItsNumbers() throws Exception {
    CompletableFuture<Integer> target = new CompletableFuture<>();
    CompletableFuture<List<Completion>> received = new CompletableFuture<>();
    Thread owner =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (RingFixture fixture = RingFixture.open()) {
                    target.complete(fixture.ring.fd());
                    received.complete(fixture.await(3));
                  } catch (Throwable e) {
                    target.completeExceptionally(e);
                    received.completeExceptionally(e);
                  }
                });
    try (RingFixture sender = RingFixture.open()) {
      int fd = target.get();
      sender.next(1).msgRing(fd, 0, Long.MAX_VALUE, 0);
      sender.next(2).msgRing(fd, Integer.MAX_VALUE, 0x8123_4567_89AB_CDEFL, 0);
      sender.next(3).msgRing(fd, Integer.MIN_VALUE, -1, 0);
      List<Completion> sent = sender.await(3);
      assertEquals(
          List.of(new Completion(1, 0, 0), new Completion(2, 0, 0), new Completion(3, 0, 0)), sent);
      assertEquals(
          List.of(
              new Completion(Long.MAX_VALUE, 0, 0),
              new Completion(0x8123_4567_89AB_CDEFL, Integer.MAX_VALUE, 0),
              new Completion(-1, Integer.MIN_VALUE, 0)),
          received.get());
    }
    owner.join();
  }

  @Test
  void messageToARingThatIsNotEnabledFails() throws Exception {
    try (RingFixture sender = RingFixture.open();
        Ring disabled = Ring.open(RingOptions.proactorDefaults())) {
      sender.next(1).msgRing(disabled.fd(), 7, 8, 0);
      assertEquals(List.of(new Completion(1, -Errno.EBADFD, 0)), sender.await(1));
      sender.next(2).msgRing(sender.pipe()[0], 7, 8, 0);
      assertEquals(new Completion(2, -Errno.EBADFD, 0), sender.await(2L));
    }
  }
}
