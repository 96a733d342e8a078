package millrace.proactor.simulation.scenario;

import java.util.SplittableRandom;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/** What one pipe carries, and what both of its ends have been told. */
final class PipeTransfer {

  private static final int STILL_OPEN = -1;
  private static final int LEAST_EXPONENT = 8;
  private static final int LARGEST_EXPONENT = 18;
  private static final int MOST_PIECES = 128;

  private final Simulation simulation;
  private final Pattern pattern;
  private final int totalBytes;
  private final PipeBuffers buffers;
  private final Runnable over;

  private long given;
  private long taken;
  private boolean takenIsExact;
  private long received;
  private boolean endSeen;
  private boolean writerEnding;
  private boolean readerEnding;
  private boolean readerClosed;
  private int writerErrno = STILL_OPEN;

  /**
   * @param over called when both ends are closed
   */
  PipeTransfer(Simulation simulation, int number, PipeBuffers buffers, Runnable over) {
    this.simulation = simulation;
    this.pattern = new Pattern(number);
    this.totalBytes = random().nextInt(1 << random().nextInt(LEAST_EXPONENT, LARGEST_EXPONENT));
    this.buffers = buffers;
    this.over = over;
  }

  Simulation simulation() {
    return simulation;
  }

  SplittableRandom random() {
    return simulation.random();
  }

  PipeBuffers buffers() {
    return buffers;
  }

  /** A size of what is transferred at a time; not too small for all that there is. */
  int pieceBytes() {
    return Math.max(leastBytes(), random().nextInt(1, buffers.queueLimitBytes()));
  }

  int readBytes() {
    return buffers.readBytes(leastBytes());
  }

  private int leastBytes() {
    return 1 + totalBytes / MOST_PIECES;
  }

  long leftBytes(long position) {
    return totalBytes - position;
  }

  /** Bytes that nobody has given to the pipe yet. */
  long leftBytes() {
    return leftBytes(given);
  }

  long givenBytes() {
    return given;
  }

  long takenBytes() {
    return taken;
  }

  /** The bytes from {@code position} on, which are given to the pipe now. */
  byte[] give(long position, int length) {
    given = Math.max(given, position + length);
    return pattern.bytes(position, length);
  }

  /** The kernel has taken all up to {@code position}. */
  void taken(long position) {
    taken = Math.max(taken, position);
  }

  /** Nothing more is taken than what was told. */
  void takenIsExact() {
    takenIsExact = true;
  }

  void received(byte[] bytes) {
    long wrong = pattern.difference(bytes, received);
    if (wrong >= 0) {
      simulation.violated("a wrong byte came out of a pipe at " + wrong);
    }
    received += bytes.length;
    if (received > given) {
      simulation.violated(received + " bytes came out of a pipe of " + given + " written");
    }
  }

  boolean contains(byte[] bytes, long position) {
    return pattern.difference(bytes, position) < 0;
  }

  long receivedBytes() {
    return received;
  }

  void endSeen() {
    if (endSeen) {
      simulation.violated("the end of a pipe was told twice");
    }
    if (!writerEnding && !simulation.isEnded()) {
      simulation.violated("the end of a pipe was told, which was not closed");
    }
    endSeen = true;
  }

  void writerEnds() {
    writerEnding = true;
  }

  void readerEnds() {
    readerEnding = true;
  }

  /** Whether a writer may be told EPIPE. */
  boolean isBroken() {
    return readerEnding || simulation.isEnded();
  }

  void readerClosed() {
    if (readerClosed) {
      simulation.violated("the reading end of a pipe was told twice that it is closed");
    }
    readerClosed = true;
    closed();
  }

  void writerClosed(int errno) {
    if (writerErrno != STILL_OPEN) {
      simulation.violated("the writing end of a pipe was told twice that it is closed");
    }
    writerErrno = errno;
    closed();
  }

  private void closed() {
    if (readerClosed && writerErrno != STILL_OPEN) {
      over.run();
    }
  }

  /**
   * @param shutdown whether the loop was ended before its time
   */
  void check(boolean shutdown) {
    if (endSeen) {
      boolean whole = writerErrno != 0 || received == given;
      boolean exact = !takenIsExact || received == taken;
      if (!whole || !exact || received < taken) {
        simulation.violated(
            received
                + " bytes before the end of a pipe of "
                + taken
                + " taken and "
                + given
                + " given; its writer ended with "
                + Errno.name(writerErrno));
      }
    }
    if (shutdown) {
      return;
    }
    if (!readerClosed || writerErrno == STILL_OPEN) {
      simulation.violated("an end of a pipe was not told that it is closed");
    }
    if (writerErrno == 0 && endSeen && received != totalBytes) {
      simulation.violated(received + " of " + totalBytes + " bytes came out of a pipe");
    }
  }
}
