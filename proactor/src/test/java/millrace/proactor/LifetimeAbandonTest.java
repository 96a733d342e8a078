package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.FaultyBackend;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.Quarantine;
import millrace.proactor.file.AsyncFile;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.timers.Timer;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a loop does when the kernel does not answer, or answers that it cannot go on. */
@OnEveryBackend
class LifetimeAbandonTest {

  private static final long JUMP_NANOS = Duration.ofSeconds(11).toNanos();

  @TempDir Path directory;

  private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
  private final int[] pipe = new int[2];
  private OperationTable table;
  private FaultyBackend backend;
  private Proactor proactor;

  @BeforeEach
  void start() throws Exception {
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    backend = backend();
    proactor = Proactor.start(options(), table, backend);
  }

  private ProactorOptions options() {
    return ProactorOptions.builder()
        .name("abandon-test")
        .maxOperationsInFlight(64)
        .maxTimers(1)
        .failureHandler(this::failed)
        .build();
  }

  private void failed(Throwable failure) {
    failures.add(failure);
    failed.complete(failure);
  }

  private FaultyBackend backend() throws IOException {
    table = new OperationTable(64);
    return new FaultyBackend(BackendUnderTest.current().open(table));
  }

  @AfterEach
  void stop() throws Exception {
    backend.jumpAtCancelAll(JUMP_NANOS);
    proactor.close();
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private void run(Runnable action) throws Exception {
    await(CompletableFuture.runAsync(action, proactor::execute));
  }

  private void turn() {
    try {
      proactor.execute(() -> {});
    } catch (RejectedExecutionException e) {
      assertTrue(failed.isDone(), "refused by a loop that has not failed");
    }
  }

  private void read(String name, BufferSlice buffer, long timeoutNanos) {
    long number =
        proactor
            .operations()
            .read(
                pipe[0],
                buffer,
                -1,
                timeoutNanos,
                (context, attachment, result, flags) -> told.add(name + " " + Errno.name(result)),
                0,
                null);
    assertTrue(number != Operations.REFUSED, name);
  }

  @Test
  void operationsThatCannotBeCancelledAreToldOnceCountedAndTheirMemoryIsKept() throws Exception {
    backend.swallow(operation -> operation.length == 100);
    backend.jumpAtCancelAll(JUMP_NANOS);
    long address =
        CompletableFuture.supplyAsync(
                () -> {
                  BufferSlice stuck = proactor.buffers().acquire(1024).range(0, 100);
                  read("stuck", stuck, 0);
                  read("stuck too", BufferSlice.unpooled(100), 1);
                  read("cancelled", BufferSlice.unpooled(50), 0);
                  stuck.release();
                  // The operation has it still.
                  return stuck.segment().address();
                },
                proactor::execute)
            .get(60, TimeUnit.SECONDS);
    int kept = Quarantine.size();
    ShutdownReport report = await(proactor.shutdown(Duration.ZERO));
    assertEquals(new ShutdownReport(false, 0, 2, 0, 0, 1, null), report);
    assertEquals(List.of("cancelled ECANCELED", "stuck ECANCELED", "stuck too ECANCELED"), told);
    assertTrue(Quarantine.size() > kept);
    proactor.awaitTermination();
    // The slab is still mapped: an access would otherwise end the process.
    java.lang.foreign.MemorySegment memory =
        java.lang.foreign.MemorySegment.ofAddress(address).reinterpret(100);
    memory.fill((byte) 7);
    assertEquals(7, memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 99));
    assertEquals(List.of(), failures);
    assertEquals(2, backend.cancelAlls());
  }

  @Test
  void aLoopWithAllItsTimersStartedCanBeEndedToo() throws Exception {
    backend.swallow(operation -> operation.length == 100);
    backend.jumpAtCancelAll(JUMP_NANOS);
    run(
        () -> {
          assertTrue(proactor.startTimer(Timer.of((timer, now) -> {}), Long.MAX_VALUE / 4));
          assertFalse(proactor.startTimer(Timer.of((timer, now) -> {}), 1));
          read("stuck", BufferSlice.unpooled(100), 0);
        });
    ShutdownReport report = await(proactor.shutdown(Duration.ZERO));
    assertEquals(new ShutdownReport(false, 0, 1, 0, 1, 0, null), report);
    assertEquals(List.of("stuck ECANCELED"), told);
  }

  @Test
  void handlersMaySubmitAgainWhenTheyAreToldAndAreRefused() throws Exception {
    backend.swallow(operation -> operation.length == 100);
    backend.jumpAtCancelAll(JUMP_NANOS);
    BufferSlice buffer = BufferSlice.unpooled(100);
    OperationHandler again =
        new OperationHandler() {
          @Override
          public void completed(long context, Object attachment, int result, int flags) {
            told.add(Errno.name(result));
            long number = proactor.operations().read(pipe[0], buffer, -1, 0, this, 0, null);
            assertEquals(Operations.REFUSED, number);
          }
        };
    run(() -> proactor.operations().read(pipe[0], buffer, -1, 0, again, 0, null));
    assertEquals(1, await(proactor.shutdown(Duration.ZERO)).operationsAbandoned());
    assertEquals(List.of("ECANCELED"), told);
    assertEquals(List.of(), failures);
  }

