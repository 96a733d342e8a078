package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@OnEveryBackend
class OperationsTest {

  private static final long FOREVER = Operations.NO_TIMEOUT;
  private static final long SHORT = Duration.ofMillis(20).toNanos();
  private static final long LONG = Duration.ofMinutes(10).toNanos();

  private LoopFixture loop;
  private Operations operations;
  private final int[] pipe = new int[2];

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start();
    operations = loop.proactor().operations();
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
  }

  @AfterEach
  void stop() {
    loop.close();
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  private static OperationHandler into(CompletableFuture<Integer> result) {
    return (context, attachment, value, flags) -> result.complete(value);
  }

  private CompletableFuture<Integer> readPipe(BufferSlice buffer, long timeoutNanos, long[] id) {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    loop.run(
        () -> id[0] = operations.read(pipe[0], buffer, -1, timeoutNanos, into(result), 0, null));
    return result;
  }

  private void writePipe(String text) {
    BufferSlice bytes = BufferSlice.copyOf(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertEquals(text.length(), Libc.write(pipe[1], bytes.address(), bytes.length()));
  }

  @Test
  void contextAndAttachmentComeBackWithEachCompletion() {
    List<String> seen = new ArrayList<>();
    CompletableFuture<Integer> done = new CompletableFuture<>();
    OperationHandler handler =
        (context, attachment, result, flags) -> {
          seen.add(context + " " + attachment + " " + result);
          if (seen.size() == 3) {
            done.complete(0);
          }
        };
    loop.run(
        () -> {
          for (int i = 0; i < 3; i++) {
            assertNotEquals(Operations.REFUSED, operations.nop(handler, i, "n" + i));
          }
          assertEquals(List.of(), seen, "never from inside the submitting call");
        });
    loop.await(done);
    assertEquals(List.of("0 n0 0", "1 n1 0", "2 n2 0"), seen);
  }

  @Test
  void aReadWaitsForDataAndTellsItsLength() {
    BufferSlice buffer = BufferSlice.unpooled(100).range(10, 50);
    CompletableFuture<Integer> result = readPipe(buffer, FOREVER, new long[1]);
    writePipe("hello");
    assertEquals(5, loop.await(result));
    byte[] bytes = new byte[5];
    buffer.copyTo(bytes, 0, 0, 5);
    assertArrayEquals("hello".getBytes(java.nio.charset.StandardCharsets.UTF_8), bytes);
  }

  @Test
  void aDeadlineEndsAnOperationWithEtime() {
    BufferSlice buffer = BufferSlice.unpooled(10);
    assertEquals(-Errno.ETIME, loop.await(readPipe(buffer, SHORT, new long[1])));
    loop.until("slot free", () -> loop.proactor().metrics().operationsInFlight() == 0);
    assertThrows(
        IllegalStateException.class,
        () -> {
          buffer.release();
          buffer.release();
        });
  }

  @Test
  void aDeadlineThatIsNotReachedChangesNothing() {
    BufferSlice buffer = BufferSlice.unpooled(10);
    CompletableFuture<Integer> result = readPipe(buffer, LONG, new long[1]);
    writePipe("abc");
    assertEquals(3, loop.await(result));
    loop.until("slot free", () -> loop.proactor().metrics().operationsInFlight() == 0);
  }

  @Test
  void cancelEndsAnOperationOnceWithEcanceled() {
    AtomicInteger calls = new AtomicInteger();
    CompletableFuture<Integer> result = new CompletableFuture<>();
    BufferSlice buffer = BufferSlice.unpooled(10);
    OperationHandler handler =
        (context, attachment, value, flags) -> {
          calls.incrementAndGet();
          result.complete(value);
        };
    long id = loop.call(() -> operations.read(pipe[0], buffer, -1, LONG, handler, 0, null));
    loop.run(() -> operations.cancel(id));
    assertEquals(-Errno.ECANCELED, loop.await(result));
    loop.run(() -> operations.cancel(id));
    loop.run(() -> {});
    assertEquals(1, calls.get());
  }

  @Test
  void aCancelledReadStillReportsDataThatArrived() {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    BufferSlice buffer = BufferSlice.unpooled(10);
    writePipe("data");
    loop.run(
        () -> {
          long id = operations.read(pipe[0], buffer, -1, FOREVER, into(result), 0, null);
          operations.cancel(id);
        });
    assertEquals(4, loop.await(result));
  }

  @Test
  void cancelDescriptorEndsAllOperationsOnItAndNoOther() throws Exception {
    int[] other = new int[2];
    assertEquals(0, Libc.pipe2(other, Libc.O_CLOEXEC));
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    CompletableFuture<Integer> unrelated = new CompletableFuture<>();
    loop.run(
        () -> {
          for (int i = 0; i < 5; i++) {
            CompletableFuture<Integer> result = new CompletableFuture<>();
            results.add(result);
            operations.read(pipe[0], BufferSlice.unpooled(8), -1, FOREVER, into(result), 0, null);
          }
          operations.read(other[0], BufferSlice.unpooled(8), -1, FOREVER, into(unrelated), 0, null);
        });
    loop.run(() -> operations.cancelDescriptor(pipe[0]));
    for (CompletableFuture<Integer> result : results) {
      assertEquals(-Errno.ECANCELED, loop.await(result));
    }
    assertEquals(1, Libc.write(other[1], BufferSlice.unpooled(1).address(), 1));
    assertEquals(1, loop.await(unrelated));
    Libc.close(other[0]);
    Libc.close(other[1]);
  }

  @Test
  void theKernelsErrorIsTheResult() {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    BufferSlice buffer = BufferSlice.unpooled(10);
    loop.run(() -> operations.read(999_999, buffer, 0, LONG, into(result), 0, null));
    assertEquals(-Errno.EBADF, loop.await(result));
  }

  @Test
  void theOperationHoldsItsBufferUntilItHasEnded() {
    long[] id = new long[1];
    BufferSlice buffer = loop.call(() -> loop.proactor().buffers().acquire(100));
    CompletableFuture<Integer> result = readPipe(buffer, FOREVER, id);
    loop.run(buffer::release);
    assertEquals(1, loop.call(() -> loop.proactor().buffers().outstanding()));
    loop.run(() -> operations.cancel(id[0]));
    loop.await(result);
    loop.until("buffer back", () -> loop.proactor().buffers().outstanding() == 0);
  }

  @Test
  void isRefusedAtTheCapAndLosesNothing() throws Exception {
    try (LoopFixture small = LoopFixture.start(o -> o.maxOperationsInFlight(16))) {
      Operations ops = small.proactor().operations();
      AtomicInteger completed = new AtomicInteger();
      OperationHandler handler =
          (context, attachment, result, flags) -> completed.incrementAndGet();
      small.run(
          () -> {
            for (int i = 0; i < 16; i++) {
              assertNotEquals(Operations.REFUSED, ops.nop(handler, 0, null));
            }
            assertEquals(Operations.REFUSED, ops.nop(handler, 0, null));
          });
      small.until("all completed", () -> completed.get() == 16);
      small.run(() -> assertNotEquals(Operations.REFUSED, ops.nop(handler, 0, null)));
      small.until("again", () -> completed.get() == 17);
      assertEquals(1, small.proactor().metrics().operationsRefused());
    }
  }

  @Test
  void moreThanTheSubmissionQueueHoldsIsSubmittedAllTheSameChainsWhole() throws Exception {
    try (LoopFixture small =
        LoopFixture.start(o -> o.submissionEntries(8).maxOperationsInFlight(5000))) {
      Operations ops = small.proactor().operations();
      List<Integer> results = new ArrayList<>();
      BufferSlice buffer = BufferSlice.unpooled(8);
      int count = 1001;
      small.run(
          () -> {
            for (int i = 0; i < count; i++) {
              ops.read(
                  pipe[0],
                  buffer,
                  -1,
                  SHORT,
                  (c, a, result, flags) -> results.add(result),
                  0,
                  null);
            }
          });
      small.until("all ended", () -> results.size() == count);
      assertTrue(results.stream().allMatch(result -> result == -Errno.ETIME), results::toString);
    }
  }

  @Test
  void isRefusedOffTheLoopThreadAndWithBadArguments() {
    BufferSlice buffer = BufferSlice.unpooled(10);
    OperationHandler handler = (context, attachment, result, flags) -> {};
    assertThrows(IllegalStateException.class, () -> operations.nop(handler, 0, null));
    loop.run(
        () -> {
          var e =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> operations.read(0, buffer, 0, -5, handler, 0, null));
          assertTrue(e.getMessage().contains("timeoutNanos"), e.getMessage());
          assertThrows(NullPointerException.class, () -> operations.nop(null, 0, null));
          assertThrows(
              IllegalArgumentException.class,
              () -> operations.status(0, buffer, 0, 0, buffer, handler, 0, null));
        });
    assertEquals(0, loop.call(() -> loop.proactor().metrics().operationsInFlight()));
  }

  @Test
  void aHandlerThatThrowsIsReportedAndHurtsNoOther() {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    loop.run(
        () -> {
          operations.nop(
              (context, attachment, value, flags) -> {
                throw new IllegalStateException("planted");
              },
              0,
              null);
          operations.nop(into(result), 0, null);
        });
    assertEquals(0, loop.await(result));
    assertEquals("planted", loop.expectedFailures().get(0).getMessage());
    assertEquals(1, loop.proactor().metrics().handlerFailures());
  }
}
