package millrace.proactor.net;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorMetrics;
import millrace.timers.Timer;

/** An echo server in a process of its own, as the limit of descriptors is a process's. */
final class DescriptorLimitServer {

  private DescriptorLimitServer() {}

  /**
   * Prints the port; for each line of input the failed accepts, fired timers, closed connections.
   */
  public static void main(String[] arguments) throws Exception {
    try (Proactor proactor = Proactor.start()) {
      InetSocketAddress any = Peers.anyPort();
      TcpListener listener =
          TcpListener.bind(
              proactor,
              any,
              TcpListenerOptions.defaults(),
              connection -> (from, data) -> from.write(data.retain()));
      // A virtual machine without descriptors cannot load classes: a timer is needed later.
      proactor.execute(() -> proactor.startTimer(Timer.of((timer, now) -> {}), 1));
      System.out.println(listener.localAddress().getPort());
      BufferedReader input =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      while (input.readLine() != null) {
        ProactorMetrics metrics = proactor.metrics();
        System.out.println(
            metrics.acceptFailures()
                + " "
                + metrics.timersFired()
                + " "
                + metrics.connectionsClosed());
      }
    }
    System.out.println("ended");
  }
}
