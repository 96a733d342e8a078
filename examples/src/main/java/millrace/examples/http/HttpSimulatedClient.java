package millrace.examples.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import millrace.proactor.simulation.PeerHandler;
import millrace.proactor.simulation.SimulatedPeer;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/**
 * A client that sends requests, byte by byte if chance wants it, and compares each response with
 * the file it asked for. Requests and responses are in the same order.
 */
final class HttpSimulatedClient implements PeerHandler {
  private static final int MOST_REQUESTS = 8;
  private static final int HEAD_LIMIT_BYTES = 4096;
  private static final int MISSING = -1;
  private static final String HEAD_END = "\r\n\r\n";

  private final Simulation simulation;
  private final List<byte[]> files;
  private final Runnable over;
  private final SplittableRandom random;
  private final ArrayDeque<Integer> expected = new ArrayDeque<>();
  private final ByteArrayOutputStream input = new ByteArrayOutputStream();
  private SimulatedPeer peer;
  private byte[] output;
  private int outputSent;

  /** Size of the response that is coming, once its head is known. */
  private int neededBytes;

  private boolean ended;
  private boolean told;
  private boolean connectionCloses;
  private int errno;

  HttpSimulatedClient(Simulation simulation, List<byte[]> files, Runnable over) {
    this.simulation = simulation;
    this.files = files;
    this.over = over;
    this.random = simulation.random().split();
  }

  @Override
  public void connected(SimulatedPeer connected) {
    peer = connected;
    if (random.nextInt(3) == 0) {
      peer.setReadRate(random.nextInt(128, 8192), random.nextLong(1_000_000));
    }
    StringBuilder requests = new StringBuilder();
    for (int left = random.nextInt(1, MOST_REQUESTS); left > 0; left--) {
      int file = random.nextInt(8) == 0 ? MISSING : random.nextInt(files.size());
      expected.add(file);
      requests.append("GET /").append(file == MISSING ? "none" : file + ".bin");
      requests.append(" HTTP/1.1\r\nHost: simulated\r\n");
      requests.append(left == 1 ? "Connection: close\r\n\r\n" : "\r\n");
    }
    output = requests.toString().getBytes(StandardCharsets.US_ASCII);
    sendSome();
  }

  private void sendSome() {
    if (errno != 0 || ended) {
      return;
    }
    int count = Math.min(output.length - outputSent, random.nextInt(1, 400));
    peer.write(Arrays.copyOfRange(output, outputSent, outputSent + count));
    outputSent += count;
    if (outputSent < output.length) {
      simulation.after(random.nextLong(300_000), this::sendSome);
    }
  }

  @Override
  public void received(SimulatedPeer from, byte[] data) {
    input.writeBytes(data);
    while (takeResponse()) {}
  }

  /** Takes one whole response out of the input; false when there is none yet. */
  private boolean takeResponse() {
    if (input.size() < neededBytes) {
      return false;
    }
    byte[] bytes = input.toByteArray();
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int headEnd = text.indexOf(HEAD_END);
    if (headEnd < 0) {
      if (bytes.length > HEAD_LIMIT_BYTES) {
        simulation.violated("a response head without an end");
      }
      return false;
    }
    String head = text.substring(0, headEnd).toLowerCase(Locale.ROOT);
    int length = contentLength(head);
    int bodyStart = headEnd + HEAD_END.length();
    neededBytes = bodyStart + length;
    if (bytes.length < neededBytes) {
      return false;
    }
    neededBytes = 0;
    checkResponse(head, Arrays.copyOfRange(bytes, bodyStart, bodyStart + length));
    input.reset();
    input.write(bytes, bodyStart + length, bytes.length - bodyStart - length);
    return true;
  }

  private static int contentLength(String head) {
    for (String line : head.split("\r\n", -1)) {
      if (line.startsWith("content-length:")) {
        return Integer.parseInt(line.substring("content-length:".length()).strip());
      }
    }
    return 0;
  }

  private void checkResponse(String head, byte[] body) {
    if (expected.isEmpty()) {
      simulation.violated("a response that nobody asked for: " + head);
      return;
    }
    int file = expected.poll();
    connectionCloses |= head.contains("connection: close");
    int status = Integer.parseInt(head.substring(9, 12));
    boolean right =
        file == MISSING ? status == 404 : status == 200 && Arrays.equals(body, files.get(file));
    // Injected disk errors, and limits of descriptors, operations and memory.
    boolean excused = status == 500 || status == 503;
    if (!right && !excused) {
      simulation.violated("a wrong response for " + file + ": " + head);
    }
  }

  @Override
  public void ended(SimulatedPeer from) {
    ended = true;
    peer.finish();
    tellOnce();
  }

  @Override
  public void failed(SimulatedPeer from, int newErrno) {
    errno = newErrno;
    simulation.note("client failed " + Errno.name(errno));
    tellOnce();
  }

  private void tellOnce() {
    if (!told) {
      told = true;
      over.run();
    }
  }

  /** After the end: an orderly one came after the last response, or after one that announced it. */
  void check() {
    if (!ended && errno == 0) {
      simulation.violated("a client that was never answered: " + expected.size() + " left");
    }
    boolean complete = expected.isEmpty() || connectionCloses;
    if (ended && errno == 0 && (!complete || input.size() > 0)) {
      simulation.violated(
          "the end came with "
              + expected.size()
              + " responses missing, "
              + input.size()
              + " bytes");
    }
  }
}
