package millrace.proactor.file;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static millrace.proactor.file.FileFixture.failure;
import static millrace.proactor.file.FileFixture.into;
import static millrace.proactor.file.FileFixture.slice;
import static millrace.proactor.file.FileFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import millrace.proactor.IoHandler;
import millrace.proactor.LoopFixture;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files at their limits: operations in flight at a close, caps, pipes that read and write short.
 */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class FileLifetimeTest {

  private static final OperationHandler IGNORE = (context, attachment, result, flags) -> {};

  @TempDir Path directory;

  private final int[] pipe = new int[2];
  private Path path;

  @BeforeEach
  void start() {
    path = directory.resolve("file");
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
  }

  @AfterEach
  void stop() {
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  private static AsyncFile open(LoopFixture loop, Path path, OpenOption... options) {
    return loop.await(AsyncFile.open(loop.proactor(), path, options));
  }

  /** The same pipe, opened once more: reads and writes on it are short. */
  private AsyncFile openPipe(LoopFixture loop, int end, OpenOption option) {
    return open(loop, Path.of("/proc/self/fd/" + pipe[end]), option);
  }

  private void writePipe(String text) {
    assertEquals(text.length(), Libc.write(pipe[1], slice(text).address(), text.length()));
  }

  private static void awaitSubmissions(LoopFixture loop, long count) {
    loop.until("submission " + count, () -> submissions(loop) >= count);
  }

  private static long submissions(LoopFixture loop) {
    return loop.proactor().metrics().operationsSubmitted();
  }

  @Test
  void readFullyGoesOnAfterShortReads() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = openPipe(loop, 0, READ);
      BufferSlice in = BufferSlice.unpooled(32).range(4, 9);
      long before = submissions(loop);
      CompletionStage<Integer> read = file.readFullyAsync(in, 0);
      for (int part = 0; part < 3; part++) {
        awaitSubmissions(loop, before + part + 1);
        writePipe("ab" + part);
      }
      assertEquals(9, loop.await(read));
      assertEquals(4, in.offset());
      assertEquals(9, in.length());
      assertEquals("ab0ab1ab2", text(in, 9));
      loop.await(file.closeAsync());
    }
  }

  @Test
  void readFullyTellsWhatThereWasBeforeTheEnd() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = openPipe(loop, 0, READ);
      BufferSlice in = BufferSlice.unpooled(9);
      long before = submissions(loop);
      CompletionStage<Integer> read = file.readFullyAsync(in, 0);
      writePipe("abc");
      awaitSubmissions(loop, before + 2);
      Libc.close(pipe[1]);
      pipe[1] = -1;
      assertEquals(3, loop.await(read));
      assertEquals("abc", text(in, 3));
      assertEquals(9, in.length());
      loop.await(file.closeAsync());
    }
  }

  @Test
  void writeFullyGoesOnAfterShortWrites() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = openPipe(loop, 1, WRITE);
      byte[] content = new byte[300_000];
      new Random(3).nextBytes(content);
      BufferSlice out = BufferSlice.copyOf(content);
      long before = submissions(loop);
      CompletionStage<Integer> written = file.writeFullyAsync(out, 0);
      byte[] received = new byte[content.length];
      BufferSlice part = BufferSlice.unpooled(1 << 16);
      for (int at = 0; at < received.length; ) {
        int length = (int) Libc.read(pipe[0], part.address(), part.capacity());
        assertTrue(length > 0);
        part.copyTo(received, at, 0, length);
        at += length;
      }
      assertEquals(content.length, loop.await(written));
      assertEquals(content.length, out.length());
      assertTrue(java.util.Arrays.equals(content, received));
      assertTrue(submissions(loop) > before + 1, "one write did it: nothing was tested");
      loop.await(file.closeAsync());
    }
  }

  /** And ends in a sync, which a pipe does not know. */
  @Test
  void writeAndSyncGoesOnAfterShortWrites() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = openPipe(loop, 1, WRITE);
      byte[] content = new byte[300_000];
      new Random(4).nextBytes(content);
      long before = submissions(loop);
      CompletionStage<Integer> written =
          file.writeAndSyncAsync(BufferSlice.copyOf(content), 0, false);
      byte[] received = new byte[content.length];
      BufferSlice part = BufferSlice.unpooled(1 << 16);
      for (int at = 0; at < received.length; ) {
        int length = (int) Libc.read(pipe[0], part.address(), part.capacity());
        assertTrue(length > 0);
        part.copyTo(received, at, 0, length);
        at += length;
      }
      assertEquals(Errno.EINVAL, failure(loop, written).errno());
      assertTrue(java.util.Arrays.equals(content, received));
      assertTrue(submissions(loop) > before + 2, "one chain did it: nothing was tested");
      loop.await(file.closeAsync());
    }
  }

  @Test
  void writeFullyFailsWhenTheRestCannotBeWritten() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = openPipe(loop, 1, WRITE);
      BufferSlice out = BufferSlice.unpooled(300_000);
      long before = submissions(loop);
      CompletionStage<Integer> written = file.writeFullyAsync(out, 0);
      awaitSubmissions(loop, before + 2);
      Libc.close(pipe[0]);
      pipe[0] = -1;
      assertEquals(Errno.EPIPE, failure(loop, written).errno());
      assertEquals(300_000, out.length());
      loop.await(file.closeAsync());
    }
  }

  @Test
  void closeWaitsForWhatIsInFlightAndLetsNothingIn() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = openPipe(loop, 0, READ);
      List<String> order = Collections.synchronizedList(new ArrayList<>());
      CompletableFuture<Void> closedTwice = new CompletableFuture<>();
      BufferSlice first = BufferSlice.unpooled(3);
      BufferSlice second = BufferSlice.unpooled(3);
      loop.run(
          () -> {
            file.read(first, 0, result -> order.add("first " + result));
            file.read(second, 0, result -> order.add("second " + result));
            file.close(result -> order.add("closed " + result));
            file.close(
                result -> {
                  order.add("closed again " + result);
                  closedTwice.complete(null);
                });
            file.read(second, 0, result -> order.add("late " + Errno.name(result)));
            file.fsync(true, result -> order.add("late sync " + Errno.name(result)));
            assertEquals(List.of(), order, "from inside the submitting call");
          });
      loop.until("the late ones are told", () -> order.size() == 2);
      writePipe("one");
      writePipe("two");
      loop.await(closedTwice);
      // Which of two reads gets what a pipe has is the kernel's choice.
      assertEquals(Set.of("first 3", "second 3"), Set.copyOf(order.subList(2, 4)));
      assertEquals(Set.of("one", "two"), Set.of(text(first, 3), text(second, 3)));
      order.subList(2, 4).clear();
      assertEquals(List.of("late EBADF", "late sync EBADF", "closed 0", "closed again 0"), order);
      assertEquals(0, loop.await(file.closeAsync()), "and once more when it is closed");
      loop.run(() -> file.close(null));
    }
  }

  @Test
  void aHandlerMayCloseTheFileFromItsLastOperation() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Files.writeString(path, "abc");
      AsyncFile file = open(loop, path);
      CompletableFuture<Integer> closed = new CompletableFuture<>();
      BufferSlice in = BufferSlice.unpooled(3);
      loop.run(() -> file.read(in, 0, result -> file.close(into(closed))));
      assertEquals(0, loop.await(closed));
      assertEquals(0, FileFixture.descriptorsOf(path));
    }
  }

  @Test
  void aHandlerThatThrowsDoesNotKeepTheFileOpen() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Files.writeString(path, "abc");
      AsyncFile file = open(loop, path);
      CompletableFuture<Integer> closed = new CompletableFuture<>();
      BufferSlice in = BufferSlice.unpooled(3);
      loop.run(
          () -> {
            file.read(
                in,
                0,
                result -> {
                  throw new IllegalStateException("planted");
                });
            file.close(into(closed));
          });
      assertEquals(0, loop.await(closed));
      assertEquals("planted", loop.expectedFailures().get(0).getMessage());
    }
  }

  @Test
  void atTheCapOperationsAreEagainAndTheFileCanStillBeClosed() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.maxOperationsInFlight(16))) {
      Files.writeString(path, "abc");
      AsyncFile file = open(loop, path);
      List<Long> blockers = new ArrayList<>();
      BufferSlice buffer = BufferSlice.unpooled(8);
      List<String> told = new ArrayList<>();
      CompletableFuture<Integer> closed = new CompletableFuture<>();
      loop.run(
          () -> {
            fill(loop, buffer, blockers);
            file.read(buffer, 0, result -> told.add("read " + Errno.name(result)));
            file.status((status, errno) -> told.add("status " + Errno.name(errno)));
            AsyncFile.open(
                loop.proactor(), path, 0, 0, (f, errno) -> told.add("open " + Errno.name(errno)));
            file.close(into(closed));
            assertEquals(List.of(), told);
          });
      assertEquals(15, blockers.size());
      assertEquals(0, loop.await(closed));
      assertEquals(0, FileFixture.descriptorsOf(path));
      loop.until("refusals told", () -> told.size() == 3);
      assertEquals(List.of("read EAGAIN", "status EAGAIN", "open EAGAIN"), told);
      loop.run(() -> blockers.forEach(loop.proactor().operations()::cancel));
      loop.until("slots free", () -> loop.proactor().metrics().operationsInFlight() == 0);
      loop.await(open(loop, path).closeAsync());
    }
  }

  private void fill(LoopFixture loop, BufferSlice buffer, List<Long> blockers) {
    while (true) {
      long number =
          loop.proactor()
              .operations()
              .read(pipe[0], buffer, -1, Operations.NO_TIMEOUT, IGNORE, 0, null);
      if (number == Operations.REFUSED) {
        return;
      }
      blockers.add(number);
    }
  }

  @Test
  void refusalsAreAllToldHoweverFullTheTaskQueueIs() throws Exception {
    try (LoopFixture loop =
        LoopFixture.start(o -> o.maxOperationsInFlight(16).taskQueueCapacity(2))) {
      Files.writeString(path, "abc");
      AsyncFile file = open(loop, path);
      List<Long> blockers = new ArrayList<>();
      BufferSlice buffer = BufferSlice.unpooled(8);
      List<Integer> told = new ArrayList<>();
      loop.run(
          () -> {
            fill(loop, buffer, blockers);
            for (int i = 0; i < 100; i++) {
              file.read(buffer, 0, told::add);
            }
            assertEquals(List.of(), told);
          });
      loop.until("refusals told", () -> told.size() == 100);
      assertTrue(told.stream().allMatch(result -> result == -Errno.EAGAIN));
      loop.run(() -> blockers.forEach(loop.proactor().operations()::cancel));
      loop.await(file.closeAsync());
    }
  }

  @Test
  void withoutAPoolBufferOpeningAndDescribingAreEnobufs() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.bufferPoolBytes(1 << 18))) {
      Files.writeString(path, "abc");
      AsyncFile file = open(loop, path);
      BufferSlice all = loop.call(() -> loop.proactor().buffers().acquire(1 << 18));
      assertEquals("ENOBUFS", FileFixture.openError(loop, path, Libc.O_RDONLY));
      assertEquals(Errno.ENOBUFS, failure(loop, file.statusAsync()).errno());
      loop.run(all::release);
      assertEquals(3, loop.await(file.statusAsync()).sizeBytes());
      // One buffer left, where two are needed.
      List<BufferSlice> some = new ArrayList<>();
      loop.run(
          () -> {
            for (int i = 0; i < 255; i++) {
              some.add(loop.proactor().buffers().acquire(1024));
            }
          });
      assertEquals(Errno.ENOBUFS, failure(loop, file.statusAsync()).errno());
      assertEquals(255, loop.call(() -> loop.proactor().buffers().outstanding()));
      loop.run(() -> some.forEach(BufferSlice::release));
      loop.await(file.closeAsync());
    }
  }

  @Test
  void noHandlerIsCalledFromInsideTheSubmittingCall() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = open(loop, path, READ, WRITE, CREATE_NEW);
      boolean[] inside = new boolean[1];
      List<Boolean> seen = new ArrayList<>();
      IoHandler handler = result -> seen.add(inside[0]);
      BufferSlice buffer = slice("abc");
      loop.run(
          () -> {
            inside[0] = true;
            file.write(buffer, 0, handler);
            file.read(buffer, 0, handler);
            file.fsync(false, handler);
            file.status((status, errno) -> seen.add(inside[0]));
            AsyncFile.open(
                loop.proactor(),
                Path.of("/" + "n/".repeat(5000)),
                0,
                0,
                (f, e) -> seen.add(inside[0]));
            file.close(handler);
            file.read(buffer, 0, handler);
            inside[0] = false;
          });
      loop.until("all told", () -> seen.size() == 7);
      assertFalse(seen.contains(true), seen::toString);
    }
  }

  @Test
  void aBufferReleasedDuringTheReadIsTheOperationsUntilItEnds() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      AsyncFile file = openPipe(loop, 0, READ);
      CompletableFuture<String> read = new CompletableFuture<>();
      loop.run(
          () -> {
            BufferSlice buffer = loop.proactor().buffers().acquire(100);
            file.read(buffer, 0, result -> read.complete(text(buffer, result)));
            buffer.release();
          });
      assertEquals(1, loop.call(() -> loop.proactor().buffers().outstanding()));
      writePipe("still here");
      assertEquals("still here", loop.await(read));
      assertEquals(0, loop.call(() -> loop.proactor().buffers().outstanding()));
      loop.await(file.closeAsync());
    }
  }

  @Test
  void aReadIntoAReleasedBufferIsRefusedAndCostsNoSlot() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Files.writeString(path, "abc");
      AsyncFile file = open(loop, path);
      BufferSlice released = BufferSlice.unpooled(8);
      released.release();
      assertNotEquals(null, thrownBy(loop, () -> file.read(released, 0, result -> {})));
      assertNotEquals(null, thrownBy(loop, () -> file.read(null, 0, result -> {})));
      loop.until("slots free", () -> loop.proactor().metrics().operationsInFlight() == 0);
      assertEquals(0, loop.await(file.closeAsync()));
    }
  }

  private static Throwable thrownBy(LoopFixture loop, Runnable action) {
    return loop.call(
        () -> {
          try {
            action.run();
            return null;
          } catch (RuntimeException e) {
            return e;
          }
        });
  }

  @Test
  void shutdownClosesFilesThatWereLeftOpen() throws Exception {
    LoopFixture loop = LoopFixture.start();
    Files.writeString(path, "abc");
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    Consumer<AsyncFile> watch = file -> file.close(result -> told.add("closed " + result));
    for (int i = 0; i < 10; i++) {
      open(loop, path);
    }
    AsyncFile busy = openPipe(loop, 0, READ);
    BufferSlice buffer = BufferSlice.unpooled(8);
    loop.run(
        () -> {
          busy.read(buffer, 0, result -> told.add("read " + Errno.name(result)));
          watch.accept(busy);
        });
    assertEquals(10, FileFixture.descriptorsOf(path));
    ShutdownReport report = loop.shutdown(Duration.ofSeconds(10));
    assertEquals(new ShutdownReport(true, 0, 0, 0, report.timersCancelled(), 0, null), report);
    assertEquals(0, FileFixture.descriptorsOf(path));
    assertEquals(List.of("read ECANCELED", "closed 0"), told);
    loop.close();
    // The stage of a closed loop fails; it does not hang.
    CompletionStage<Integer> late = busy.readAsync(buffer, 0);
    assertTrue(late.toCompletableFuture().isCompletedExceptionally());
  }

  @Test
  void openingAfterTheLoopHasEndedFailsTheStage() throws Exception {
    LoopFixture loop = LoopFixture.start();
    loop.close();
    assertTrue(
        AsyncFile.open(loop.proactor(), path).toCompletableFuture().isCompletedExceptionally());
  }
}
