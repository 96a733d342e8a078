package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import millrace.proactor.backend.Operation;
import org.junit.jupiter.api.Test;

/** Chains: deadlines of members. */
@BackendContract
class ChainDeadlineContractTest extends ChainContract {

  @Test
  void aDeadlineAtAnyPositionCancelsTheRest() throws Exception {
    Stream stream = stream();
    for (int position = 0; position < LENGTH; position++) {
      Operation member = deadline(receive(stream, 8), MILLISECOND_NANOS);
      assertEquals(
          expected(position, "ETIME", "ECANCELED"),
          results(fixture.submitChain(chainWith(position, member))));
      member = hard(deadline(receive(stream, 8), MILLISECOND_NANOS));
      assertEquals(
          expected(position, "ETIME", "0"),
          results(fixture.submitChain(chainWith(position, member))));
    }
  }

  @Test
  void deadlinesThatAreKeptChangeNothing() throws Exception {
    Stream stream = stream();
    stream.write("abcd");
    Operation[] chain = new Operation[LENGTH];
    for (int index = 0; index < LENGTH; index++) {
      chain[index] = deadline(receive(stream, 1), BackendFixture.HOUR_NANOS);
    }
    assertEquals("1 1 1 1", results(fixture.submitChain(chain)));
  }

  @Test
  void aDeadlineBehindAFailureIsNoMoreThanItsMember() throws Exception {
    Stream stream = stream();
    Operation waiting = deadline(receive(stream, 8), BackendFixture.HOUR_NANOS);
    Operation last = deadline(receive(stream, 8), BackendFixture.HOUR_NANOS);
    Operation failing = deadline(failing(), BackendFixture.HOUR_NANOS);
    assertEquals("EBADF ECANCELED ECANCELED", results(fixture.submitChain(failing, waiting, last)));
  }

  @Test
  void aDeadlineCountsFromTheBeginningOfItsMember() throws Exception {
    Stream stream = stream();
    stream.write("x");
    Operation member = deadline(receive(stream, 8), 20 * MILLISECOND_NANOS);
    long[] chain = fixture.submitChain(pause(60 * MILLISECOND_NANOS), member, nop());
    assertEquals("ETIME 1 0", results(chain));
  }
}
