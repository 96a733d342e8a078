package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import millrace.proactor.LoopFixture;
import millrace.proactor.ProactorMetrics;
import millrace.proactor.ShutdownReport;
import millrace.proactor.Transport;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

@OnEveryBackend(
    value = {BackendUnderTest.IO_URING, BackendUnderTest.EPOLL},
    transports = {Transport.TCP, Transport.UNIX})
class NetShutdownTest {

  private static final long SEED = 0x5eed_0005L;
  private static final int CONNECTIONS = 300;

  /** Echoes with backpressure; what it is told is checked by {@link Recorder}. */
  private static class Echo extends Recorder {
    @Override
    boolean keepsInput() {
      return false;
    }

    @Override
    void onReceived(StreamConnection from, BufferSlice data) {
      if (!from.write(data.retain())) {
        from.pauseReceive();
      }
    }

    @Override
    void onWritable(StreamConnection to) {
      to.resumeReceive();
    }
  }

  /**
   * A peer that sends and compares what comes back, again and again, until the connection ends. One
   * message at a time: a virtual thread whose socket is always ready would not let the others run.
   */
  private static CompletableFuture<Void> talk(StreamListener listener, byte[] content) {
    return Peers.start(
        () -> {
          try (Socket socket = Peers.connect(listener)) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] echo = new byte[content.length];
            while (true) {
              socket.getOutputStream().write(content);
              in.readFully(echo);
              assertArrayEquals(content, echo);
            }
          }
        });
  }

  private static void shutDownMidTransfer(Duration drainLimit, boolean drains) throws Exception {
    byte[] content = Peers.randomBytes(new Random(SEED), 100_000);
    LoopFixture loop = LoopFixture.start();
    List<Recorder> recorders = new ArrayList<>();
    StreamListener listener =
        Peers.listen(
            loop,
            connection -> {
              Recorder recorder =
                  new Echo() {
                    @Override
                    void onDraining(StreamConnection from) {
                      if (drains) {
                        from.close();
                      }
                    }
                  };
              recorders.add(recorder);
              return recorder.accept(connection);
            });
    List<CompletableFuture<Void>> peers = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      peers.add(talk(listener, content));
    }
    loop.until(
        "all in transfer",
        () ->
            recorders.size() == CONNECTIONS
                && recorders.stream().allMatch(recorder -> recorder.receivedBytes > 0));
    ShutdownReport report = loop.shutdown(drainLimit);
    loop.close();
    assertEquals(drains, report.drained(), report::toString);
    int listeners = report.resourcesTerminated() - (drains ? 0 : CONNECTIONS);
    // With little time to drain the listener may still be there.
    assertTrue(listeners == 0 || (listeners == 1 && !drains), report::toString);
    assertEquals(0, report.operationsAbandoned());
    assertEquals(0, report.buffersOutstanding());
    ProactorMetrics metrics = loop.proactor().metrics();
    assertEquals(CONNECTIONS, metrics.connectionsClosed());
    for (Recorder recorder : recorders) {
      int errno = loop.await(recorder.closed);
      assertEquals(1, recorder.drainings);
      assertEquals(1, recorder.closes);
      // A peer whose bytes met a closed socket had it reset, and this side's send with it.
      boolean orderly = errno == 0 || errno == Errno.ECONNRESET || errno == Errno.EPIPE;
      assertTrue(drains ? orderly : errno == Errno.ECANCELED, Errno.describe(errno));
    }
    for (CompletableFuture<Void> peer : peers) {
      loop.await(peer.handle((none, error) -> check(error)));
    }
  }

  private static Void check(Throwable error) {
    Throwable cause = error == null || error.getCause() == null ? error : error.getCause();
    // The broken pipe or reset of a peer that was still talking.
    assertTrue(cause == null || cause instanceof IOException, () -> String.valueOf(cause));
    return null;
  }

  @Test
  void connectionsInTheMiddleOfATransferAreDrained() throws Exception {
    shutDownMidTransfer(Duration.ofSeconds(30), true);
  }

  @Test
  void connectionsThatIgnoreTheDrainAreEndedByForce() throws Exception {
    shutDownMidTransfer(Duration.ofMillis(100), false);
  }

  @Test
  void aShutdownWithoutTimeEndsEverythingAtOnce() throws Exception {
    shutDownMidTransfer(Duration.ZERO, false);
  }

  @Test
  void aLastReplyWrittenWhileDrainingArrives() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Recorder> recorders = new ArrayList<>();
      StreamListener listener =
          Peers.listen(
              loop,
              connection -> {
                Recorder recorder =
                    new Recorder() {
                      @Override
                      void onDraining(StreamConnection from) {
                        from.write(Peers.slice("going down"));
                        from.close();
                      }
                    };
                recorders.add(recorder);
                return recorder.accept(connection);
              });
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        sockets.add(Peers.connect(listener));
      }
      loop.until("all accepted", () -> recorders.size() == 100);
      ShutdownReport report = loop.shutdown(Duration.ofSeconds(20));
      assertEquals(0, report.resourcesTerminated());
      assertTrue(report.drained());
      for (Socket socket : sockets) {
        Peers.Input input = loop.await(Peers.start(() -> Peers.readAll(socket)));
        assertEquals(new Peers.Input("going down", false), input);
        socket.close();
      }
    }
  }

  @Test
  void nobodyIsServedAnyMoreWhileTheLoopDrains() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder slow =
          new Recorder() {
            @Override
            void onDraining(StreamConnection from) {}
          };
      AtomicReference<StreamConnection> late = new AtomicReference<>();
      StreamListener first = Peers.listen(loop, slow::accept);
      StreamListener second =
          Peers.listen(
              loop,
              connection -> {
                late.set(connection);
                return new Recorder();
              });
      try (Socket socket = Peers.connect(first)) {
        loop.await(slow.opened);
        CompletionStage<ShutdownReport> report = loop.proactor().shutdown(Duration.ofSeconds(40));
        loop.until("draining", () -> slow.drainings == 1);
        loop.until("listeners closed", () -> loop.proactor().metrics().operationsInFlight() == 1);
        IOException e = assertThrows(IOException.class, () -> Peers.connect(second).close());
        // The file of a UNIX listener goes with it.
        String why = Transport.isUnix() ? "No such file" : "refused";
        assertTrue(e.getMessage().contains(why), e.getMessage());
        assertNull(late.get());
        assertFalse(report.toCompletableFuture().isDone());
        socket.shutdownOutput();
        assertEquals(0, loop.await(slow.closed));
        assertTrue(loop.await(report).drained());
      }
    }
  }

  @Test
  void aConnectionOpenedWhileDrainingIsToldAtOnce() throws Exception {
    try (LoopFixture loop = LoopFixture.start();
        ServerSocket server = new ServerSocket()) {
      server.bind(Peers.anyPort());
      Recorder recorder = new Recorder();
      CompletableFuture<CompletionStage<StreamConnection>> attempt = new CompletableFuture<>();
      Recorder holder =
          new Recorder() {
            @Override
            void onDraining(StreamConnection from) {
              attempt.complete(
                  TcpConnector.connect(
                      loop.proactor(),
                      (InetSocketAddress) server.getLocalSocketAddress(),
                      Duration.ZERO,
                      ConnectionOptions.defaults(),
                      recorder::accept));
            }
          };
      StreamListener listener = Peers.listen(loop, holder::accept);
      try (Socket socket = Peers.connect(listener)) {
        loop.await(holder.opened);
        CompletionStage<ShutdownReport> report = loop.proactor().shutdown(Duration.ofSeconds(40));
        // Cancelled before it stood, or told to drain the moment it did: over either way.
        loop.await(loop.await(attempt).handle((connection, error) -> null));
        loop.until("holder left", () -> loop.proactor().metrics().operationsInFlight() == 1);
        socket.shutdownOutput();
        assertTrue(loop.await(report).drained());
      }
      assertTrue(recorder.closes == (recorder.opened.isDone() ? 1 : 0));
    }
  }

  @Test
  void whateverIsAskedForDuringTheEndIsAnswered() throws Exception {
    // The first round opens what the virtual machine keeps.
    int before = 0;
    for (int round = 0; round < 30; round++) {
      LoopFixture loop = LoopFixture.start();
      Recorder recorder = new Recorder();
      StreamListener listener =
          Peers.listen(
              loop,
              accepted -> (recorder.opened.isDone() ? new Recorder() : recorder).accept(accepted));
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        List<CompletionStage<?>> asked = new ArrayList<>();
        List<CompletableFuture<Void>> askers = new ArrayList<>();
        CountDownLatch started = new CountDownLatch(2);
        for (int thread = 0; thread < 2; thread++) {
          askers.add(
              Peers.start(
                  () -> {
                    started.countDown();
                    for (int i = 0; i < 50; i++) {
                      List<CompletionStage<?>> some = new ArrayList<>();
                      some.add(connection.send(Peers.slice("x")));
                      some.add(
                          Peers.open(loop, listener, accepted -> new Recorder().accept(accepted)));
                      some.add(bindAndClose(loop));
                      some.add(connection.closeAsync());
                      some.add(listener.close());
                      synchronized (asked) {
                        asked.addAll(some);
                      }
                    }
                    return null;
                  }));
        }
        started.await();
        ShutdownReport report = loop.shutdown(Duration.ofSeconds(20));
        loop.close();
        for (CompletableFuture<Void> asker : askers) {
          loop.await(asker);
        }
        for (CompletionStage<?> stage : asked) {
          loop.await(stage.handle((value, error) -> null));
        }
        assertEquals(0, report.operationsAbandoned());
        assertEquals(0, report.buffersOutstanding());
        assertEquals(1, recorder.closes);
        assertTrue(socket.isConnected());
      }
      if (round == 0) {
        before = Peers.openDescriptors();
      }
    }
    assertEquals(before, Peers.openDescriptors());
  }

  @Test
  void whatTheLastTaskOfALoopAsksForIsAnswered() throws Exception {
    // The first round opens what the virtual machine keeps.
    askInTheLastTask();
    int before = Peers.openDescriptors();
    askInTheLastTask();
    assertEquals(before, Peers.openDescriptors());
  }

  /** A task that gives itself to the loop again until the loop takes no more: it is the last. */
  private static void askInTheLastTask() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      server.bind(Peers.anyPort());
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
      LoopFixture loop = LoopFixture.start(o -> o.taskBudget(1));
      CompletableFuture<CompletionStage<StreamConnection>> connect = new CompletableFuture<>();
      CompletableFuture<CompletionStage<Void>> bind = new CompletableFuture<>();
      loop.proactor()
          .execute(
              new Runnable() {
                @Override
                public void run() {
                  try {
                    loop.proactor().execute(this);
                  } catch (RejectedExecutionException e) {
                    connect.complete(
                        TcpConnector.connect(
                            loop.proactor(),
                            address,
                            Duration.ofSeconds(30),
                            ConnectionOptions.defaults(),
                            accepted -> new Recorder().accept(accepted)));
                    bind.complete(bindAndClose(loop));
                  }
                }
              });
      ShutdownReport report = loop.shutdown(Duration.ofSeconds(20));
      loop.close();
      loop.await(loop.await(connect).handle((connection, error) -> null));
      loop.await(loop.await(bind).handle((none, error) -> null));
      assertEquals(0, report.operationsAbandoned());
      assertEquals(0, report.buffersOutstanding());
    }
  }

  private static CompletionStage<Void> bindAndClose(LoopFixture loop) {
    try {
      return Peers.listen(loop, connection -> new Recorder().accept(connection)).close();
    } catch (IOException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  @Test
  void hundredsOfConnectionsLeaveNoDescriptorBehind() throws Exception {
    int before = -1;
    for (int round = 0; round < 4; round++) {
      try (LoopFixture loop = LoopFixture.start()) {
        StreamListener listener = Peers.listen(loop, connection -> new Echo().accept(connection));
        List<CompletableFuture<Integer>> peers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
          int number = i;
          peers.add(
              Peers.start(
                  () -> {
                    try (Socket socket = Peers.connect(listener)) {
                      socket.getOutputStream().write(number);
                      int echo = socket.getInputStream().read();
                      if (number % 3 == 0) {
                        Peers.reset(socket);
                      }
                      return echo;
                    }
                  }));
        }
        for (int i = 0; i < 200; i++) {
          assertEquals(i, loop.await(peers.get(i)));
        }
      }
      if (before < 0) {
        before = Peers.openDescriptors();
      }
    }
    assertEquals(before, Peers.openDescriptors());
  }
}
