package millrace.proactor.backend.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import millrace.proactor.backend.CompletionTarget;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.Quarantine;
import millrace.uring.Errno;
import millrace.uring.FileCalls;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is the epoll backend's own: worker threads that cannot be interrupted, and descriptors. */
class EpollBackendTest implements CompletionTarget {

  private static final String NAME = "epoll-test";

  @TempDir Path directory;

  private final OperationTable table = new OperationTable(16);
  private final Map<Long, Integer> results = new TreeMap<>();
  private final List<BufferSlice> kept = new ArrayList<>();
  private EpollBackend backend;
  private boolean closed;

  @BeforeEach
  void start() throws Exception {
    // One thread: what is behind the operation that it is at waits.
    backend = new EpollBackend(NAME, table, 1, false);
    backend.start(this);
  }

  @AfterEach
  void stop() {
    if (!closed) {
      backend.close(table.inFlight() > 0);
    }
  }

  @Override
  public void completed(Operation operation, int result, int flags) {
    results.put(operation.token(), result);
    table.free(operation);
  }

  private Operation claim(OperationKind kind, int descriptor) {
    Operation operation = table.claim(false);
    operation.kind = kind;
    operation.descriptor = descriptor;
    return operation;
  }

  private Operation submit(Operation operation) {
    backend.submit(operation);
    return operation;
  }

  private Operation open(int parent, String path, int flags, long timeoutNanos) {
    Operation operation = claim(OperationKind.OPEN, parent);
    BufferSlice slice = BufferSlice.copyOf((path + "\0").getBytes(StandardCharsets.UTF_8));
    kept.add(slice);
    operation.address = slice.address();
    operation.operationFlags = flags | Libc.O_CLOEXEC;
    operation.timeoutNanos = timeoutNanos;
    return submit(operation);
  }

  private void turns(int count) throws Exception {
    for (int turns = 0; turns < count; turns++) {
      backend.turn(0, 100);
    }
  }

  private int await(long token) throws Exception {
    for (int turns = 0; !results.containsKey(token); turns++) {
      assertTrue(turns < 60_000, () -> "only " + results);
      backend.turn(Duration.ofMillis(1).toNanos(), 100);
    }
    return results.get(token);
  }

