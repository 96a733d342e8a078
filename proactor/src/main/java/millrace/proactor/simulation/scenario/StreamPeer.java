package millrace.proactor.simulation.scenario;

import java.util.SplittableRandom;
import millrace.proactor.simulation.PeerHandler;
import millrace.proactor.simulation.SimulatedPeer;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/**
 * A client that sends a pattern in pieces, finishes, and expects a pattern back; now and then it
 * does not read for a while, or goes away in the middle.
 */
final class StreamPeer implements PeerHandler {

  private static final int LARGEST_PIECE_BYTES = 4096;
  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  private final Simulation simulation;
  private final SplittableRandom random;
  private final Pattern sent;
  private final Pattern expected;
  private final long totalBytes;
  private final long expectedBytes;
  private final Runnable over;
  private SimulatedPeer peer;
  private long writtenBytes;
  private long receivedBytes;
  private int leavesAfterPieces = Integer.MAX_VALUE;
  private boolean left;
  private boolean finished;
  private boolean sawEnd;
  private int errno;

  StreamPeer(
      Simulation simulation,
      Pattern sent,
      long totalBytes,
      Pattern expected,
      long expectedBytes,
      Runnable over) {
    this.simulation = simulation;
    this.random = simulation.random().split();
    this.sent = sent;
    this.totalBytes = totalBytes;
    this.expected = expected;
    this.expectedBytes = expectedBytes;
    this.over = over;
  }

  /** Makes it one that goes away without a word after a few pieces. */
  StreamPeer leaving() {
    leavesAfterPieces = random.nextInt(6);
    return this;
  }

  /** Makes it one that reads a few bytes now and then. */
  StreamPeer slow(SimulatedPeer slowPeer, int bytes, long nanos) {
    slowPeer.setReadRate(bytes, nanos);
    return this;
  }

  SimulatedPeer peer() {
    return peer;
  }

  @Override
  public void connected(SimulatedPeer connected) {
    peer = connected;
    next();
  }

  private void next() {
    if (left || errno != 0) {
      return;
    }
    if (leavesAfterPieces-- == 0) {
      leave();
    } else if (writtenBytes < totalBytes) {
      int length =
          (int) Math.min(totalBytes - writtenBytes, random.nextInt(1, LARGEST_PIECE_BYTES));
      peer.write(sent.bytes(writtenBytes, length));
      writtenBytes += length;
      if (random.nextInt(8) == 0) {
        peer.pause();
        simulation.after(random.nextLong(LONGEST_PAUSE_NANOS), peer::resume);
      }
      simulation.after(random.nextLong(500_000), this::next);
    } else {
      finished = true;
      peer.finish();
    }
  }

  private void leave() {
    left = true;
    if (random.nextBoolean()) {
      peer.reset();
    } else {
      peer.close();
    }
    over.run();
  }

  @Override
  public void received(SimulatedPeer from, byte[] data) {
    long difference = expected.difference(data, receivedBytes);
    if (difference >= 0) {
      simulation.violated("a client received a wrong byte at " + difference);
    }
    receivedBytes += data.length;
    if (receivedBytes > expectedBytes) {
      simulation.violated("a client received " + receivedBytes + " of " + expectedBytes);
    }
  }

  @Override
  public void ended(SimulatedPeer from) {
    sawEnd = true;
    if (!finished) {
      finished = true;
      peer.finish();
    }
    over.run();
  }

  @Override
  public void failed(SimulatedPeer from, int newErrno) {
    errno = newErrno;
    simulation.note("client failed " + Errno.name(errno));
    if (!sawEnd) {
      over.run();
    }
  }

  /** What holds for every client whose run has ended. */
  void check() {
    if (hasOrderlyEnd() && receivedBytes != expectedBytes) {
      simulation.violated("an orderly end without all bytes: " + this);
    }
    if (isInnocent() && errno != 0) {
      simulation.violated("an error without cause: " + this);
    }
  }

  /** Whether it has sent all and had an orderly end: then it must have everything. */
  private boolean hasOrderlyEnd() {
    return sawEnd && !left && errno == 0 && writtenBytes == totalBytes;
  }

  /** Whether it did nothing that could end the connection before its time. */
  boolean isInnocent() {
    return !left && peer != null && !peer.wasResetByNetwork();
  }

  boolean wasConnected() {
    return peer != null;
  }

  boolean isOver() {
    return left || sawEnd || errno != 0;
  }

  long receivedBytes() {
    return receivedBytes;
  }

  int port() {
    return peer == null ? -1 : peer.localAddress().getPort();
  }

  @Override
  public String toString() {
    return "client at port "
        + port()
        + ", received "
        + receivedBytes
        + " of "
        + expectedBytes
        + ", sent "
        + writtenBytes
        + " of "
        + totalBytes
        + ", end="
        + sawEnd
        + ", left="
        + left
        + ", errno="
        + errno;
  }
}
