package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import org.junit.jupiter.api.Test;

/** Chains: cancels of members before, at and after their beginning. */
@BackendContract
class ChainCancelContractTest extends ChainContract {

  @Test
  void aCancelAtAnyPositionCancelsTheRest() throws Exception {
    Stream stream = stream();
    for (int position = 0; position < LENGTH; position++) {
      long[] chain = fixture.submitChain(chainWith(position, receive(stream, 8)));
      fixture.letWait(chain[position]);
      fixture.cancel(chain[position]);
      assertEquals(expected(position, "ECANCELED", "ECANCELED"), results(chain));
    }
    for (int position = 0; position < LENGTH; position++) {
      long[] chain = fixture.submitChain(chainWith(position, hard(receive(stream, 8))));
      fixture.letWait(chain[position]);
      fixture.cancel(chain[position]);
      assertEquals(expected(position, "ECANCELED", "0"), results(chain));
    }
  }

  @Test
  void aCancelTogetherWithTheChainEndsIt() throws Exception {
    Stream stream = stream();
    for (int position = 0; position < LENGTH; position++) {
      long[] chain = fixture.submitChain(chainWith(position, receive(stream, 8)));
      fixture.cancel(chain[position]);
      assertEquals(expected(position, "ECANCELED", "ECANCELED"), results(chain));
    }
  }

  @Test
  void aMemberThatHasNotBegunIsCancelledWhenItBegins() throws Exception {
    Stream first = stream();
    Stream second = stream();
    for (boolean behindSync : new boolean[] {false, true}) {
      int file = open(path("cancelled" + behindSync));
      Operation between = behindSync ? sync(file) : nop();
      long[] chain = fixture.submitChain(receive(first, 8), between, receive(second, 8), nop());
      fixture.letWait(chain);
      fixture.cancel(chain[2]);
      fixture.letWait(chain);
      first.write("go");
      assertEquals("2 0 ECANCELED ECANCELED", results(chain));
      close(file);
    }
  }

  @Test
  void aMemberThatIsCancelledBeforeTheSubmitDoesNotBegin() throws Exception {
    String path = path("cancelled");
    int file = open(path);
    for (int position = 0; position < LENGTH; position++) {
      Operation[] soft = chainWith(position, cancelled(write(file, "x", 0)));
      assertEquals(
          expected(position, "ECANCELED", "ECANCELED"), results(fixture.submitChain(soft)));
      Operation[] hard = chainWith(position, hard(cancelled(write(file, "x", 0))));
      assertEquals(expected(position, "ECANCELED", "0"), results(fixture.submitChain(hard)));
      Operation member = hard(cancelled(deadline(write(file, "x", 0), MILLISECOND_NANOS)));
      Operation[] withDeadline = chainWith(position, member);
      assertEquals(
          expected(position, "ECANCELED", "0"), results(fixture.submitChain(withDeadline)));
    }
    Operation[] several = {
      hard(cancelled(nop())), nop(), hard(cancelled(write(file, "x", 0))), cancelled(nop()), nop()
    };
    assertEquals(
        "ECANCELED 0 ECANCELED ECANCELED ECANCELED", results(fixture.submitChain(several)));
    Operation[] behindFailure = {failing(), hard(cancelled(nop())), write(file, "x", 0), nop()};
    assertEquals(
        "EBADF ECANCELED ECANCELED ECANCELED", results(fixture.submitChain(behindFailure)));
    Operation alone = cancelled(write(file, "x", 0));
    fixture.backend.submit(alone);
    assertEquals("ECANCELED", fixture.error(alone.token()));
    close(file);
    assertEquals("", content(path));
  }

