package millrace.proactor.simulation.scenario;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import millrace.proactor.OperationChain;
import millrace.proactor.OperationHandler;
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
final class ChainScenario implements Scenario, OperationHandler {

  private static final String SOURCE = "/chain-source";
  private static final String TARGET = "/chain-target";
  private static final int MOST_PIECES = 40;
  private static final int PIECE_BYTES = 512;
  private static final int MOST_ATTEMPTS = 4;
  private static final int BAD_DESCRIPTOR = 1_000_000;
  private static final long LATEST_SHUTDOWN_NANOS = 10_000_000;
  private static final long LONGEST_DEADLINE_NANOS = 2_000_000;
  private static final long LATEST_CANCEL_NANOS = 1_000_000;
  private static final long RETRY_NANOS = 10_000;
  private static final Set<Integer> REASONS =
      Set.of(Errno.EIO, Errno.ENOSPC, Errno.ETIME, Errno.ECANCELED, Errno.EINTR);

  private enum Step {
    READ,
    WRITE,
    SYNC,
    /** Of a descriptor that is none. */
    FAIL
  }

  /** A member, and what it is allowed to end with. */
  private static final class Member {
    private final Attempt attempt;
    private final Step step;
    private long operation;
    private boolean hard;
    private boolean deadline;
    private boolean cancelled;
    private boolean completed;
    private int result;

    Member(Attempt attempt, Step step) {
      this.attempt = attempt;
      this.step = step;
    }

    /** Whether what follows must not begin; said without the proactor's own rule. */
    boolean breaks() {
      boolean transfer = step == Step.READ || step == Step.WRITE;
      return !hard && (result < 0 || (transfer && result != PIECE_BYTES));
    }
  }

  /** One chain. */
  private static final class Attempt {
    private final int piece;
    private final int number;
    private final BufferSlice buffer;
    private byte[] before;
    private int begun;
    private Member[] members = new Member[0];
    private int completed;

    Attempt(int piece, int number, BufferSlice buffer) {
      this.piece = piece;
      this.number = number;
      this.buffer = buffer;
    }
  }

  private final Pattern pattern = new Pattern(17);

  /** Attempts for which there was no slot or buffer. */
  private final ArrayDeque<Runnable> refused = new ArrayDeque<>();

  private Simulation simulation;
  private SplittableRandom random;
  private int source = -1;
  private int target = -1;
  private int pieces;

  /** When each piece was synced; 0: it is not known to be. Attempts and failures are the clock. */
  private int[] synced;

