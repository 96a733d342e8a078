package millrace.benchmarks.jitter;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The load generator, against an echo server of this process. */
final class EchoLoad {
  private final List<String> command = new ArrayList<>();
  private final Process process;

  EchoLoad(JitterOptions options, int port) throws IOException {
    if (options.loadCpu() >= 0) {
      command.addAll(List.of("taskset", "--cpu-list", Integer.toString(options.loadCpu())));
    }
    double seconds = options.warmUpSeconds() + options.seconds();
    command.add(options.loadProgram().toString());
    command.addAll(List.of("-p", Integer.toString(port)));
    command.addAll(List.of("-P", Long.toString(ProcessHandle.current().pid())));
    command.addAll(List.of("-c", Integer.toString(options.connections())));
    command.addAll(List.of("-t", Double.toString(seconds)));
    process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }

  /** Waits for the end; returns the part of its requests that falls into the recorded time. */
  long recordedRequests(JitterOptions options) throws IOException, InterruptedException {
    List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("status " + status + " of " + String.join(" ", command));
    }
    for (String line : lines) {
      if (line.startsWith("requests ")) {
        double all = Long.parseLong(line, "requests ".length(), line.length(), 10);
        double part = options.seconds() / (options.warmUpSeconds() + options.seconds());
        return Math.round(all * part);
      }
    }
    throw new IOException("no requests among the load generator's figures: " + lines);
  }
}
