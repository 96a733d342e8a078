package millrace.proactor.simulation.scenario;

import java.util.Arrays;
import java.util.SplittableRandom;
import millrace.proactor.OperationChain;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.simulation.Simulation;
import millrace.proactor.simulation.scenario.ChainMember.Step;
import millrace.uring.Errno;

/**
 * One chain that copies one piece: a read, a write and a sync, and at times a member that fails.
 * They end in their order, and what stands behind a failed one has done nothing.
 */
final class ChainAttempt implements OperationHandler {

  private static final int BAD_DESCRIPTOR = 1_000_000;
  private static final long LONGEST_DEADLINE_NANOS = 2_000_000;

  private final ChainScenario scenario;
  private final Simulation simulation;
  private final SplittableRandom random;
  private final int piece;
  private final int number;
  private final BufferSlice buffer;
  private final byte[] before;
  private final int begun;
  private ChainMember[] members = new ChainMember[0];
  private int completed;

  /**
   * @param number the how manieth for this piece
   * @param buffer of a piece's length; stays the caller's
   * @param begun when, as {@link SyncedPieces} has it
   */
  ChainAttempt(ChainScenario scenario, int piece, int number, BufferSlice buffer, int begun) {
    this.scenario = scenario;
    this.simulation = scenario.simulation();
    this.random = simulation.random();
    this.piece = piece;
    this.number = number;
    this.buffer = buffer;
    this.before = scenario.region(piece);
    this.begun = begun;
  }

  int piece() {
    return piece;
  }

  int number() {
    return number;
  }

  int begun() {
    return begun;
  }

  /** False: it was refused, or was given up, as happens now and then. */
  boolean submit() {
    int failAt = random.nextInt(16);
    try (OperationChain chain = operations().beginChain(Step.values().length)) {
      for (Step step : new Step[] {Step.READ, Step.WRITE, Step.SYNC}) {
        if (failAt == members.length) {
          add(chain, Step.FAIL);
        }
        add(chain, step);
      }
      return random.nextInt(10) > 0 && chain.submit();
    }
  }

  private Operations operations() {
    return simulation.proactor().operations();
  }

  private void add(OperationChain chain, Step step) {
    // Behind a read that goes wrong nothing sensible is written.
    boolean hard = step != Step.READ && step != Step.FAIL && random.nextInt(6) == 0;
    boolean deadline = step != Step.SYNC && random.nextInt(8) == 0;
    ChainMember member = new ChainMember(step, hard, deadline, ChainScenario.PIECE_BYTES);
    long nanos = deadline ? random.nextLong(1, LONGEST_DEADLINE_NANOS) : Operations.NO_TIMEOUT;
    Operations by = hard ? chain.hardLink() : chain.link();
    int context = members.length;
    long position = (long) piece * ChainScenario.PIECE_BYTES;
    int source = scenario.source();
    int target = scenario.target();
    member.operation =
        switch (step) {
          case READ -> by.read(source, buffer, position, nanos, this, context, member);
          case WRITE -> by.write(target, buffer, position, nanos, this, context, member);
          case SYNC -> by.sync(target, false, this, context, member);
          case FAIL -> by.read(BAD_DESCRIPTOR, buffer, 0, nanos, this, context, member);
        };
    members = Arrays.copyOf(members, context + 1);
    members[context] = member;
  }

  ChainMember anyMember() {
    return members[random.nextInt(members.length)];
  }

  void cancel(ChainMember member) {
    member.cancelled |= !member.completed;
    operations().cancel(member.operation);
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    ChainMember member = (ChainMember) attachment;
    if (member.completed || context != completed) {
      simulation.violated("member " + context + " has ended twice or out of order");
      return;
    }
    member.completed = true;
    member.result = result;
    check(member, (int) context);
    if (member.step == Step.SYNC) {
      scenario.synced(this, result);
    }
    completed++;
    if (completed == members.length) {
      scenario.ended(this, checkWritten() == ChainScenario.PIECE_BYTES && result == 0);
    }
  }

  private void check(ChainMember member, int index) {
    if (isBrokenBefore(index)) {
      if (member.result != -Errno.ECANCELED) {
        simulation.violated(
            member.step + " behind a failed member has ended with " + member.result);
      }
    } else if (!member.hasCause(scenario.isShutdown())) {
      simulation.violated(
          member.step + " of a chain has ended with " + member.result + " without cause");
    }
  }

  private boolean isBrokenBefore(int index) {
    boolean broken = false;
    for (int each = 0; each < index; each++) {
      ChainMember one = members[each];
      broken = one.breaks() || (broken && one.result == -Errno.ECANCELED);
    }
    return broken;
  }

  /** What the file shows is what the write has told; nothing, if the write had not begun. */
  private int checkWritten() {
    int length = ChainScenario.PIECE_BYTES;
    int written = 0;
    boolean begunToWrite = true;
    for (ChainMember member : members) {
      if (member.step == Step.WRITE) {
        written = Math.max(0, member.result);
        break;
      }
      begunToWrite &= !member.breaks();
    }
    byte[] now = scenario.region(piece);
    boolean head = Arrays.equals(now, 0, written, scenario.content(piece), 0, written);
    boolean tail = Arrays.equals(now, written, length, before, written, length);
    if (!head || (!begunToWrite && !tail)) {
      simulation.violated("piece " + piece + " is not what its chain has written: " + written);
    }
    return written;
  }
}
