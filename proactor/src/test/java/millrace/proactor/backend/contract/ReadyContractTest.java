package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/**
 * Operations that have nothing to wait for: whatever is to end them comes too late, and what they
 * have done is told.
 */
@BackendContract
class ReadyContractTest extends EndContract {

  private static final List<OperationKind> READY =
      List.of(
          OperationKind.READ,
          OperationKind.WRITE,
          OperationKind.RECEIVE,
          OperationKind.RECEIVE_MESSAGE,
          OperationKind.SEND,
          OperationKind.SEND_MESSAGE,
          OperationKind.ACCEPT,
          OperationKind.POLL);

  private static final List<OperationKind> READY_MULTISHOTS =
      List.of(
          OperationKind.RECEIVE_MULTISHOT,
          OperationKind.RECEIVE_MESSAGE_MULTISHOT,
          OperationKind.ACCEPT_MULTISHOT);

  private static final String DATA = "data";

  /** A descriptor on which an operation of that kind has nothing to wait for. */
  private int ready(OperationKind kind) {
    return switch (kind) {
      case READ, POLL -> {
        int[] pipe = peers.pipe();
        peers.write(pipe[1], DATA);
        yield pipe[0];
      }
      case WRITE -> peers.pipe()[1];
      case SEND, SEND_MESSAGE -> peers.connection()[0];
      case ACCEPT, ACCEPT_MULTISHOT -> {
        int listening = peers.listener();
        peers.connect(peers.address(listening));
        yield readable(listening);
      }
      default -> {
        int[] pair = peers.connection();
        peers.write(pair[1], DATA);
        yield readable(pair[0]);
      }
    };
  }

  private int readable(int descriptor) {
    assertEquals(Libc.POLLIN, peers.surroundings.poll(descriptor, Libc.POLLIN, 60_000));
    return descriptor;
  }

  private void assertDone(OperationKind kind, long token) throws Exception {
    int result = fixture.await(token);
    assertTrue(result >= 0, () -> kind + " ended with " + fixture.last(token));
    switch (kind) {
      case READ, RECEIVE, RECEIVE_MESSAGE -> assertEquals(DATA.length(), result, kind.toString());
      case POLL -> assertEquals(Libc.POLLIN, result);
      case ACCEPT -> peers.keep(result);
      default -> assertTrue(result > 0, () -> kind + " ended with " + result);
    }
  }

  @Test
  void whatNeedsNotWaitIsDoneHoweverNearItsDeadline() throws Exception {
    for (OperationKind kind : READY) {
      assertDone(kind, submit(kind, ready(kind), 1));
    }
  }

  @Test
  void aCancelBehindItInTheSameTurnChangesNothing() throws Exception {
    for (OperationKind kind : READY) {
      for (long timeout : timeouts(kind)) {
        int descriptor = ready(kind);
        long done = submit(kind, descriptor, timeout);
        fixture.cancel(done);
        fixture.backend.cancelDescriptor(descriptor);
        fixture.backend.cancelAll();
        assertDone(kind, done);
      }
    }
  }

  @Test
  void aCancelOfWhatHasEndedAndWasNotDeliveredChangesNothing() throws Exception {
    for (OperationKind kind : READY) {
      int descriptor = ready(kind);
      long first = fixture.submit(OperationKind.NOP, -1);
      long done = submit(kind, descriptor, 0);
      fixture.awaitOne();
      fixture.cancel(first);
      fixture.cancel(done);
      fixture.backend.cancelDescriptor(descriptor);
      assertEquals(0, fixture.await(first));
      assertDone(kind, done);
    }
  }

  @Test
  void aCancelledMultishotTellsWhatHadComeAndThatItWasCancelled() throws Exception {
    for (OperationKind kind : READY_MULTISHOTS) {
      long multishot = submit(kind, ready(kind), 0);
      fixture.cancel(multishot);
      assertEquals("ECANCELED", fixture.error(multishot), kind.toString());
      List<BackendFixture.Completion> all = fixture.completions(multishot);
      assertEquals(2, all.size(), () -> kind + ": " + all);
      int result = all.get(0).result();
      assertTrue(result > 0 && !all.get(0).isLast(), () -> kind + ": " + all);
      if (kind == OperationKind.ACCEPT_MULTISHOT) {
        peers.keep(result);
      }
    }
  }

  @Test
  void aCancelDoesNotMeanTheNextOperationInTheSameSlot() throws Exception {
    int[] pair = peers.connection();
    for (OperationKind kind : READY) {
      long[] next = new long[1];
      long done = submit(kind, ready(kind), 0);
      fixture.cancel(done);
      fixture.onCompletion(
          token -> {
            if (token == done) {
              next[0] = submit(OperationKind.RECEIVE, pair[0], 0);
            }
          });
      assertDone(kind, done);
      assertEquals((int) done, (int) next[0], "not the same slot");
      fixture.letWait(next[0]);
      peers.write(pair[1], DATA);
      assertEquals(DATA.length(), fixture.await(next[0]));
    }
  }

  @Test
  void fileOperationsWithADeadlineAreDoneOrNot() throws Exception {
    Path path = file("0000");
    int file = peers.keep(peers.surroundings.open(path, Libc.O_RDWR));
    for (long timeout : new long[] {BackendFixture.HOUR_NANOS, 1}) {
      for (OperationKind kind : List.of(OperationKind.WRITE, OperationKind.READ)) {
        Operation transfer = prepare(kind, file, timeout);
        transfer.length = DATA.length();
        transfer.offset = 0;
        if (kind == OperationKind.WRITE) {
          transfer.address = fixture.keep(Peers.slice(DATA)).address();
        }
        fixture.backend.submit(transfer);
        long token = transfer.token();
        int result = fixture.await(token);
        boolean overdue = timeout == 1 && "ETIME".equals(fixture.last(token).toString());
        assertTrue(result == DATA.length() || overdue, () -> kind + ": " + fixture.last(token));
        if (kind == OperationKind.WRITE) {
          String content = new String(peers.surroundings.readFile(path), StandardCharsets.US_ASCII);
          assertEquals(overdue ? "0000" : DATA, content);
        }
      }
      peers.surroundings.writeFile(path, "0000".getBytes(StandardCharsets.US_ASCII));
    }
  }
}
