package millrace.proactor.simulation.scenario;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import millrace.proactor.Operations;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * Copies a file piece by piece, each by a chain of a read, a write and a sync; with deadlines,
 * cancels at any position, and members that fail. What stands behind a failed member has done
 * nothing, members end in their order, and what was synced outlives a crash.
 */
final class ChainScenario implements Scenario {

  static final int PIECE_BYTES = 512;

  private static final String SOURCE = "/chain-source";
  private static final String TARGET = "/chain-target";
  private static final int MOST_PIECES = 40;
  private static final int MOST_ATTEMPTS = 4;
  private static final long LATEST_SHUTDOWN_NANOS = 10_000_000;
  private static final long LATEST_CANCEL_NANOS = 1_000_000;
  private static final long RETRY_NANOS = 10_000;

  private final Pattern pattern = new Pattern(17);

  /** Attempts for which there was no slot or buffer. */
  private final ArrayDeque<Runnable> refused = new ArrayDeque<>();

  private Simulation simulation;
  private SplittableRandom random;
  private int source = -1;
  private int target = -1;
  private int pieces;
  private SyncedPieces synced;
  private int piecesLeft;
  private int openFiles;
  private int underWay;
  private boolean shutdown;

  @Override
  public String name() {
    return "chains";
  }

  @Override
  public void start(Simulation newSimulation) {
    simulation = newSimulation;
    random = simulation.random();
    pieces = random.nextInt(1, MOST_PIECES);
    piecesLeft = pieces;
    synced = new SyncedPieces(pieces);
    simulation.files().write(Path.of(SOURCE), pattern.bytes(0, pieces * PIECE_BYTES));
    simulation.files().write(Path.of(TARGET), new byte[pieces * PIECE_BYTES]);
    open(SOURCE, Libc.O_RDONLY, 0);
    open(TARGET, Libc.O_RDWR, 1);
    if (random.nextInt(4) == 0) {
      simulation.after(random.nextLong(LATEST_SHUTDOWN_NANOS), this::shutdown);
    }
  }

  /** In the middle of it: what is in flight is cancelled, and nothing more is taken. */
  private void shutdown() {
    if (piecesLeft > 0) {
      shutdown = true;
      simulation.shutdown(Duration.ZERO);
    }
  }

  private Operations operations() {
    return simulation.proactor().operations();
  }

  private void open(String name, int flags, int which) {
    BufferSlice path = BufferSlice.copyOf((name + "\0").getBytes(StandardCharsets.UTF_8));
    operations().open(Libc.AT_FDCWD, path, flags, 0, this::opened, which, null);
    path.release();
  }

  private void opened(long which, Object attachment, int result, int flags) {
    openFiles++;
    if (which == 0) {
      source = result;
    } else {
      target = result;
    }
    if (openFiles < 2) {
      return;
    }
    if (source < 0 || target < 0) {
      piecesLeft = 0;
      end();
      return;
    }
    for (int piece = 0; piece < pieces; piece++) {
      attempt(piece, 1);
    }
  }

  private void attempt(int piece, int number) {
    if (shutdown) {
      return;
    }
    BufferSlice buffer = simulation.proactor().buffers().acquire(PIECE_BYTES);
    if (buffer == null) {
      later(piece, number);
      return;
    }
    buffer.range(0, PIECE_BYTES);
    ChainAttempt attempt = new ChainAttempt(this, piece, number, buffer, synced.begin());
    if (attempt.submit()) {
      underWay++;
      planCancel(attempt);
    } else {
      later(piece, number);
    }
    // The operations have references of their own.
    buffer.release();
  }

  /** When a chain that is under way has ended; if there is none, soon. */
  private void later(int piece, int number) {
    if (underWay > 0) {
      refused.add(() -> attempt(piece, number));
      return;
    }
    simulation.after(
        RETRY_NANOS,
        () -> {
          if (!shutdown && !give(() -> attempt(piece, number))) {
            later(piece, number);
          }
        });
  }

  private void retryRefused() {
    for (int count = refused.size(); count > 0; count--) {
      refused.remove().run();
    }
  }

  /** As another thread would do it; false when the queue of tasks is full. */
  private boolean give(Runnable task) {
    try {
      simulation.proactor().execute(task);
      return true;
    } catch (RejectedExecutionException full) {
      return false;
    }
  }

  private void planCancel(ChainAttempt attempt) {
    if (random.nextInt(4) == 0) {
      ChainMember member = attempt.anyMember();
      simulation.after(
          random.nextLong(LATEST_CANCEL_NANOS),
          () -> {
            if (!member.completed && !shutdown) {
              give(() -> attempt.cancel(member));
            }
          });
    }
  }

  /** The sync of an attempt has ended. */
  void synced(ChainAttempt attempt, int result) {
    if (result == -Errno.EIO) {
      synced.failed(attempt.begun());
    }
  }

  /**
   * @param done whether its piece is written and synced
   */
  void ended(ChainAttempt attempt, boolean done) {
    underWay--;
    if (done) {
      synced.succeeded(attempt.piece(), attempt.begun());
    }
    if (!done && attempt.number() < MOST_ATTEMPTS) {
      attempt(attempt.piece(), attempt.number() + 1);
    } else {
      piecesLeft--;
      end();
    }
    retryRefused();
  }

  Simulation simulation() {
    return simulation;
  }

  boolean isShutdown() {
    return shutdown;
  }

  /** The descriptor of the file to copy. */
  int source() {
    return source;
  }

  /** The descriptor of the copy. */
  int target() {
    return target;
  }

  /** What a piece of the copy is to be. */
  byte[] content(int piece) {
    return pattern.bytes((long) piece * PIECE_BYTES, PIECE_BYTES);
  }

  /** What it is now. */
  byte[] region(int piece) {
    int from = piece * PIECE_BYTES;
    return Arrays.copyOfRange(simulation.files().read(Path.of(TARGET)), from, from + PIECE_BYTES);
  }

  private void end() {
    if (piecesLeft > 0 || shutdown) {
      return;
    }
    simulation.note("all pieces are copied or given up");
    close(source);
    close(target);
    if (source < 0 && target < 0) {
      simulation.end();
    }
  }

  private void close(int descriptor) {
    if (descriptor >= 0) {
      operations().close(descriptor, this::closed, descriptor, null);
    }
  }

  private void closed(long descriptor, Object attachment, int result, int flags) {
    if (descriptor == source) {
      source = -1;
    } else {
      target = -1;
    }
    if (source < 0 && target < 0) {
      simulation.end();
    }
  }

  @Override
  public void release(Simulation run) {
    if (shutdown) {
      for (int descriptor : new int[] {source, target}) {
        if (descriptor >= 0) {
          run.closeDescriptor(descriptor);
        }
      }
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    if (underWay != 0) {
      run.violated(underWay + " chains did not complete");
    }
    run.files().crash();
    for (int piece = 0; piece < pieces; piece++) {
      if (synced.contains(piece) && !Arrays.equals(content(piece), region(piece))) {
        run.violated("piece " + piece + " was synced, and is lost");
      }
    }
  }
}
