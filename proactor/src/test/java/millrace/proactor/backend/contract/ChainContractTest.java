package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.FileStat;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Chains, the same on every backend: order, what ends one, and what it takes with it. */
@BackendContract
class ChainContractTest {

  private static final int BAD_DESCRIPTOR = 999_999;
  private static final int LENGTH = 4;
  private static final long MSG_IOV_OFFSET = 16;
  private static final long MSG_IOVLEN_OFFSET = 24;
  private static final long MILLISECOND_NANOS = 1_000_000;

  private final Peers peers = new Peers();
  private BackendFixture fixture;
  private Path directory;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers, 256);
    directory = peers.surroundings.directory();
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  /** A connection whose other side is the test's. */
  private record Stream(Peers peers, int descriptor, int other) {

    void write(String text) {
      peers.write(other, text);
    }

    void finish() {
      assertEquals(0, peers.surroundings.shutdown(other, Libc.SHUT_WR));
    }
  }

  private Stream stream() {
    int[] pair = peers.connection();
    return new Stream(peers, pair[0], pair[1]);
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private String content(String path) {
    return new String(peers.surroundings.readFile(Path.of(path)), StandardCharsets.ISO_8859_1);
  }

  private Operation nop() {
    return fixture.prepare(OperationKind.NOP, -1, operation -> {});
  }

  private Operation transfer(OperationKind kind, int descriptor, BufferSlice buffer, long offset) {
    fixture.keep(buffer);
    return fixture.prepare(
        kind,
        descriptor,
        operation -> {
          operation.address = buffer.address();
          operation.length = buffer.length();
          operation.offset = offset;
        });
  }

  /** Ends with EBADF as soon as it begins. */
  private Operation failing() {
    return transfer(OperationKind.READ, BAD_DESCRIPTOR, BufferSlice.unpooled(8), 0);
  }

  private Operation receive(Stream stream, int bytes) {
    return transfer(OperationKind.RECEIVE, stream.descriptor(), BufferSlice.unpooled(bytes), 0);
  }

  private Operation write(int file, String text, long offset) {
    return transfer(OperationKind.WRITE, file, Peers.slice(text), offset);
  }

  private Operation pause(long nanos) {
    long deadline = fixture.backend.nanoTime() + nanos;
    return fixture.prepare(OperationKind.TIMEOUT, -1, operation -> operation.offset = deadline);
  }

  private Operation sync(int descriptor) {
    return fixture.prepare(OperationKind.SYNC, descriptor, operation -> {});
  }

  private static Operation with(Operation operation, Consumer<Operation> change) {
    change.accept(operation);
    return operation;
  }

  private static Operation deadline(Operation operation, long nanos) {
    return with(operation, changed -> changed.timeoutNanos = nanos);
  }

  private static Operation cancelled(Operation operation) {
    return with(operation, changed -> changed.cancelRequested = true);
  }

  private static Operation hard(Operation operation) {
    return with(operation, changed -> changed.hardLink = true);
  }

  private int open(String path) throws Exception {
    return fixture.await(
        fixture.submit(
            OperationKind.OPEN,
            Libc.AT_FDCWD,
            operation -> {
              operation.address = fixture.path(path);
              operation.length = path.length() + 1;
              operation.operationFlags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC;
              operation.mode = 0600;
            }));
  }

  private void close(int file) throws Exception {
    assertEquals(0, fixture.await(fixture.submit(OperationKind.CLOSE, file)));
  }

  /** What the members have ended with, each once and in the order of the chain. */
  private String results(long... chain) throws Exception {
    for (long token : chain) {
      fixture.await(token);
    }
    List<Long> expected = Arrays.stream(chain).boxed().toList();
    List<Long> order = new ArrayList<>(fixture.order());
    order.retainAll(expected);
    assertEquals(expected, order, "not in the order of the chain");
    List<String> results = new ArrayList<>();
    for (long token : chain) {
      assertEquals(1, fixture.completions(token).size());
      results.add(fixture.last(token).toString());
    }
    return String.join(" ", results);
  }

  /** {@code before} zeros, {@code at}, and {@code after} for the rest of {@link #LENGTH}. */
  private static String expected(int before, String at, String after) {
    List<String> all = new ArrayList<>(Collections.nCopies(LENGTH, after));
    Collections.fill(all.subList(0, before), "0");
    all.set(before, at);
    return String.join(" ", all);
  }

  /** A chain of no-ops with {@code member} at {@code position}. */
  private Operation[] chainWith(int position, Operation member) {
    Operation[] chain = new Operation[LENGTH];
    for (int index = 0; index < LENGTH; index++) {
      chain[index] = index == position ? member : nop();
    }
    return chain;
  }

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
  void aReadOfFewerBytesThanAskedForEndsTheChain() throws Exception {
    int file = open(path("short"));
    assertEquals(3, fixture.await(fixture.submitChain(write(file, "abc", 0), nop())[0]));
    for (int[] lengthOffsetResult : new int[][] {{8, 0, 3}, {8, 3, 0}, {8, 1, 2}}) {
      BufferSlice buffer = BufferSlice.unpooled(lengthOffsetResult[0]);
      int offset = lengthOffsetResult[1];
      Operation read = transfer(OperationKind.READ, file, buffer, offset);
      String result = "" + lengthOffsetResult[2];
      assertEquals(result + " ECANCELED", results(fixture.submitChain(read, nop())));
      Operation goesOn = hard(transfer(OperationKind.READ, file, buffer, offset));
      assertEquals(result + " 0", results(fixture.submitChain(goesOn, nop())));
    }
    Operation whole = transfer(OperationKind.READ, file, BufferSlice.unpooled(2), 1);
    assertEquals("2 0", results(fixture.submitChain(whole, nop())));
    close(file);
  }

  @Test
  void aShortReceiveEndsTheChainOnlyWithWaitall() throws Exception {
    Stream stream = stream();
    stream.write("abcd");
    assertEquals("4 0", results(fixture.submitChain(receive(stream, 8), nop())));
    stream.write("efgh");
    stream.finish();
    Operation all = receive(stream, 8);
    all.operationFlags = Libc.MSG_WAITALL;
    assertEquals("4 ECANCELED", results(fixture.submitChain(all, nop())));
    assertEquals("0 0", results(fixture.submitChain(receive(stream, 8), nop())));
    all = receive(stream, 8);
    all.operationFlags = Libc.MSG_WAITALL;
    assertEquals("0 ECANCELED", results(fixture.submitChain(all, nop())));
  }

  /** A message with MSG_WAITALL. */
  private Operation message(OperationKind kind, Stream stream, BufferSlice... parts) {
    BufferSlice header = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(parts.length)));
    for (int index = 0; index < parts.length; index++) {
      BufferSlice part = fixture.keep(parts[index]);
      MessageHeader.setSegment(header.segment(), index, part.address(), part.length());
    }
    MessageHeader.set(header.segment(), parts.length);
    return with(
        transfer(kind, stream.descriptor(), header, 0),
        operation -> operation.operationFlags = Libc.MSG_WAITALL);
  }

  @Test
  void aMessageWithWaitallGoesOnUntilAllOfItIsThere() throws Exception {
    Stream stream = stream();
    BufferSlice first = BufferSlice.unpooled(3);
    BufferSlice second = BufferSlice.unpooled(5);
    long[] chain =
        fixture.submitChain(message(OperationKind.RECEIVE_MESSAGE, stream, first, second), nop());
    for (String part : List.of("ab", "cd", "efg")) {
      stream.write(part);
      fixture.letWait(chain);
    }
    stream.write("h");
    assertEquals("8 0", results(chain));
    assertEquals("abc", Peers.text(first, 3));
    assertEquals("defgh", Peers.text(second, 5));
    // A part that has come is told, and ends the chain: at a deadline, a cancel, the end.
    Operation late =
        deadline(
            message(OperationKind.RECEIVE_MESSAGE, stream, first, second), 50 * MILLISECOND_NANOS);
    chain = fixture.submitChain(late, nop());
    stream.write("xyz+");
    assertEquals("4 ECANCELED", results(chain));
    chain =
        fixture.submitChain(message(OperationKind.RECEIVE_MESSAGE, stream, first, second), nop());
    stream.write("12345");
    fixture.letWait(chain);
    // Time for the bytes to arrive.
    fixture.turn(BackendFixture.MOMENT_NANOS, 1000);
    fixture.cancel(chain[0]);
    assertEquals("5 ECANCELED", results(chain));
    chain =
        fixture.submitChain(message(OperationKind.RECEIVE_MESSAGE, stream, first, second), nop());
    stream.write("6");
    stream.finish();
    assertEquals("1 ECANCELED", results(chain));
  }

  @Test
  void aMessageWithWaitallIsSentToItsEnd() throws Exception {
    Stream stream = stream();
    StringBuilder text = new StringBuilder();
    BufferSlice[] parts = new BufferSlice[3];
    for (int index = 0; index < parts.length; index++) {
      String part = ("part " + index + " of a message ").repeat(moreThanBuffersHold() / 60);
      text.append(part);
      parts[index] = Peers.slice(part);
    }
    long[] chain = fixture.submitChain(message(OperationKind.SEND_MESSAGE, stream, parts), nop());
    fixture.letWait(chain);
    String received = drain(stream, text.length());
    assertEquals(text.length() + " 0", results(chain));
    assertEquals(text.toString(), received);
  }

  @Test
  void aSendWithWaitallIsSentToItsEndOrTellsHowFarItCame() throws Exception {
    for (boolean cancelled : new boolean[] {false, true}) {
      Stream stream = stream();
      String text = "all of it or nothing ".repeat(moreThanBuffersHold() / 20);
      Operation send = transfer(OperationKind.SEND, stream.descriptor(), Peers.slice(text), 0);
      send.operationFlags = Libc.MSG_WAITALL;
      long[] chain = fixture.submitChain(send, nop());
      fixture.letWait(chain);
      if (cancelled) {
        fixture.cancel(chain[0]);
        int sent = fixture.await(chain[0]);
        assertTrue(sent > 0 && sent < text.length(), () -> "sent " + sent);
        assertEquals(sent + " ECANCELED", results(chain));
        peers.finish(stream.descriptor());
        assertEquals(text.substring(0, sent), drain(stream, text.length()));
      } else {
        assertEquals(text, drain(stream, text.length()));
        assertEquals(text.length() + " 0", results(chain));
      }
    }
  }

  /** Bytes: the simulated kernel has smaller buffers, and looks at all memory again and again. */
  private static int moreThanBuffersHold() {
    return BackendUnderTest.current() == BackendUnderTest.SIMULATED ? 300_000 : 6_000_000;
  }

  /** What comes out of the other side, at most so much, while the backend turns. */
  private String drain(Stream stream, int mostBytes) throws Exception {
    StringBuilder received = new StringBuilder();
    while (received.length() < mostBytes) {
      fixture.turn(0, 1000);
      if (peers.surroundings.poll(stream.other(), Libc.POLLIN, 1) > 0) {
        int most = Math.min(100_000, mostBytes - received.length());
        String part = peers.read(stream.other(), most);
        if (part.isEmpty()) {
          break;
        }
        received.append(part);
      }
    }
    return received.toString();
  }

  @Test
  @NotOn(
      value = BackendUnderTest.SIMULATED,
      because = "it reads and writes memory by address itself: a bad one ends the process")
  void aMessageInMemoryThatIsNoneEndsTheChain() throws Exception {
    Stream stream = stream();
    BufferSlice header = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(0)));
    MessageHeader.set(header.segment(), 0);
    header.segment().set(ValueLayout.JAVA_LONG, MSG_IOV_OFFSET, 8);
    header.segment().set(ValueLayout.JAVA_LONG, MSG_IOVLEN_OFFSET, 1);
    stream.write("there");
    for (OperationKind kind : List.of(OperationKind.SEND_MESSAGE, OperationKind.RECEIVE_MESSAGE)) {
      Operation member =
          with(
              transfer(kind, stream.descriptor(), header, 0),
              operation -> operation.operationFlags = Libc.MSG_WAITALL);
      assertEquals("EFAULT ECANCELED", results(fixture.submitChain(member, nop())));
    }
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
  void aTransferWithWaitallThatHasDoneNothingTellsWhy() throws Exception {
    Stream stream = stream();
    for (OperationKind kind : List.of(OperationKind.RECEIVE, OperationKind.RECEIVE_MESSAGE)) {
      Operation receive = wholeOf(kind, stream, BufferSlice.unpooled(8));
      receive.operationFlags |= Libc.MSG_DONTWAIT;
      assertEquals("EAGAIN ECANCELED", results(fixture.submitChain(receive, nop())));
    }
    peers.finish(stream.descriptor());
    for (OperationKind kind : List.of(OperationKind.SEND, OperationKind.SEND_MESSAGE)) {
      Operation send = wholeOf(kind, stream, Peers.slice("late"));
      send.operationFlags |= Libc.MSG_NOSIGNAL;
      assertEquals("EPIPE ECANCELED", results(fixture.submitChain(send, nop())));
    }
  }

  private Operation wholeOf(OperationKind kind, Stream stream, BufferSlice data) {
    return switch (kind) {
      case RECEIVE_MESSAGE, SEND_MESSAGE -> message(kind, stream, data);
      default ->
          with(
              transfer(kind, stream.descriptor(), data, 0),
              operation -> operation.operationFlags = Libc.MSG_WAITALL);
    };
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