  @Test
  void aMemberThatTheKernelDoesNotHaveYetIsCancelledUnbegun() throws Exception {
    Stream stream = stream();
    String path = path("unbegun");
    int file = open(path);
    long[] chain =
        fixture.submitChain(
            receive(stream, 8), sync(file), hard(write(file, "x", 0)), write(file, "y", 0), nop());
    fixture.letWait(chain);
    fixture.cancel(chain[2]);
    fixture.cancel(chain[3]);
    stream.write("go");
    assertEquals("2 0 ECANCELED ECANCELED ECANCELED", results(chain));
    chain = fixture.submitChain(receive(stream, 8), sync(file), write(file, "x", 0), nop());
    fixture.letWait(chain);
    fixture.backend.cancelDescriptor(file);
    stream.write("go");
    String ended = results(chain);
    // On io_uring the sync is linked, and may be executed before its cancel finds it.
    assertTrue(ended.matches("2 (0|ECANCELED) ECANCELED ECANCELED"), ended);
    chain = fixture.submitChain(sync(file), write(file, "x", 0), nop());
    fixture.cancel(chain[1]);
    assertEquals("0 ECANCELED ECANCELED", results(chain));
    close(file);
    assertEquals("", content(path));
  }

  @Test
  @NotOn(
      value = BackendUnderTest.IO_URING,
      because = "a member that is linked in the kernel may begin before its cancel finds it")
  void aMemberThatHasNotBegunIsCancelledEvenIfItWouldEndAtOnce() throws Exception {
    Stream stream = stream();
    String path = path("unbegun");
    int file = open(path);
    long[] chain = fixture.submitChain(receive(stream, 8), write(file, "x", 0), nop());
    fixture.letWait(chain);
    fixture.cancel(chain[1]);
    stream.write("go");
    assertEquals("2 ECANCELED ECANCELED", results(chain));
    close(file);
    assertEquals("", content(path));
  }

  @Test
  void aMemberThatIsCancelledBeforeTheTurnDoesNotBeginEvenIfItWouldEndAtOnce() throws Exception {
    String path = path("unbegun");
    int file = open(path);
    for (int position = 0; position < LENGTH; position++) {
      long[] chain = fixture.submitChain(chainWith(position, hard(write(file, "x", 0))));
      fixture.submit(OperationKind.NOP, -1);
      fixture.cancel(chain[position]);
      assertEquals(expected(position, "ECANCELED", "0"), results(chain));
      chain = fixture.submitChain(chainWith(position, write(file, "x", 0)));
      fixture.backend.cancelDescriptor(file);
      assertEquals(expected(position, "ECANCELED", "ECANCELED"), results(chain));
      chain = fixture.submitChain(chainWith(position, write(file, "x", 0)));
      fixture.backend.cancelAll();
      assertEquals(expected(0, "ECANCELED", "ECANCELED"), results(chain));
    }
    long[] chain = fixture.submitChain(pause(MILLISECOND_NANOS), write(file, "x", 0), nop());
    fixture.cancel(chain[1]);
    assertEquals("ETIME ECANCELED ECANCELED", results(chain));
    close(file);
    assertEquals("", content(path));
  }

  /** The kernel may be on its way to the next member by then, where a cancel does not find it. */
  @Test
  void aCancelByTheHandlerOfTheMemberBeforeEndsWhatWaits() throws Exception {
    Stream first = stream();
    Stream second = stream();
    List<Consumer<long[]>> cancels =
        List.of(
            chain -> fixture.cancel(chain[1]),
            chain -> fixture.backend.cancelDescriptor(second.descriptor()),
            chain -> fixture.backend.cancelAll());
    for (Consumer<long[]> cancel : cancels) {
      for (int kind = 0; kind < 4; kind++) {
        Operation before =
            switch (kind) {
              case 0 -> nop();
              case 1 -> pause(MILLISECOND_NANOS);
              case 2 -> hard(deadline(receive(first, 1), MILLISECOND_NANOS));
              default -> receive(first, 1);
            };
        long[] chain =
            fixture.submitChain(
                before, deadline(receive(second, 8), BackendFixture.HOUR_NANOS), nop());
        fixture.onCompletion(
            token -> {
              if (token == chain[0]) {
                cancel.accept(chain);
              }
            });
        if (kind == 3) {
          first.write("x");
        }
        String result = List.of("0", "ETIME", "ETIME", "1").get(kind);
        assertEquals(result + " ECANCELED ECANCELED", results(chain));
      }
    }
    fixture.onCompletion(token -> {});
  }

