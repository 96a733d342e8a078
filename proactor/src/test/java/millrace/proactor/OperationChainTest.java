package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public side of chains: all of one is admitted or nothing, and misuse is told. */
@OnEveryBackend
class OperationChainTest implements OperationHandler {

  private static final int CAP = 16;
  private static final int ENTRIES = 8;
  private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

  @TempDir Path directory;

  private final int[] pipe = new int[2];

  /** Number and result of each completion: added to on the loop thread, read by the test's too. */
  private final List<String> seen = new CopyOnWriteArrayList<>();

  private LoopFixture loop;
  private Operations operations;

  @BeforeEach
  void start() throws Exception {
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    loop =
        LoopFixture.start(options -> options.maxOperationsInFlight(CAP).submissionEntries(ENTRIES));
    operations = loop.proactor().operations();
  }

  @AfterEach
  void stop() {
    loop.close();
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    String end = result < 0 ? Errno.name(-result) : Integer.toString(result);
    seen.add(context + ":" + end + ((flags & ABANDONED) != 0 ? " abandoned" : ""));
  }

  private void untilSeen(String... completions) {
    loop.until(List.of(completions) + ", only " + seen, () -> seen.size() >= completions.length);
    assertEquals(List.of(completions), loop.call(() -> List.copyOf(seen)));
  }

  private long nop(Operations by, int number) {
    return by.nop(this, number, null);
  }

  private long waiting(Operations by, int number) {
    return by.poll(pipe[0], Libc.POLLIN, Operations.NO_TIMEOUT, this, number, null);
  }

  /** No slot is lost. */
  private void untilNothingIsInFlight() {
    loop.until("nothing in flight", () -> loop.proactor().metrics().operationsInFlight() == 0);
  }

