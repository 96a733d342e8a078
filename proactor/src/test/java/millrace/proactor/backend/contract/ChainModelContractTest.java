package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Random chains, with random cancels by the loop and by handlers, against a model: how a member may
 * end, given how it was asked for, what was cancelled, and how the one before it has ended.
 */
@BackendContract
class ChainModelContractTest extends ChainContract {

  private static final int STEPS = 120;
  private static final int MOST_CHAINS = 60;
  private static final int MOST_MEMBERS = 6;

  /** Of the submission queue, of which a deadline takes one more. */
  private static final int MOST_ENTRIES = 8;

  private static final String DATA = "abcd";
  private static final int NOT_WRITTEN = -1;

  /** A member as it was asked for, and whether its end was asked for meanwhile. */
  private static final class Member {
    private final Operation operation;
    private final long token;
    private final OperationKind kind;
    private final int descriptor;
    private final boolean hard;
    private final boolean deadline;
    private final boolean all;
    private final int offset;
    private boolean cancelled;

    Member(Operation operation, int offset) {
      this.operation = operation;
      this.token = operation.token();
      this.kind = operation.kind;
      this.descriptor = operation.descriptor;
      this.hard = operation.hardLink;
      this.deadline = operation.timeoutNanos > 0;
      this.all =
          kind == OperationKind.READ
              || kind == OperationKind.WRITE
              || (kind != OperationKind.POLL && operation.operationFlags == Libc.MSG_WAITALL);
      this.offset = offset;
      this.cancelled = operation.cancelRequested;
    }

    boolean endsChain(int result) {
      boolean failed = result < 0 && !(kind == OperationKind.TIMEOUT && result == -Errno.ETIME);
      return !hard && (failed || (all && result < DATA.length()));
    }

    @Override
    public String toString() {
      return kind
          + (hard ? " hard" : "")
          + (deadline ? " deadline" : "")
          + (all ? " all" : "")
          + (cancelled ? " cancelled" : "");
    }
  }

  private final List<List<Member>> chains = new ArrayList<>();
  private final Map<Long, List<Member>> chainOf = new HashMap<>();
  private Random random;
  private int[] pipe;
  private int[] pair;
  private String path;
  private int file;
  private int written;

  @RepeatedTest(12)
  void chainsEndAsTheModelHasIt(RepetitionInfo repetition) throws Exception {
    random = new Random(repetition.getCurrentRepetition());
    pipe = peers.pipe();
    pair = peers.connection();
    path = path("written");
    file = open(path);
    fixture.onCompletion(this::handlerActs);
    for (int step = 0; step < STEPS; step++) {
      act();
    }
    fixture.onCompletion(token -> {});
    cancelAll();
    fixture.turnUntil("the end of all after one cancel", () -> fixture.table.inFlight() == 0);
    String content = content(path);
    for (List<Member> chain : chains) {
      check(chain, content);
    }
    close(file);
  }

  private void act() throws Exception {
    switch (random.nextInt(6)) {
      case 0, 1 -> submitSome();
      case 2 -> cancelSome();
      case 3 -> sendSome();
      default ->
          fixture.turn(random.nextInt(3) == 0 ? MILLISECOND_NANOS : 0, random.nextInt(1, 20));
    }
  }

  private void handlerActs(long token) {
    List<Member> chain = chainOf.get(token);
    int choice = random.nextInt(10);
    if (choice == 0) {
      submitSome();
    } else if (choice == 1 && chain != null) {
      cancel(chain.get(random.nextInt(chain.size())));
    } else if (choice == 2) {
      cancelSome();
    }
  }

  private void sendSome() {
    if (random.nextBoolean()) {
      peers.write(pipe[1], "x");
    } else {
      assertEquals(2, peers.surroundings.send(pair[1], Peers.slice("yz"), Libc.MSG_DONTWAIT));
    }
  }

  private void submitSome() {
    if (chains.size() == MOST_CHAINS || fixture.table.inFlight() > 180) {
      return;
    }
    List<Member> chain = new ArrayList<>();
    int most = random.nextInt(2, MOST_MEMBERS + 1);
    int entries = 0;
    while (chain.size() < most && entries + 2 <= MOST_ENTRIES) {
      Member member = member();
      chain.add(member);
      chainOf.put(member.token, chain);
      entries += member.deadline ? 2 : 1;
    }
    chains.add(chain);
    fixture.submitChain(chain.stream().map(member -> member.operation).toArray(Operation[]::new));
  }