  @Test
  void aCancelByDescriptorFindsItsMembersAmongManyThatWait() throws Exception {
    Stream stream = stream();
    Stream other = stream();
    List<Stream> held = new ArrayList<>();
    List<long[]> chains = new ArrayList<>();
    for (int count = 0; count < 12; count++) {
      held.add(stream());
      Operation second = hard(receive(count % 2 == 0 ? other : stream, 8));
      chains.add(fixture.submitChain(receive(held.get(count), 1), second, nop()));
    }
    // The oldest, the newest and one between them leave the list first.
    for (int index : new int[] {0, 11, 5}) {
      fixture.letWait(chains.get(index));
      fixture.cancel(chains.get(index)[0]);
      assertEquals("ECANCELED ECANCELED ECANCELED", results(chains.get(index)));
    }
    fixture.backend.cancelDescriptor(stream.descriptor());
    for (int index : new int[] {1, 2, 3, 4, 6, 7, 8, 9, 10}) {
      held.get(index).write("x");
      assertEquals(1, fixture.await(chains.get(index)[0]));
      if (index % 2 == 0) {
        fixture.letWait(chains.get(index)[1]);
        other.write("y");
        assertEquals("1 1 0", results(chains.get(index)));
      } else {
        assertEquals("1 ECANCELED 0", results(chains.get(index)));
      }
    }
  }

  @Test
  void cancelByDescriptorMeansMembersOnItThatHaveNotBegun() throws Exception {
    Stream first = stream();
    Stream second = stream();
    long[] chain = fixture.submitChain(receive(first, 8), receive(second, 8), nop());
    Stream third = stream();
    long[] other = fixture.submitChain(hard(receive(second, 8)), receive(third, 8));
    fixture.letWait(chain);
    fixture.letWait(other);
    fixture.backend.cancelDescriptor(second.descriptor());
    assertEquals("ECANCELED", fixture.error(other[0]));
    fixture.letWait(chain);
    first.write("g");
    assertEquals(1, fixture.await(chain[0]));
    assertEquals("1 ECANCELED ECANCELED", results(chain));
    third.write("o");
    assertEquals("ECANCELED 1", results(other));
  }

  @Test
  void whatIsSubmittedBehindACancelIsNotMeant() throws Exception {
    Stream stream = stream();
    String path = path("behind");
    int file = open(path);
    for (Runnable cancel :
        List.<Runnable>of(
            () -> fixture.backend.cancelDescriptor(file), () -> fixture.backend.cancelAll())) {
      cancel.run();
      assertEquals(
          "1 0 1", results(fixture.submitChain(write(file, "x", 0), nop(), write(file, "y", 1))));
    }
    fixture.backend.cancelDescriptor(stream.descriptor());
    long[] chain = fixture.submitChain(receive(stream, 8), receive(stream, 8));
    fixture.letWait(chain);
    stream.write("go");
    assertEquals(2, fixture.await(chain[0]));
    stream.write("on");
    assertEquals("2 2", results(chain));
    close(file);
    assertEquals("xy", content(path));
  }

  @Test
  void cancelAllEndsChainsToTheirLastMember() throws Exception {
    Stream stream = stream();
    long[] soft = fixture.submitChain(receive(stream, 8), nop(), receive(stream, 8));
    long[] hard =
        fixture.submitChain(
            hard(receive(stream, 8)),
            hard(receive(stream, 8)),
            hard(receive(stream, 8)),
            receive(stream, 8));
    fixture.letWait(soft);
    fixture.letWait(hard);
    fixture.backend.cancelAll();
    assertEquals("ECANCELED ECANCELED ECANCELED", results(soft));
    assertEquals("ECANCELED ECANCELED ECANCELED ECANCELED", results(hard));
  }
}
