package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** What is done by a registration instead of an operation: cancels and messages. */
class SyncRegistrationsTest {
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private static int[] readForEver(RingFixture fixture, long... userData) {
    int[] pipe = fixture.pipe();
    for (long number : userData) {
      fixture.next(number).read(pipe[0], fixture.buffer(8), 8, 0);
    }
    assertEquals(userData.length, fixture.ring.submit());
    return pipe;
  }

  /** Mirrors liburing test/sync-cancel.c: by user data. */
  @Test
  void cancelByUserDataHasTakenEffectWhenItReturns() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      readForEver(fixture, 1, 2);
      assertEquals(0, SyncCancel.cancel(fixture.ring, 1, 0, MINUTE_NANOS));
      assertEquals(new Completion(1, -Errno.ECANCELED, 0), fixture.await(1).get(0));
      assertEquals(-Errno.ENOENT, SyncCancel.cancel(fixture.ring, 1, 0, MINUTE_NANOS));
      assertEquals(0, SyncCancel.cancel(fixture.ring, 2, 0, -1), "without a limit");
      assertEquals(-Errno.ECANCELED, fixture.await(2L).result());
    }
  }

  /** Mirrors liburing test/sync-cancel.c: by descriptor, all and any. */
  @Test
  void cancelByDescriptorCountsWhatItFinds() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = readForEver(fixture, 1, 2, 3);
      readForEver(fixture, 4);
      int all = SqeFlags.ASYNC_CANCEL_ALL;
      int result = SyncCancel.cancelFd(fixture.ring, pipe[0], all, MINUTE_NANOS);
      assertEquals(3, result);
      for (Completion completion : fixture.await(3)) {
        assertEquals(-Errno.ECANCELED, completion.result());
      }
      int any = all | SqeFlags.ASYNC_CANCEL_ANY;
      assertEquals(1, SyncCancel.cancel(fixture.ring, 0, any, MINUTE_NANOS));
      assertEquals(-Errno.ECANCELED, fixture.await(4L).result());
    }
  }

  /** Mirrors liburing test/sync-cancel.c: registered files, and by operation. */
  @Test
  void cancelByRegisteredFileAndByOperation() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      int[] pipe = fixture.pipe();
      RegisteredFiles table = RegisteredFiles.register(fixture.ring, pipe[0]);
      fixture.next(1).read(0, fixture.buffer(8), 8, 0).fixedFile();
      fixture.next(2).pollAdd(pipe[0], 1);
      assertEquals(2, fixture.ring.submit());
      assertEquals(0, SyncCancel.cancelRegisteredFile(fixture.ring, 0, 0, MINUTE_NANOS));
      assertEquals(-Errno.ECANCELED, fixture.await(1L).result());
      assertEquals(0, SyncCancel.cancelOp(fixture.ring, Opcode.POLL_ADD, 0, MINUTE_NANOS));
      assertEquals(-Errno.ECANCELED, fixture.await(2L).result());
      table.close();
    }
  }

  /** Mirrors liburing test/msg-ring.c: without a ring of one's own. */
  @Test
  void messageReachesARingFromAThreadThatHasNone() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(RegisterOpcode.REGISTER_SEND_MSG_RING),
        KernelSupport.probe().reason(RegisterOpcode.REGISTER_SEND_MSG_RING));
    try (RingFixture fixture = RingFixture.open()) {
      int fd = fixture.ring.fd();
      FutureTask<Integer> sender =
          new FutureTask<>(
              () -> SyncMessage.send(fd, 42, 7) + SyncMessage.sendWithFlags(fd, -43, 8, 1 << 20));
      Thread.ofPlatform().start(sender);
      assertEquals(
          List.of(new Completion(7, 42, 0), new Completion(8, -43, 1 << 20)), fixture.await(2));
      assertEquals(0, sender.get());
    }
  }

  /** Mirrors liburing test/msg-ring.c: wrong targets. */
  @Test
  void messageToWhatIsNoEnabledRingIsRefused() throws Exception {
    assumeTrue(KernelSupport.probe().supports(RegisterOpcode.REGISTER_SEND_MSG_RING));
    try (RingFixture fixture = RingFixture.open();
        Ring disabled = Ring.open(RingOptions.proactorDefaults())) {
      assertEquals(-Errno.EBADFD, SyncMessage.send(disabled.fd(), 1, 1));
      assertEquals(-Errno.EBADF, SyncMessage.send(9999, 1, 1));
      int[] pipe = fixture.pipe();
      int result = SyncMessage.send(pipe[0], 1, 1);
      assertTrue(
          result == -Errno.EBADFD || result == -Errno.EBADF || result == -Errno.EINVAL,
          () -> Errno.describe(result));
    }
  }

  @Test
  void registeredFileOfANegativeIndexIsRefusedByName() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> SyncCancel.cancelRegisteredFile(fixture.ring, -1, 0, 0));
      assertTrue(refused.getMessage().startsWith("fileIndex -1 "), refused::getMessage);
    }
  }
}
