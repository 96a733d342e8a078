package millrace.benchmarks.echo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server in a JVM of its own, and both ends of the agreement with it: it prints its port when it
 * is ready, and ends when its standard input does, so that none outlives the comparison.
 */
final class ServerProcess implements AutoCloseable {

  private static final String ANNOUNCEMENT = "port ";
  private static final int END_SECONDS = 10;

  private final String label;
  private final Process process;
  private final int port;

  private ServerProcess(String label, Process process, int port) {
    this.label = label;
    this.process = process;
    this.port = port;
  }

  /** Called by the server: it listens. */
  static void announce(int port) {
    System.out.println(ANNOUNCEMENT + port);
  }

  /** Called by the server: returns when it is to end. */
  static void awaitEndOfInput() throws IOException {
    System.in.transferTo(OutputStream.nullOutputStream());
  }

  /** Starts a server and waits until it listens. */
  static ServerProcess start(String label, EchoServer server, EchoOptions options)
      throws IOException {
    List<String> command = new ArrayList<>(options.pinnedTo(options.serverCpu()));
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(options.jvmArguments());
    command.addAll(server.jvmArguments());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(server.mainClass().getName());
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line = output.readLine();
    if (line == null || !line.startsWith(ANNOUNCEMENT)) {
      process.destroyForcibly();
      throw new IOException("no port from " + String.join(" ", command) + ", but: " + line);
    }
    return new ServerProcess(
        label, process, Integer.parseInt(line, ANNOUNCEMENT.length(), line.length(), 10));
  }

  String label() {
    return label;
  }

  /** What became of the process, for the message of a failed round. */
  String state() {
    return process.isAlive()
        ? label + " (process " + process.pid() + ") is alive"
        : label + " (process " + process.pid() + ") ended with status " + process.exitValue();
  }

  long processId() {
    return process.pid();
  }

  int port() {
    return port;
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(label + " did not end within " + END_SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(state());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
