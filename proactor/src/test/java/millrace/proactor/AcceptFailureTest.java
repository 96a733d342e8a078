package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.timers.Timer;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** What a listener does when accept(2) fails. */
@OnEveryBackend
class AcceptFailureTest {

  private static final long REST_NANOS = Duration.ofMillis(100).toNanos();
  private static final int MANY_TURNS = 500;

  private static boolean accepts(Operation operation) {
    return operation.kind == OperationKind.ACCEPT
        || operation.kind == OperationKind.ACCEPT_MULTISHOT;
  }

  private static TcpListener listen(FaultyLoop loop) throws Exception {
    return TcpListener.bind(
        loop.proactor,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        TcpListenerOptions.defaults(),
        connection -> (c, data) -> c.write(data.retain()));
  }

  private static void assertServes(TcpListener listener) throws Exception {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort())) {
      socket.getOutputStream().write(7);
      assertEquals(7, socket.getInputStream().read());
    }
  }

  @Test
  void anErrnoThatNobodyKnowsMakesAcceptingRestAndNeverABusyLoop() throws Exception {
    for (int errno : List.of(Errno.EIO, Errno.ENOSYS, Errno.ENFILE, Errno.EOPNOTSUPP, 4000)) {
      try (FaultyLoop loop = new FaultyLoop(64)) {
        loop.backend.freezeClock();
        loop.backend.fail(errno, AcceptFailureTest::accepts);
        TcpListener listener = listen(loop);
        loop.turns(MANY_TURNS);
        assertEquals(1, loop.backend.failures(), Errno.name(errno));
        // A tick more, as the timer's wheel has those.
        loop.backend.advance(REST_NANOS + 2_000_000);
        loop.turns(MANY_TURNS);
        assertEquals(2, loop.backend.failures(), Errno.name(errno));
        loop.backend.fail(0, operation -> false);
        loop.backend.advance(REST_NANOS + 2_000_000);
        loop.turns(1);
        assertServes(listener);
        assertEquals(2, loop.proactor.metrics().acceptFailures());
      }
    }
  }

  @Test
  void anErrorOfOneConnectionDoesNotKeepTheOthersWaiting() throws Exception {
    int[] left = {3};
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.backend.freezeClock();
      loop.backend.fail(Errno.ECONNABORTED, operation -> accepts(operation) && left[0]-- > 0);
      TcpListener listener = listen(loop);
      assertServes(listener);
      assertEquals(3, loop.proactor.metrics().acceptFailures());
    }
  }

  @Test
  void aListenerRestsAlsoWhenTheApplicationHasStartedAllItsTimers() throws Exception {
    try (FaultyLoop loop = new FaultyLoop(64)) {
      loop.run(
          () -> {
            int started = 0;
            while (loop.proactor.startTimer(Timer.of((timer, now) -> {}), Long.MAX_VALUE / 4)) {
              started++;
            }
            assertEquals(128, started, "two for each operation");
          });
      loop.backend.freezeClock();
      loop.backend.fail(Errno.EMFILE, AcceptFailureTest::accepts);
      TcpListener listener = listen(loop);
      loop.turns(MANY_TURNS);
      assertEquals(1, loop.backend.failures());
      loop.backend.fail(0, operation -> false);
      loop.backend.advance(REST_NANOS + 2_000_000);
      loop.turns(1);
      assertServes(listener);
    }
  }

  @Test
  void aListenerThatIsClosingDoesNotRest() throws Exception {
    FaultyLoop loop = new FaultyLoop(64);
    loop.backend.fail(Errno.EMFILE, AcceptFailureTest::accepts);
    loop.run(
        () -> {
          try {
            // In one task: the accept fails when the listener is closing already.
            listen(loop).close();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    ShutdownReport report = FaultyLoop.await(loop.proactor.shutdown(Duration.ofSeconds(20)));
    assertEquals(1, loop.backend.failures());
    assertEquals(0, report.timersCancelled());
    loop.close();
  }

  @Test
  void aListeningSocketThatIsGoneEndsTheListenerAndIsReported() throws Exception {
    FaultyLoop loop = new FaultyLoop(64);
    loop.backend.fail(Errno.EINVAL, AcceptFailureTest::accepts);
    TcpListener listener = listen(loop);
    // Before somebody closes it: then it would be no failure.
    loop.turns(MANY_TURNS);
    FaultyLoop.await(listener.close());
    assertEquals(1, loop.backend.failures());
    assertEquals(1, loop.failures.size());
    assertTrue(
        loop.failures.get(0).getMessage().contains("listening has ended"),
        loop.failures.get(0).getMessage());
    loop.failures.clear();
    loop.close();
  }
}