  /** Whoever opens it waits for the other side, for ever if none comes. */
  private Path fifo() throws Exception {
    Path fifo = directory.resolve("fifo");
    assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0, "mkfifo");
    return fifo;
  }

  private static int openOtherSide(Path fifo) {
    int flags = Libc.O_WRONLY | Libc.O_NONBLOCK;
    int[] result = new int[1];
    // ENXIO: the thread is not in its open yet.
    spinUntil(
        () -> {
          result[0] = FileCalls.openat(Libc.AT_FDCWD, fifo.toString(), flags, 0);
          return result[0] != -Errno.ENXIO;
        });
    assertTrue(result[0] >= 0, () -> Errno.describe(-result[0]));
    return result[0];
  }

  @Test
  void whatAThreadHasBegunGoesOnAndWhatWaitsBehindItEnds() throws Exception {
    Path fifo = fifo();
    Path file = Files.writeString(directory.resolve("file"), "x");
    Operation begun = open(Libc.AT_FDCWD, fifo.toString(), Libc.O_RDONLY, 0);
    long begunToken = begun.token();
    turns(3);
    awaitBegun();
    Operation behind = open(Libc.AT_FDCWD, file.toString(), Libc.O_RDONLY, 0);
    Operation overdue = open(Libc.AT_FDCWD, file.toString(), Libc.O_RDONLY, 1_000_000);
    long behindToken = behind.token();
    long overdueToken = overdue.token();
    backend.cancel(begun);
    backend.cancel(behind);
    assertEquals(-Errno.ECANCELED, await(behindToken));
    assertEquals(-Errno.ETIME, await(overdueToken));
    backend.cancelAll();
    turns(10);
    assertFalse(results.containsKey(begunToken), "a thread is in the middle of it");
    int otherSide = openOtherSide(fifo);
    int opened = await(begunToken);
    assertTrue(opened >= 0, Errno.describe(-opened));
    Libc.close(opened);
    Libc.close(otherSide);
  }

  /** Until a thread has taken what was given to it. */
  private static void awaitBegun() {
    spinUntil(() -> threads().stream().anyMatch(EpollBackendTest::isInOpen));
  }

  private static void spinUntil(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, () -> "not in time: " + threads());
      Thread.onSpinWait();
    }
  }

  private static boolean isInOpen(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getMethodName().equals("openat")) {
        return true;
      }
    }
    return false;
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(NAME))
        .toList();
  }

  @Test
  void aCloseWaitsUntilNoThreadUsesTheDescriptor() throws Exception {
    Path fifo = fifo();
    int parent =
        FileCalls.openat(Libc.AT_FDCWD, directory.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY, 0);
    long begun = open(parent, "fifo", Libc.O_RDONLY, 0).token();
    long close = submit(claim(OperationKind.CLOSE, parent)).token();
    long again = submit(claim(OperationKind.CLOSE, parent)).token();
    assertEquals(-Errno.EBADF, await(again));
    turns(10);
    assertFalse(results.containsKey(close));
    assertEquals(0, Libc.fcntl(parent, Libc.F_GETFD, 0), "still open");
    awaitBegun();
    backend.cancelAll();
    turns(10);
    assertFalse(results.containsKey(close));
    int otherSide = openOtherSide(fifo);
    int opened = await(begun);
    assertTrue(opened >= 0);
    assertEquals(0, await(close));
    assertEquals(-Errno.EBADF, Libc.fcntl(parent, Libc.F_GETFD, 0));
    Libc.close(opened);
    Libc.close(otherSide);
  }

  @Test
  void closingWithAThreadInTheMiddleKeepsItsMemoryAndTheThreadEndsLater() throws Exception {
    Path fifo = fifo();
    open(Libc.AT_FDCWD, fifo.toString(), Libc.O_RDONLY, 0);
    open(Libc.AT_FDCWD, directory.resolve("never").toString(), Libc.O_RDWR | Libc.O_CREAT, 0);
    turns(3);
    awaitBegun();
    List<Thread> threads = threads();
    int quarantined = Quarantine.size();
    backend.close(true);
    closed = true;
    assertEquals(quarantined + 1, Quarantine.size());
    assertEquals(2, table.inFlight());
    Libc.close(openOtherSide(fifo));
    for (Thread thread : threads) {
      thread.join(Duration.ofSeconds(60));
      assertFalse(thread.isAlive());
    }
    assertFalse(Files.exists(directory.resolve("never")), "begun after the end");
    assertEquals(Map.of(), results);
  }

  @Test
  void whatWaitsOnADescriptorEndsWhenItIsClosed() throws Exception {
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    Operation read = claim(OperationKind.READ, pipe[0]);
    BufferSlice buffer = BufferSlice.unpooled(8);
    read.address = buffer.address();
    read.length = buffer.length();
    read.offset = -1;
    long readToken = submit(read).token();
    Operation poll = claim(OperationKind.POLL, pipe[0]);
    poll.operationFlags = Libc.POLLIN;
    long pollToken = submit(poll).token();
    turns(3);
    long close = submit(claim(OperationKind.CLOSE, pipe[0])).token();
    assertEquals(0, await(close));
    assertEquals(-Errno.ECANCELED, await(readToken));
    assertEquals(-Errno.ECANCELED, await(pollToken));
    Libc.close(pipe[1]);
    kept.add(buffer);
  }

  @Test
  void idleThreadsEndWithTheBackend() throws Exception {
    long open = open(Libc.AT_FDCWD, "/", Libc.O_RDONLY, 0).token();
    Libc.close(await(open));
    assertEquals(1, threads().size());
    Thread thread = threads().get(0);
    assertTrue(thread.isDaemon());
    // An interrupt means nothing to it.
    thread.interrupt();
    long again = open(Libc.AT_FDCWD, "/", Libc.O_RDONLY, 0).token();
    Libc.close(await(again));
    backend.close(false);
    closed = true;
    assertFalse(thread.isAlive());
  }
}