  @Test
  void aChainWritesAndSyncs() throws Exception {
    Path path = directory.resolve("file");
    Files.createFile(path);
    int file = millrace.uring.FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_WRONLY, 0);
    BufferSlice text = BufferSlice.copyOf("durable".getBytes(StandardCharsets.US_ASCII));
    loop.run(
        () -> {
          try (OperationChain chain = operations.beginChain(3)) {
            chain.link().write(file, text, 0, Operations.NO_TIMEOUT, this, 1, null);
            chain.link().sync(file, true, this, 2, null);
            chain.link().close(file, this, 3, null);
            assertTrue(chain.submit());
          }
        });
    untilSeen("1:7", "2:0", "3:0");
    assertEquals("durable", Files.readString(path));
  }

  @Test
  void nothingBeginsBeforeSubmitAndWhatIsClosedNeverDoes() {
    BufferSlice buffer = BufferSlice.unpooled(8);
    loop.run(
        () -> {
          OperationChain chain = operations.beginChain(CAP / 2);
          assertNotEquals(Operations.REFUSED, nop(chain.link(), 1));
          chain.link().read(pipe[0], buffer, -1, HOUR_NANOS, this, 2, null);
          // The rest is set aside as well.
          for (int count = 0; count < CAP / 2; count++) {
            assertNotEquals(Operations.REFUSED, nop(operations, 100));
          }
          assertEquals(Operations.REFUSED, nop(operations, 100));
          chain.close();
          chain.close();
          for (int count = 0; count < CAP / 2; count++) {
            assertNotEquals(Operations.REFUSED, nop(operations, 100));
          }
        });
    loop.until("all no-ops", () -> seen.size() == CAP);
    assertTrue(seen.stream().allMatch("100:0"::equals), seen::toString);
    untilNothingIsInFlight();
    // The operation held a reference of its own, and gave it back.
    buffer.release();
    assertThrows(IllegalStateException.class, buffer::retain);
  }

  @Test
  void aChainThatFindsNoRoomIsRefusedWhole() {
    loop.run(
        () -> {
          for (int count = 0; count < CAP - 2; count++) {
            waiting(operations, 100);
          }
          try (OperationChain chain = operations.beginChain(3)) {
            for (int number = 1; number <= 3; number++) {
              assertEquals(Operations.REFUSED, nop(chain.link(), number));
            }
            assertFalse(chain.submit());
          }
          try (OperationChain chain = operations.beginChain(2)) {
            nop(chain.link(), 1);
            nop(chain.hardLink(), 2);
            assertTrue(chain.submit());
          }
        });
    untilSeen("1:0", "2:0");
    loop.run(() -> operations.cancelDescriptor(pipe[0]));
    loop.until("all have ended", () -> seen.size() == CAP);
  }

  @Test
  void whatIsNotUsedOfTheReservationIsGivenBack() {
    loop.run(
        () -> {
          try (OperationChain chain = operations.beginChain(ENTRIES)) {
            nop(chain.link(), 1);
            assertTrue(chain.submit());
          }
          for (int count = 1; count < CAP; count++) {
            assertNotEquals(Operations.REFUSED, nop(operations, 2));
          }
        });
    loop.until("all have ended", () -> seen.size() == CAP);
    assertEquals("1:0", seen.get(0));
  }

  @Test
  void aChainThatAHandlerLeavesOpenIsGivenUpAndTold() {
    List<Throwable> failures = loop.expectedFailures();
    loop.run(() -> nop(operations.beginChain(2).link(), 1));
    loop.until("the failure", () -> !failures.isEmpty());
    assertEquals(1, failures.size());
    assertEquals(
        "a chain of 1 members was neither submitted nor closed: it was given up",
        failures.get(0).getMessage());
    // By a completion and by a timer, which run otherwise than tasks.
    loop.run(
        () -> {
          operations.nop((context, attachment, result, flags) -> operations.beginChain(1), 0, null);
          millrace.timers.Timer timer =
              millrace.timers.Timer.of((fired, nowNanos) -> operations.beginChain(1));
          loop.proactor().startTimer(timer, 1);
        });
    loop.until("two more failures", () -> failures.size() == 3);
    loop.run(
        () -> {
          try (OperationChain chain = operations.beginChain(1)) {
            nop(chain.link(), 7);
            assertTrue(chain.submit());
          }
        });
    untilSeen("7:0");
    untilNothingIsInFlight();
  }

  @Test
  void misuseIsTold() {
    loop.run(
        () -> {
          IllegalStateException failure;
          try (OperationChain chain = operations.beginChain(2)) {
            failure = assertThrows(IllegalStateException.class, () -> operations.beginChain(1));
            assertTrue(failure.getMessage().contains("is open"), failure::getMessage);
            failure = assertThrows(IllegalStateException.class, chain::submit);
            assertEquals("the chain has no members", failure.getMessage());
            Operations members = chain.link();
            failure = assertThrows(IllegalStateException.class, () -> members.beginChain(1));
            assertTrue(failure.getMessage().contains("member of a chain"), failure::getMessage);
            failure =
                assertThrows(
                    IllegalStateException.class,
                    () -> members.acceptMultishot(pipe[0], 0, this, 9, null));
            assertTrue(failure.getMessage().startsWith("ACCEPT_MULTISHOT"), failure::getMessage);
            assertThrows(
                IllegalStateException.class,
                () -> members.receiveMultishot(pipe[0], (c, a, data, result, more) -> {}, 9, null));
            nop(members, 1);
            // What is wrong with a member does not cost the chain.
            assertThrows(
                IllegalArgumentException.class,
                () -> members.poll(pipe[0], Libc.POLLIN, -1, this, 9, null));
            nop(members, 2);
            failure = assertThrows(IllegalStateException.class, () -> nop(members, 9));
            assertEquals(
                "the chain was begun for 2 members, and has them already", failure.getMessage());
            assertTrue(chain.submit());
            for (Runnable late : List.<Runnable>of(chain::link, chain::hardLink, chain::submit)) {
              failure = assertThrows(IllegalStateException.class, late::run);
              assertEquals("the chain was submitted or closed", failure.getMessage());
            }
            assertThrows(IllegalStateException.class, () -> nop(members, 9));
          }
          for (int length : new int[] {-1, 0, ENTRIES + 1}) {
            var illegal =
                assertThrows(IllegalArgumentException.class, () -> operations.beginChain(length));
            assertEquals("maxMembers: " + length + ", must be 1..8", illegal.getMessage());
          }
        });
    assertThrows(IllegalStateException.class, () -> operations.beginChain(1));
    untilSeen("1:0", "2:0");
    untilNothingIsInFlight();
  }

  @Test
  void deadlinesCountAsEntriesOfTheSubmissionQueue() {
    loop.run(
        () -> {
          OperationChain chain = operations.beginChain(ENTRIES);
          for (int number = 1; number <= ENTRIES / 2; number++) {
            chain.link().poll(pipe[1], Libc.POLLOUT, HOUR_NANOS, this, number, null);
          }
          var failure = assertThrows(IllegalStateException.class, () -> nop(chain.link(), 9));
          assertTrue(failure.getMessage().contains("more than the 8 entries"), failure::getMessage);
          assertTrue(chain.submit());
        });
    untilSeen("1:4", "2:4", "3:4", "4:4");
    untilNothingIsInFlight();
  }

  @Test
  void aMemberThatIsCancelledBeforeTheSubmitIsCancelled() {
    loop.run(
        () -> {
          try (OperationChain chain = operations.beginChain(3)) {
            nop(chain.link(), 1);
            operations.cancel(waiting(chain.link(), 2));
            nop(chain.link(), 3);
            assertTrue(chain.submit());
          }
          try (OperationChain chain = operations.beginChain(2)) {
            long first = waiting(chain.hardLink(), 4);
            nop(chain.link(), 5);
            chain.link().cancel(first);
            assertTrue(chain.submit());
          }
          // What would end at once, too.
          try (OperationChain chain = operations.beginChain(3)) {
            nop(chain.link(), 6);
            operations.cancel(nop(chain.hardLink(), 7));
            nop(chain.link(), 8);
            assertTrue(chain.submit());
          }
          try (OperationChain chain = operations.beginChain(1)) {
            operations.cancel(nop(chain.link(), 9));
            assertTrue(chain.submit());
          }
        });
    loop.until("all nine", () -> seen.size() == 9);
    List<String> sorted = seen.stream().sorted().toList();
    assertEquals(
        List.of(
            "1:0",
            "2:ECANCELED",
            "3:ECANCELED",
            "4:ECANCELED",
            "5:0",
            "6:0",
            "7:ECANCELED",
            "8:0",
            "9:ECANCELED"),
        sorted);
  }

  @Test
  void cancelByDescriptorMeansTheMembersOfAnOpenChainToo() {
    loop.run(
        () -> {
          try (OperationChain chain = operations.beginChain(4)) {
            nop(chain.link(), 1);
            waiting(chain.hardLink(), 2);
            operations.cancelDescriptor(pipe[0]);
            chain.link().poll(pipe[1], Libc.POLLOUT, Operations.NO_TIMEOUT, this, 3, null);
            chain.link().cancelDescriptor(pipe[1]);
            nop(chain.link(), 4);
            assertTrue(chain.submit());
          }
        });
    untilSeen("1:0", "2:ECANCELED", "3:ECANCELED", "4:ECANCELED");
  }

  @Test
  void shutdownInTheMiddleEndsEachMemberOnce() {
    loop.run(
        () -> {
          try (OperationChain chain = operations.beginChain(4)) {
            nop(chain.link(), 1);
            waiting(chain.hardLink(), 2);
            waiting(chain.hardLink(), 3);
            waiting(chain.link(), 4);
            assertTrue(chain.submit());
          }
          try (OperationChain chain = operations.beginChain(3)) {
            waiting(chain.link(), 11);
            nop(chain.link(), 12);
            waiting(chain.link(), 13);
            assertTrue(chain.submit());
          }
        });
    untilSeen("1:0");
    ShutdownReport report = loop.shutdown(Duration.ZERO);
    assertEquals(new ShutdownReport(true, 0, 0, 0, 0, 0, null), report);
    List<String> sorted = seen.stream().sorted().toList();
    assertEquals(
        List.of(
            "11:ECANCELED",
            "12:ECANCELED",
            "13:ECANCELED",
            "1:0",
            "2:ECANCELED",
            "3:ECANCELED",
            "4:ECANCELED"),
        sorted);
  }

  @Test
  void anEndingLoopRefusesChains() {
    List<Boolean> submitted = new ArrayList<>();
    loop.run(() -> waiting(operations, 1));
    loop.run(
        () ->
            operations.poll(
                pipe[0],
                Libc.POLLIN,
                Operations.NO_TIMEOUT,
                (context, attachment, result, flags) -> {
                  try (OperationChain chain = operations.beginChain(2)) {
                    assertEquals(Operations.REFUSED, nop(chain.link(), 2));
                    submitted.add(chain.submit());
                  }
                },
                0,
                null));
    assertEquals(true, loop.shutdown(Duration.ZERO).drained());
    assertEquals(List.of(false), submitted);
  }
}