  @Test
  void aFailedTurnEndsTheLoopAndEverybodyIsTold() throws Exception {
    Path path = Files.writeString(directory.resolve("file"), "abc");
    AsyncFile idle = await(AsyncFile.open(proactor, path));
    AsyncFile busy =
        await(
            AsyncFile.open(proactor, Path.of("/proc/self/fd/" + pipe[0]), StandardOpenOption.READ));
    CountDownLatch accepted = new CountDownLatch(1);
    TcpListener listener = listen(accepted);
    try (Socket client =
        new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort())) {
      assertTrue(client.isConnected());
      accepted.await();
      BufferSlice buffer = BufferSlice.unpooled(100);
      run(
          () -> {
            busy.read(buffer, 0, result -> told.add("read " + Errno.name(result)));
            busy.close(result -> told.add("busy file " + Errno.name(result)));
            read("operation", buffer, 0);
          });
      int kept = Quarantine.size();
      IOException planted = new IOException("planted");
      backend.failTurn(planted);
      turn();
      assertSame(planted, await(failed));
      ShutdownReport report = await(proactor.shutdown(Duration.ofHours(1)));
      assertSame(planted, report.failure());
      assertFalse(report.drained());
      // The read, the operation, the accept and the receive.
      assertEquals(4, report.operationsAbandoned());
      assertEquals(2, report.resourcesTerminated());
      assertTrue(Quarantine.size() > kept);
      proactor.awaitTermination();
      assertEquals(List.of(planted), failures);
      assertEquals(
          List.of(
              "busy file ECANCELED",
              "connection ECANCELED",
              "operation ECANCELED",
              "read ECANCELED"),
          told.stream().sorted().toList());
      assertEquals(0, descriptorsOf(path));
      assertEnded(idle, listener);
    }
  }

  private TcpListener listen(CountDownLatch accepted) throws IOException {
    return TcpListener.bind(
        proactor,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        TcpListenerOptions.defaults(),
        connection -> {
          // The handler is set and the receive is armed when this has returned.
          proactor.execute(accepted::countDown);
          return new ConnectionHandler() {
            @Override
            public void received(StreamConnection c, BufferSlice data) {}

            @Override
            public void closed(StreamConnection c, int errno) {
              told.add("connection " + Errno.name(errno));
            }
          };
        });
  }

  private void assertEnded(AsyncFile file, TcpListener listener) {
    assertThrows(RejectedExecutionException.class, () -> proactor.execute(() -> {}));
    assertTrue(file.statusAsync().toCompletableFuture().isCompletedExceptionally());
    assertTrue(listener.close().toCompletableFuture().isCompletedExceptionally());
  }

  @Test
  void aFailedTurnWithNothingInFlightClosesWhatWasOpen() throws Exception {
    Path path = Files.writeString(directory.resolve("file"), "abc");
    await(AsyncFile.open(proactor, path));
    await(AsyncFile.open(proactor, path));
    assertEquals(2, descriptorsOf(path));
    backend.failTurn(new IOException("planted"));
    turn();
    await(failed);
    ShutdownReport report = await(proactor.shutdown(Duration.ZERO));
    proactor.awaitTermination();
    assertEquals(0, report.operationsAbandoned());
    assertEquals(0, descriptorsOf(path));
  }

  private static long descriptorsOf(Path path) throws IOException {
    long count = 0;
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path entry : (Iterable<Path>) all::iterator) {
        count += Files.exists(entry) && Files.isSameFile(entry, path) ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void tasksGivenBeforeAFailureAreRunAndLaterOnesRefused() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    proactor.execute(
        () -> {
          try {
            held.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          backend.failTurn(new IOException("planted"));
          proactor.execute(() -> told.add("task"));
        });
    CompletionStage<ShutdownReport> report = proactor.shutdown(Duration.ofHours(1));
    held.countDown();
    await(report);
    assertEquals(List.of("task"), told);
    assertThrows(RejectedExecutionException.class, () -> proactor.execute(() -> {}));
  }

  @Test
  void aStartThatFailsSaysWhyAndLeavesNothingBehind() throws Exception {
    IOException planted = new IOException("planted");
    for (boolean atBuffers : new boolean[] {false, true}) {
      int before = descriptors();
      FaultyBackend failing = backend();
      if (atBuffers) {
        failing.failBuffers(planted);
      } else {
        failing.failStart(planted);
      }
      IOException thrown =
          assertThrows(IOException.class, () -> Proactor.start(options(), table, failing));
      assertSame(planted, thrown);
      joinThreads();
      assertEquals(List.of(), failures, "told by the exception already");
      assertEquals(before, descriptors());
    }
  }

  /** Of the loops of this test, only the one of {@link #start} is to live on. */
  private static void joinThreads() throws InterruptedException {
    List<Thread> loops =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("abandon-test"))
            .sorted(java.util.Comparator.comparingLong(Thread::threadId))
            .toList();
    for (Thread loop : loops.subList(1, loops.size())) {
      loop.join(TimeUnit.SECONDS.toMillis(60));
      assertFalse(loop.isAlive());
    }
  }

  private static int descriptors() {
    return new java.io.File("/proc/self/fd").list().length;
  }

  @Test
  void whatATaskSubmitsFromAReservationWhenTheLoopIsOverIsEnded() throws Exception {
    backend.swallow(operation -> operation.kind == OperationKind.NOP);
    backend.jumpAtCancelAll(JUMP_NANOS);
    run(() -> assertTrue(nop("stuck") != Operations.REFUSED));
    Path path = Files.writeString(directory.resolve("file"), "abc");
    AsyncFile file = await(AsyncFile.open(proactor, path));
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    // Close the file from the handler that is told when the loop turns no more.
    run(
        () ->
            proactor
                .operations()
                .nop(
                    (context, attachment, result, flags) -> file.close(closed::complete), 0, null));
    assertEquals(2, await(proactor.shutdown(Duration.ZERO)).operationsAbandoned());
    assertEquals(0, await(closed));
    assertEquals(0, descriptorsOf(path));
    assertEquals(List.of("stuck ECANCELED"), told);
  }

  private long nop(String name) {
    return proactor
        .operations()
        .nop((c, a, result, flags) -> told.add(name + " " + Errno.name(result)), 0, null);
  }
}
