package millrace.benchmarks.jitter;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;

/** One round: a loop of its own, its timers, and the load if there is one. */
final class JitterRound {
  private final JitterOptions options;
  private final JitterFigure figure;

  JitterRound(JitterOptions options, JitterFigure figure) {
    this.options = options;
    this.figure = figure;
  }

  void run(int number) throws IOException, InterruptedException {
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    ProactorOptions loopOptions =
        ProactorOptions.builder()
            .timerPolicy(figure.policy())
            .maxTimers(options.timers())
            .failureHandler(failures::add)
            .build();
    double seconds;
    long waits;
    long requests = 0;
    try (Proactor proactor = Proactor.start(loopOptions)) {
      EchoLoad load = figure.echo() ? new EchoLoad(options, echoPort(proactor)) : null;
      proactor.execute(() -> startTimers(proactor, number));
      Thread.sleep(millis(options.warmUpSeconds()));
      long begin = System.nanoTime();
      long waitsBefore = proactor.metrics().waits();
      figure.record(true);
      Thread.sleep(millis(options.seconds()));
      figure.record(false);
      seconds = (System.nanoTime() - begin) * 1e-9;
      waits = proactor.metrics().waits() - waitsBefore;
      if (load != null) {
        requests = load.recordedRequests(options);
      }
    }
    if (!failures.isEmpty()) {
      // A timer that was refused is missing from the figures.
      throw new IllegalStateException(figure.label() + ": a handler failed", failures.get(0));
    }
    figure.add(seconds, waits, requests);
  }

  private static long millis(double seconds) {
    return Math.round(seconds * 1000);
  }

  private void startTimers(Proactor proactor, int number) {
    for (int timer = 0; timer < options.timers(); timer++) {
      new RestlessTimer(proactor, figure, number * 1_000_003L + timer, options).start();
    }
  }

  private static int echoPort(Proactor proactor) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    TcpListener listener =
        TcpListener.bind(
            proactor,
            address,
            TcpListenerOptions.defaults(),
            // One small message is under way on a connection: a write queue never fills.
            connection -> (echo, data) -> echo.write(data.retain()));
    return listener.localAddress().getPort();
  }
}
