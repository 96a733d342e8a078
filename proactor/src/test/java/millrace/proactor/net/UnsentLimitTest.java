package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.LoopFixture;
import millrace.proactor.backend.OnEveryBackend;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@OnEveryBackend
class UnsentLimitTest {

  private static int option(StreamConnection connection) {
    String text = connection.toString();
    int start = text.indexOf("fd=") + 3;
    int descriptor = Integer.parseInt(text, start, text.indexOf(',', start), 10);
    return Libc.getsockopt(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NOTSENT_LOWAT);
  }

  /** 0 stands for "as the machine is configured", and so it reads. */
  @ParameterizedTest
  @ValueSource(ints = {0, 16 * 1024, 128 * 1024})
  void acceptedAndConnectedSocketsHaveIt(int limitBytes) throws Exception {
    ConnectionOptions options = ConnectionOptions.defaults().withUnsentLimit(limitBytes);
    CompletableFuture<Integer> accepted = new CompletableFuture<>();
    try (LoopFixture loop = LoopFixture.start()) {
      TcpListener listener =
          TcpListener.bind(
              loop.proactor(),
              Peers.anyPort(),
              TcpListenerOptions.defaults().withConnection(options),
              connection -> {
                accepted.complete(option(connection));
                return new Recorder().accept(connection);
              });
      StreamConnection connected =
          loop.await(
              TcpConnector.connect(
                  loop.proactor(),
                  listener.localAddress(),
                  Duration.ZERO,
                  options,
                  new Recorder()::accept));

      assertEquals(limitBytes, loop.await(accepted));
      assertEquals(limitBytes, loop.call(() -> option(connected)));
    }
  }

  @Test
  void aNegativeLimitIsRefused() {
    ConnectionOptions options = ConnectionOptions.defaults();
    assertThrows(IllegalArgumentException.class, () -> options.withUnsentLimit(-1));
  }
}
