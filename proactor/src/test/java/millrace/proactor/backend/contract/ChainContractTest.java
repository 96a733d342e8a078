package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.FileStat;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Chains, the same on every backend: order, what ends one, and what it takes with it. */
@BackendContract
class ChainContractTest extends ChainContract {

  @Test
  void membersEndInTheirOrder() throws Exception {
    assertEquals("0 0 0 0", results(fixture.submitChain(nop(), nop(), nop(), nop())));
  }

  @Test
  void eachMemberSeesWhatTheOnesBeforeItHaveDone() throws Exception {
    String path = path("copied");
    int file = open(path);
    BufferSlice buffer = BufferSlice.unpooled(5);
    Operation read = transfer(OperationKind.READ, file, buffer, 0);
    Operation again = transfer(OperationKind.WRITE, file, buffer, 5);
    Operation close = fixture.prepare(OperationKind.CLOSE, file, operation -> {});
    assertEquals(
        "5 0 5 5 0",
        results(fixture.submitChain(write(file, "12345", 0), sync(file), read, again, close)));
    assertEquals("1234512345", content(path));
  }

  @Test
  void aFailureAtAnyPositionCancelsTheRest() throws Exception {
    for (int position = 0; position < LENGTH; position++) {
      assertEquals(
          expected(position, "EBADF", "ECANCELED"),
          results(fixture.submitChain(chainWith(position, failing()))));
    }
  }

  @Test
  void aHardLinkGoesOnBehindAFailureAtAnyPosition() throws Exception {
    for (int position = 0; position < LENGTH; position++) {
      assertEquals(
          expected(position, "EBADF", "0"),
          results(fixture.submitChain(chainWith(position, hard(failing())))));
    }
  }

  @Test
  void eachMemberDecidesForItselfHowHardItsLinkIs() throws Exception {
    assertEquals(
        "EBADF EBADF ECANCELED ECANCELED",
        results(fixture.submitChain(hard(failing()), failing(), hard(nop()), nop())));
  }

  @Test
  void cancelledMembersHaveDoneNothing() throws Exception {
    String path = path("untouched");
    int file = open(path);
    assertEquals(
        "EBADF ECANCELED ECANCELED",
        results(fixture.submitChain(failing(), write(file, "x", 0), sync(file))));
    close(file);
    assertEquals("", content(path));
  }

  @Test
  void aFailedSyncOrStatusCancelsTheRestToo() throws Exception {
    String path = path("held-back");
    int file = open(path);
    Stream stream = stream();
    long[] behindSync =
        fixture.submitChain(nop(), sync(stream.descriptor()), write(file, "x", 0), nop());
    String ended = results(behindSync);
    assertTrue(ended.matches("0 E\\w+ ECANCELED ECANCELED"), ended);
    BufferSlice memory = BufferSlice.unpooled(FileStat.BYTES);
    String missing = path("missing");
    Operation status =
        fixture.prepare(
            OperationKind.STATUS,
            Libc.AT_FDCWD,
            operation -> {
              operation.address = fixture.path(missing);
              operation.length = missing.length() + 1;
              operation.mode = Libc.STATX_BASIC_STATS;
              operation.secondBuffer = memory;
              operation.secondAddress = fixture.keep(memory).address();
            });
    assertEquals(
        "ENOENT ECANCELED ECANCELED",
        results(fixture.submitChain(status, write(file, "x", 0), nop())));
    Operation goesOn = hard(sync(stream.descriptor()));
    ended = results(fixture.submitChain(goesOn, write(file, "x", 0), nop()));
    assertTrue(ended.matches("E\\w+ 1 0"), ended);
    close(file);
    assertEquals("x", content(path));
  }

  @Test
  void whatFollowsAGoodSyncBeginsAndMayFollowSeveral() throws Exception {
    String path = path("synced");
    int file = open(path);
    assertEquals(
        "1 0 1 0 1 0",
        results(
            fixture.submitChain(
                write(file, "a", 0),
                sync(file),
                write(file, "b", 1),
                sync(file),
                write(file, "c", 2),
                sync(file))));
    close(file);
    assertEquals("abc", content(path));
  }

  @Test
  void aMemberThatWaitsHoldsUpItsOwnChainAndNothingElse() throws Exception {
    Stream stream = stream();
    long[] chain = fixture.submitChain(nop(), receive(stream, 8), nop());
    long[] other = fixture.submitChain(nop(), nop());
    assertEquals(0, fixture.await(fixture.submit(OperationKind.NOP, -1)));
    assertEquals("0 0", results(other));
    assertEquals(0, fixture.await(chain[0]));
    fixture.letWait(chain[1], chain[2]);
    stream.write("go");
    assertEquals("0 2 0", results(chain));
  }

  @Test
  void aPauseThatHasPassedLetsTheChainGoOn() throws Exception {
    long began = fixture.backend.nanoTime();
    long[] chain = fixture.submitChain(nop(), pause(5 * MILLISECOND_NANOS), nop());
    assertEquals("0 ETIME 0", results(chain));
    assertTrue(fixture.backend.nanoTime() - began >= 5 * MILLISECOND_NANOS);
    chain = fixture.submitChain(pause(BackendFixture.HOUR_NANOS), nop());
    fixture.letWait(chain);
    fixture.cancel(chain[0]);
    assertEquals("ECANCELED ECANCELED", results(chain));
  }

  @Test
  void aChainIsNeverCutHoweverFullTheQueueIs() throws Exception {
    for (int filling = 0; filling < 12; filling++) {
      for (int count = 0; count < filling; count++) {
        fixture.submit(OperationKind.NOP, -1);
      }
      long[] soft = fixture.submitChain(failing(), nop(), nop(), nop());
      long[] withDeadlines =
          fixture.submitChain(
              deadline(failing(), BackendFixture.HOUR_NANOS),
              deadline(failing(), BackendFixture.HOUR_NANOS),
              deadline(failing(), BackendFixture.HOUR_NANOS),
              nop());
      long[] good = fixture.submitChain(nop(), nop(), nop(), nop(), nop(), nop(), nop(), nop());
      assertEquals("EBADF ECANCELED ECANCELED ECANCELED", results(soft));
      assertEquals("EBADF ECANCELED ECANCELED ECANCELED", results(withDeadlines));
      assertEquals("0 0 0 0 0 0 0 0", results(good));
    }
    fixture.turnUntil("the rest", () -> fixture.table.inFlight() == 0);
  }

  @Test
  void manyChainsGoOnSideBySide() throws Exception {
    String path = path("many");
    int file = open(path);
    List<long[]> chains = new ArrayList<>();
    for (int count = 0; count < 20; count++) {
      String text = "%04d".formatted(count);
      Operation failsEveryThird = count % 3 == 0 ? failing() : nop();
      chains.add(
          fixture.submitChain(failsEveryThird, write(file, text, 4L * count), sync(file), nop()));
    }
    for (int count = 0; count < 20; count++) {
      assertEquals(
          count % 3 == 0 ? "EBADF ECANCELED ECANCELED ECANCELED" : "0 4 0 0",
          results(chains.get(count)));
    }
    close(file);
    String content = content(path);
    assertEquals("0001", content.substring(4, 8));
    assertEquals("\0\0\0\0", content.substring(12, 16));
    assertEquals(80, content.length());
  }
}