  private int clock;
  private int lastFailure;
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
    synced = new int[pieces];
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
    Attempt attempt = new Attempt(piece, number, buffer);
    attempt.before = region(piece);
    attempt.begun = ++clock;
    if (submit(attempt)) {
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

  private boolean submit(Attempt attempt) {
    int failAt = random.nextInt(16);
    try (OperationChain chain = operations().beginChain(Step.values().length)) {
      for (Step step : new Step[] {Step.READ, Step.WRITE, Step.SYNC}) {
        if (failAt == attempt.members.length) {
          add(chain, attempt, Step.FAIL);
        }
        add(chain, attempt, step);
      }
      // Now and then it is given up instead, and tried again.
      return random.nextInt(10) > 0 && chain.submit();
    }
  }

  private void add(OperationChain chain, Attempt attempt, Step step) {
    Member member = new Member(attempt, step);
    // Behind a read that goes wrong nothing sensible is written.
    member.hard = step != Step.READ && step != Step.FAIL && random.nextInt(6) == 0;
    member.deadline = step != Step.SYNC && random.nextInt(8) == 0;
    long nanos =
        member.deadline ? random.nextLong(1, LONGEST_DEADLINE_NANOS) : Operations.NO_TIMEOUT;
    Operations by = member.hard ? chain.hardLink() : chain.link();
    long position = (long) attempt.piece * PIECE_BYTES;
    int context = attempt.members.length;
    BufferSlice buffer = attempt.buffer;
    member.operation =
        switch (step) {
          case READ -> by.read(source, buffer, position, nanos, this, context, member);
          case WRITE -> by.write(target, buffer, position, nanos, this, context, member);
          case SYNC -> by.sync(target, false, this, context, member);
          case FAIL -> by.read(BAD_DESCRIPTOR, buffer, 0, nanos, this, context, member);
        };
    attempt.members = Arrays.copyOf(attempt.members, context + 1);
    attempt.members[context] = member;
  }

  private void planCancel(Attempt attempt) {
    if (random.nextInt(4) == 0) {
      Member member = attempt.members[random.nextInt(attempt.members.length)];
      simulation.after(
          random.nextLong(LATEST_CANCEL_NANOS),
          () -> {
            if (!member.completed && !shutdown) {
              give(() -> cancel(member));
            }
          });
    }
  }

  private void cancel(Member member) {
    member.cancelled |= !member.completed;
    operations().cancel(member.operation);
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    Member member = (Member) attachment;
    Attempt attempt = member.attempt;
    if (member.completed || context != attempt.completed) {
      simulation.violated("member " + context + " has ended twice or out of order");
      return;
    }
    member.completed = true;
    member.result = result;
    check(attempt, member, (int) context);
    if (member.step == Step.SYNC && result == -Errno.EIO) {
      syncFailed(attempt);
    }
    attempt.completed++;
    if (attempt.completed == attempt.members.length) {
      ended(attempt);
    }
  }

  /** It may have lost what others wrote meanwhile, and theirs was told that all is well. */
  private void syncFailed(Attempt attempt) {
    lastFailure = ++clock;
    for (int piece = 0; piece < pieces; piece++) {
      synced[piece] = synced[piece] > attempt.begun ? 0 : synced[piece];
    }
  }

  private void check(Attempt attempt, Member member, int index) {
    boolean broken = false;
    for (int before = 0; before < index; before++) {
      Member one = attempt.members[before];
      broken = one.breaks() || (broken && one.result == -Errno.ECANCELED);
    }
    if (broken) {
      if (member.result != -Errno.ECANCELED) {
        simulation.violated(
            member.step + " behind a failed member has ended with " + member.result);
      }
      return;
    }
    int errno = -member.result;
    boolean reason =
        member.step == Step.FAIL
            ? errno == Errno.EBADF || (errno == Errno.ECANCELED && isAllowed(member, errno))
            : errno <= 0 || (REASONS.contains(errno) && isAllowed(member, errno));
    if (!reason) {
      simulation.violated(
          member.step + " of a chain has ended with " + member.result + " without cause");
    }
  }

  private boolean isAllowed(Member member, int errno) {
    if (errno == Errno.ETIME) {
      return member.deadline;
    }
    boolean interrupted = errno == Errno.ECANCELED || errno == Errno.EINTR;
    return !interrupted || member.cancelled || shutdown;
  }

  private void ended(Attempt attempt) {
    underWay--;
    int written = checkWritten(attempt);
    Member last = attempt.members[attempt.members.length - 1];
    boolean done = written == PIECE_BYTES && last.result == 0;
    if (done && attempt.begun > lastFailure) {
      synced[attempt.piece] = ++clock;
    }
    if (!done && attempt.number < MOST_ATTEMPTS) {
      attempt(attempt.piece, attempt.number + 1);
    } else {
      piecesLeft--;
      end();
    }
    retryRefused();
  }

  /** What the file shows is what the write has told; nothing, if the write had not begun. */
  private int checkWritten(Attempt attempt) {
    int written = 0;
    boolean begun = true;
    for (Member member : attempt.members) {
      if (member.step == Step.WRITE) {
        written = Math.max(0, member.result);
        break;
      }
      begun &= !member.breaks();
    }
    byte[] now = region(attempt.piece);
    byte[] copied = pattern.bytes((long) attempt.piece * PIECE_BYTES, PIECE_BYTES);
    boolean head = Arrays.equals(now, 0, written, copied, 0, written);
    boolean tail = Arrays.equals(now, written, PIECE_BYTES, attempt.before, written, PIECE_BYTES);
    if (!head || (!begun && !tail)) {
      simulation.violated(
          "piece " + attempt.piece + " is not what its chain has written: " + written);
    }
    return written;
  }

  private byte[] region(int piece) {
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
      byte[] copied = pattern.bytes((long) piece * PIECE_BYTES, PIECE_BYTES);
      if (synced[piece] > 0 && !Arrays.equals(copied, region(piece))) {
        run.violated("piece " + piece + " was synced, and is lost");
      }
    }
  }
}
