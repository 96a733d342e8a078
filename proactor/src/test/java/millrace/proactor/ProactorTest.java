package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.timers.Timer;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

@OnEveryBackend
class ProactorTest {

  @Test
  void runsTasksInOrderOnTheLoopThread() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.name("loop-7"))) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        int number = i;
        loop.proactor().execute(() -> order.add(number));
      }
      assertEquals("loop-7", loop.call(() -> Thread.currentThread().getName()));
      assertTrue(loop.call(() -> loop.proactor().inLoop()));
      assertFalse(loop.proactor().inLoop());
      for (int i = 0; i < 1000; i++) {
        assertEquals(i, order.get(i));
      }
    }
  }

  @Test
  void everyTaskFromManyThreadsWakesASleepingLoop() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      int threads = 4;
      int each = 5_000;
      AtomicInteger run = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(threads);
      for (int i = 0; i < threads; i++) {
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int n = 0; n < each; n++) {
                    // One round trip at a time, so that the loop falls asleep in between.
                    CompletableFuture<Void> ran = new CompletableFuture<>();
                    loop.proactor()
                        .execute(
                            () -> {
                              run.incrementAndGet();
                              ran.complete(null);
                            });
                    ran.join();
                  }
                  done.countDown();
                });
      }
      assertTrue(done.await(60, TimeUnit.SECONDS), loop::state);
      assertEquals(threads * each, run.get());
    }
  }

  @Test
  void tasksGivenOnTheLoopThreadNeedNoWakeUp() throws Exception {
    int rounds = 2_000;
    try (LoopFixture loop = LoopFixture.start()) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      OperationHandler handler =
          new OperationHandler() {
            private int left = rounds;

            @Override
            public void completed(long context, Object attachment, int result, int flags) {
              if (--left == 0) {
                done.complete(null);
                return;
              }
              // From a completion: the loop has just waited.
              loop.proactor().execute(() -> loop.proactor().operations().nop(this, 0, null));
            }
          };
      loop.run(() -> loop.proactor().operations().nop(handler, 0, null));
      long before = loop.proactor().metrics().wakeUps();
      loop.await(done);
      assertTrue(loop.proactor().metrics().wakeUps() <= before + 1, loop::state);
    }
  }

  @Test
  void noWakeUpIsLostHoweverManyOperationsATurnSubmits() throws Exception {
    int entries = 8;
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    for (int count = 1; count <= 3 * entries; count++) {
      int operations = count;
      try (LoopFixture loop = LoopFixture.start(o -> o.submissionEntries(entries))) {
        // With the queue exactly full there is no room for the read that a wake-up ends.
        loop.run(
            () -> {
              for (int n = 0; n < operations; n++) {
                loop.proactor()
                    .operations()
                    .poll(pipe[0], Libc.POLLIN, 0, (c, a, result, flags) -> {}, 0, null);
              }
            });
        assertEquals(operations, loop.call(() -> operations));
        loop.run(() -> loop.proactor().operations().cancelDescriptor(pipe[0]));
      }
    }
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  /** Keeps the loop in a task until {@code leave}; returns when it is there. */
  private static void occupy(LoopFixture loop, CountDownLatch leave) throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    loop.proactor()
        .execute(
            () -> {
              entered.countDown();
              try {
                leave.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    entered.await();
  }

  @Test
  void aFullTaskQueueIsAClearRefusal() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.taskQueueCapacity(4))) {
      CountDownLatch leave = new CountDownLatch(1);
      CountDownLatch ran = new CountDownLatch(4);
      AtomicInteger run = new AtomicInteger();
      occupy(loop, leave);
      for (int i = 0; i < 4; i++) {
        loop.proactor()
            .execute(
                () -> {
                  run.incrementAndGet();
                  ran.countDown();
                });
      }
      var e =
          assertThrows(
              RejectedExecutionException.class,
              () -> loop.proactor().execute(run::incrementAndGet));
      assertTrue(e.getMessage().contains("4 tasks are waiting"), e.getMessage());
      leave.countDown();
      assertTrue(ran.await(60, TimeUnit.SECONDS), loop::state);
      assertEquals(4, loop.call(run::get));
      assertEquals(1, loop.proactor().metrics().tasksRejected());
    }
  }

  @Test
  void shutdownGetsThroughAFullTaskQueueAndTheTasksAreRun() throws Exception {
    LoopFixture loop = LoopFixture.start(o -> o.taskQueueCapacity(4));
    CountDownLatch leave = new CountDownLatch(1);
    AtomicInteger run = new AtomicInteger();
    occupy(loop, leave);
    for (int i = 0; i < 4; i++) {
      loop.proactor().execute(run::incrementAndGet);
    }
    var report = loop.proactor().shutdown(Duration.ofSeconds(5));
    leave.countDown();
    assertTrue(loop.await(report).drained(), loop::state);
    assertEquals(4, run.get());
    loop.proactor().awaitTermination();
  }

  @Test
  void aTaskThatThrowsIsReportedAndTheLoopGoesOn() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      loop.proactor()
          .execute(
              () -> {
                throw new IllegalStateException("planted");
              });
      assertEquals(42, loop.call(() -> 42));
      assertEquals("planted", loop.expectedFailures().get(0).getMessage());
    }
  }

  @Test
  void timersFireNeverEarlyInDeadlineOrder() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Integer> fired = new ArrayList<>();
      List<Long> earliness = new ArrayList<>();
      CompletableFuture<Void> done = new CompletableFuture<>();
      int[] delaysMillis = {30, 10, 20, 0};
      loop.run(
          () -> {
            for (int delay : delaysMillis) {
              long due = System.nanoTime() + Duration.ofMillis(delay).toNanos();
              Timer timer =
                  Timer.of(
                      (self, now) -> {
                        fired.add(delay);
                        earliness.add(Math.max(0, due - System.nanoTime()));
                        if (fired.size() == delaysMillis.length) {
                          done.complete(null);
                        }
                      });
              assertTrue(loop.proactor().startTimer(timer, Duration.ofMillis(delay).toNanos()));
            }
          });
      loop.await(done);
      assertEquals(List.of(0, 10, 20, 30), fired);
      assertEquals(List.of(0L, 0L, 0L, 0L), earliness);
    }
  }

  @Test
  void aTimerStartedInAHandlerAfterALongWaitIsNotEarly() throws Exception {
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    try (LoopFixture loop = LoopFixture.start()) {
      CompletableFuture<Long> elapsed = new CompletableFuture<>();
      BufferSlice buffer = BufferSlice.unpooled(8);
      long delay = Duration.ofMillis(50).toNanos();
      OperationHandler handler =
          (context, attachment, result, flags) -> {
            long started = System.nanoTime();
            loop.proactor()
                .startTimer(
                    Timer.of((timer, now) -> elapsed.complete(System.nanoTime() - started)), delay);
          };
      long wait = Duration.ofMillis(60).toNanos();
      loop.run(
          () -> loop.proactor().operations().read(pipe[0], buffer, -1, wait, handler, 0, null));
      long took = loop.await(elapsed);
      assertTrue(took >= delay, "fired after " + took + " ns");
    }
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  @Test
  void shutdownCancelsWhatIsInFlightAndGivesAllBack() throws Exception {
    int[] pipe = new int[2];
    assertEquals(0, Libc.pipe2(pipe, Libc.O_CLOEXEC));
    LoopFixture loop = LoopFixture.start();
    List<Integer> results = new ArrayList<>();
    loop.run(
        () -> {
          for (int i = 0; i < 100; i++) {
            BufferSlice buffer = loop.proactor().buffers().acquire(64);
            long timeout = i % 2 == 0 ? 0 : Duration.ofHours(1).toNanos();
            loop.proactor()
                .operations()
                .read(
                    pipe[0],
                    buffer,
                    -1,
                    timeout,
                    (c, a, result, f) -> results.add(result),
                    0,
                    null);
            buffer.release();
          }
          loop.proactor().startTimer(Timer.of((timer, now) -> {}), Long.MAX_VALUE / 4);
        });
    ShutdownReport report = loop.shutdown(Duration.ofSeconds(5));
    assertEquals(new ShutdownReport(true, 0, 0, 0, 1, 0, null), report);
    assertEquals(100, results.size());
    assertTrue(results.stream().allMatch(result -> result == -Errno.ECANCELED));
    loop.close();
    assertThrows(RejectedExecutionException.class, () -> loop.proactor().execute(() -> {}));
    assertEquals(report, loop.await(loop.proactor().shutdown(Duration.ZERO)));
    loop.proactor().close();
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  @Test
  void tasksGivenBeforeTheEndAreAllRunOrRefused() throws Exception {
    for (int round = 0; round < 50; round++) {
      Proactor proactor = Proactor.start();
      AtomicInteger run = new AtomicInteger();
      int accepted = 0;
      proactor.shutdown(Duration.ZERO);
      try {
        while (true) {
          proactor.execute(run::incrementAndGet);
          accepted++;
        }
      } catch (RejectedExecutionException e) {
        proactor.awaitTermination();
        if (e.getMessage().contains("has shut down")) {
          assertEquals(accepted, run.get());
        }
      }
    }
  }

  @Test
  void optionsNameTheValueAndItsRange() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> ProactorOptions.builder().submissionEntries(1000).build());
    assertEquals("submissionEntries: 1000, must be a power of two, 8..32768", e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> ProactorOptions.builder().maxOperationsInFlight(1).build());
    assertEquals("maxOperationsInFlight: 1, must be 16..1048576", e.getMessage());
  }

  @Test
  void startingAndClosingManyLoopsLeavesNoDescriptorBehind() throws Exception {
    Proactor.start().close();
    int before = openDescriptors();
    for (int i = 0; i < 50; i++) {
      Proactor.start(ProactorOptions.builder().receiveBuffers(16, 1024).build()).close();
    }
    assertEquals(before, openDescriptors());
  }

  private static int openDescriptors() {
    return new java.io.File("/proc/self/fd").list().length;
  }

  @Test
  void limitsLongerThanNanosecondsCanSayAreAsLongAsTheyCan() throws Exception {
    Duration forever = ChronoUnit.FOREVER.getDuration();
    LoopFixture loop = LoopFixture.start();
    ConnectionOptions options =
        ConnectionOptions.defaults().withCloseLimit(forever).withSendStallLimit(forever);
    TcpListener listener =
        TcpListener.bind(
            loop.proactor(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TcpListenerOptions.defaults().withConnection(options),
            connection -> {
              connection.write(BufferSlice.copyOf(new byte[] {5}));
              connection.close();
              return (c, data) -> {};
            });
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort())) {
      assertEquals(5, socket.getInputStream().read());
      assertEquals(-1, socket.getInputStream().read());
    }
    assertEquals(new ShutdownReport(true, 0, 0, 0, 0, 0, null), loop.shutdown(forever));
    loop.close();
  }

  @Test
  void buffersAreRefusedOffTheLoop() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      BufferPool buffers = loop.proactor().buffers();
      assertThrows(IllegalStateException.class, () -> buffers.acquire(1));
      assertThrows(IllegalStateException.class, () -> buffers.whenAvailable(() -> {}));
    }
  }
}
