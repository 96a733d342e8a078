package millrace.benchmarks.echo;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of one round, as the load generator took them over the same span of time.
 *
 * @param requests messages that came back
 * @param nanos length of the round
 * @param serverCpuNanos CPU time of the server process, the kernel's count
 * @param serverQueuedNanos time that threads of the server were runnable and had no CPU
 * @param clientCpuNanos CPU time of the load generator
 * @param clientQueuedNanos time that the load generator was runnable and had no CPU
 * @param clientPolls how often the load generator polled; requests divided by it is the batch
 * @param latencyP50Nanos median of the latency, seen by the load generator
 * @param latencyP95Nanos 95th percentile
 * @param latencyP99Nanos 99th percentile
 * @param latencyMaxNanos the slowest
 */
record EchoRound(
    long requests,
    long nanos,
    long serverCpuNanos,
    long serverQueuedNanos,
    long clientCpuNanos,
    long clientQueuedNanos,
    long clientPolls,
    long latencyP50Nanos,
    long latencyP95Nanos,
    long latencyP99Nanos,
    long latencyMaxNanos) {

  static final String CSV_HEADER =
      "requests,nanos,server_cpu_nanos,server_queued_nanos,client_cpu_nanos,client_queued_nanos,"
          + "client_polls,latency_p50_nanos,latency_p95_nanos,latency_p99_nanos,latency_max_nanos";

  /** Reads the load generator's output: a name and a value in each line. */
  static EchoRound parse(List<String> lines) throws IOException {
    Map<String, Long> values = new HashMap<>();
    for (String line : lines) {
      int blank = line.indexOf(' ');
      values.put(line.substring(0, blank), Long.valueOf(line.substring(blank + 1)));
    }
    return new EchoRound(
        value(values, "requests"),
        value(values, "nanos"),
        value(values, "serverCpuNanos"),
        value(values, "serverQueuedNanos"),
        value(values, "clientCpuNanos"),
        value(values, "clientQueuedNanos"),
        value(values, "clientPolls"),
        value(values, "latencyP50Nanos"),
        value(values, "latencyP95Nanos"),
        value(values, "latencyP99Nanos"),
        value(values, "latencyMaxNanos"));
  }

  private static long value(Map<String, Long> values, String name) throws IOException {
    Long value = values.get(name);
    if (value == null) {
      throw new IOException("no " + name + " among the load generator's figures: " + values);
    }
    return value;
  }

  String csv() {
    return "%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d"
        .formatted(
            requests,
            nanos,
            serverCpuNanos,
            serverQueuedNanos,
            clientCpuNanos,
            clientQueuedNanos,
            clientPolls,
            latencyP50Nanos,
            latencyP95Nanos,
            latencyP99Nanos,
            latencyMaxNanos);
  }

  double requestsPerSecond() {
    return requests * 1e9 / nanos;
  }

  double serverCpuMicrosPerRequest() {
    return serverCpuNanos / 1e3 / requests;
  }

  double clientCpuMicrosPerRequest() {
    return clientCpuNanos / 1e3 / requests;
  }

  double serverBusyPercent() {
    return 100.0 * serverCpuNanos / nanos;
  }

  double clientBusyPercent() {
    return 100.0 * clientCpuNanos / nanos;
  }

  double requestsPerPoll() {
    return (double) requests / clientPolls;
  }

  /** How much of the round others on the machine took from either side. */
  double disturbedPercent() {
    return 100.0 * Math.max(serverQueuedNanos, clientQueuedNanos) / nanos;
  }
}