  private Member member() {
    BufferSlice data = Peers.slice(DATA);
    int offset = NOT_WRITTEN;
    Operation operation =
        switch (random.nextInt(10)) {
          case 0 -> nop();
          case 1 -> failing();
          case 2 -> sync(random.nextInt(3) == 0 ? pipe[0] : file);
          case 3 -> pause(random.nextInt(3_000_000));
          case 4 -> maybeAll(transfer(OperationKind.RECEIVE, pair[0], data, 0));
          case 5 -> maybeAll(transfer(OperationKind.SEND, pair[0], data, 0));
          case 6 -> transfer(OperationKind.READ, pipe[0], data, -1);
          case 7 ->
              fixture.prepare(
                  OperationKind.POLL, pipe[0], poll -> poll.operationFlags = Libc.POLLIN);
          default -> {
            offset = written;
            written += DATA.length();
            yield write(file, DATA, offset);
          }
        };
    if (mayHaveDeadline(operation.kind) && random.nextInt(3) == 0) {
      deadline(operation, random.nextInt(1, 2_000_000));
    }
    operation.hardLink = random.nextInt(3) == 0;
    operation.cancelRequested = random.nextInt(12) == 0;
    return new Member(operation, offset);
  }

  private Operation maybeAll(Operation operation) {
    operation.operationFlags = random.nextBoolean() ? Libc.MSG_WAITALL : 0;
    return operation;
  }

  private static boolean mayHaveDeadline(OperationKind kind) {
    return switch (kind) {
      case NOP, SYNC, TIMEOUT -> false;
      default -> true;
    };
  }

  private void cancelSome() {
    if (chains.isEmpty()) {
      return;
    }
    switch (random.nextInt(8)) {
      case 0 -> cancelDescriptor(List.of(pipe[0], pair[0], file).get(random.nextInt(3)));
      case 1 -> {
        if (random.nextInt(10) == 0) {
          cancelAll();
        }
      }
      default -> {
        int latest = chains.size() - 1;
        List<Member> chain = chains.get(Math.max(0, latest - random.nextInt(10)));
        cancel(chain.get(random.nextInt(chain.size())));
      }
    }
  }

  private void cancel(Member member) {
    member.cancelled |= !fixture.hasEnded(member.token);
    fixture.cancel(member.token);
  }

  private void cancelDescriptor(int descriptor) {
    for (List<Member> chain : chains) {
      for (Member member : chain) {
        member.cancelled |= member.descriptor == descriptor && !fixture.hasEnded(member.token);
      }
    }
    fixture.backend.cancelDescriptor(descriptor);
  }

  private void cancelAll() {
    for (List<Member> chain : chains) {
      for (Member member : chain) {
        member.cancelled |= !fixture.hasEnded(member.token);
      }
    }
    fixture.backend.cancelAll();
  }

  private void check(List<Member> chain, String content) throws Exception {
    String ends = results(chain.stream().mapToLong(member -> member.token).toArray());
    boolean over = false;
    for (Member member : chain) {
      int result = fixture.last(member.token).result();
      boolean isWritten = member.offset != NOT_WRITTEN && content.startsWith(DATA, member.offset);
      assertEquals(
          isWritten,
          member.kind == OperationKind.WRITE && result == DATA.length(),
          () -> "what it has written and what it tells: " + member + " in " + chain + ": " + ends);
      assertTrue(
          over ? result == -Errno.ECANCELED : mayEndWith(member, result),
          () -> member + " in " + chain + ": " + ends);
      over |= member.endsChain(result);
    }
  }

  private boolean mayEndWith(Member member, int result) {
    if (result >= 0) {
      return member.kind != OperationKind.TIMEOUT;
    }
    return switch (Errno.name(-result)) {
      case "ECANCELED" -> member.cancelled;
      case "ETIME" -> member.deadline || member.kind == OperationKind.TIMEOUT;
      case "EBADF" -> member.kind == OperationKind.READ && member.descriptor != pipe[0];
      case "EINVAL" -> member.kind == OperationKind.SYNC && member.descriptor == pipe[0];
      default -> false;
    };
  }
}
