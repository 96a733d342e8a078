package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Random;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** READ, WRITE and POLL on what has no position: pipes, FIFOs, eventfds, sockets, terminals. */
@BackendContract
class StreamContractTest {

  private static final long OWN_POSITION = -1;
  private static final int PIPE_BYTES = 1 << 16;

  private final Peers peers = new Peers();
  private BackendFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers);
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  private long read(int descriptor, BufferSlice buffer, long offset) {
    return fixture.transfer(OperationKind.READ, descriptor, buffer, offset);
  }

  private long write(int descriptor, BufferSlice buffer) {
    return fixture.transfer(OperationKind.WRITE, descriptor, buffer, OWN_POSITION);
  }

  private long poll(int descriptor, int events) {
    return fixture.submit(OperationKind.POLL, descriptor, op -> op.operationFlags = events);
  }

  /** The same pipe by another open file, which knows less: RWF_NOWAIT is not supported there. */
  private int reopen(int end, int flags) {
    return peers.keep(peers.surroundings.reopenPipe(end, flags));
  }

  @Test
  void readTakesWhatIsThereOrComesAndTellsTheEnd() throws Exception {
    int[] pipe = peers.pipe();
    for (int end : new int[] {pipe[0], reopen(pipe[0], Libc.O_RDONLY)}) {
      for (long offset : new long[] {OWN_POSITION, 0, 17}) {
        BufferSlice buffer = BufferSlice.unpooled(10);
        peers.write(pipe[1], "there");
        assertEquals(5, fixture.await(read(end, buffer, offset)));
        assertEquals("there", Peers.text(buffer, 5));
        long waiting = read(end, buffer, offset);
        fixture.letWait(waiting);
        peers.write(pipe[1], "comes");
        assertEquals(5, fixture.await(waiting));
        assertEquals("comes", Peers.text(buffer, 5));
      }
    }
    long atEnd = read(pipe[0], BufferSlice.unpooled(10), OWN_POSITION);
    fixture.letWait(atEnd);
    peers.close(pipe[1]);
    assertEquals(0, fixture.await(atEnd));
  }

  @Test
  void writeWaitsForRoomAndTellsHowMuchWasTaken() throws Exception {
    int[] pipe = peers.pipe();
    byte[] content = new byte[3 * PIPE_BYTES];
    new Random(1).nextBytes(content);
    for (int end : new int[] {pipe[1], reopen(pipe[1], Libc.O_WRONLY)}) {
      BufferSlice data = BufferSlice.copyOf(content);
      int sent = 0;
      int received = 0;
      byte[] result = new byte[content.length];
      BufferSlice part = BufferSlice.unpooled(PIPE_BYTES);
      while (sent < content.length) {
        long write = write(end, data.range(sent, content.length - sent));
        for (int turns = 0; turns < 4 && !fixture.hasEnded(write); turns++) {
          fixture.turn(0, 100);
        }
        while (!fixture.hasEnded(write)) {
          // It may have ended already, and what it has written been read.
          if (peers.surroundings.poll(pipe[0], Libc.POLLIN, 1) > 0) {
            int count = peers.surroundings.read(pipe[0], part);
            part.copyTo(result, received, 0, count);
            received += count;
          }
          fixture.turn(0, 100);
        }
        int taken = fixture.await(write);
        assertTrue(taken > 0, () -> "taken " + taken);
        sent += taken;
      }
      while (received < sent) {
        int count = peers.surroundings.read(pipe[0], part);
        part.copyTo(result, received, 0, count);
        received += count;
      }
      assertArrayEquals(content, result);
    }
  }

  @Test
  void writeWithoutAReaderIsEpipe() throws Exception {
    int[] pipe = peers.pipe();
    BufferSlice full = BufferSlice.unpooled(PIPE_BYTES);
    assertEquals(PIPE_BYTES, fixture.await(write(pipe[1], full)));
    long waiting = write(pipe[1], Peers.slice("more"));
    fixture.letWait(waiting);
    peers.close(pipe[0]);
    assertEquals("EPIPE", fixture.error(waiting));
    assertEquals("EPIPE", fixture.error(write(pipe[1], Peers.slice("more"))));
  }

  @Test
  void eventfdsAreReadAndWrittenWhole() throws Exception {
    int eventfd = peers.keep(peers.surroundings.eventfd());
    BufferSlice counter = BufferSlice.unpooled(64);
    for (long offset : new long[] {OWN_POSITION, 0}) {
      long read = read(eventfd, counter, offset);
      fixture.letWait(read);
      BufferSlice three = BufferSlice.copyOf(new byte[] {3, 0, 0, 0, 0, 0, 0, 0});
      assertEquals(8, fixture.await(write(eventfd, three)));
      assertEquals(8, fixture.await(read));
      assertEquals(3, counter.get(0));
    }
  }

  @Test
  void socketsAreReadAndWrittenToo() throws Exception {
    int[] pair = peers.connection();
    BufferSlice buffer = BufferSlice.unpooled(10);
    long read = read(pair[1], buffer, 0);
    fixture.letWait(read);
    assertEquals(5, fixture.await(write(pair[0], Peers.slice("hello"))));
    assertEquals(5, fixture.await(read));
    assertEquals("hello", Peers.text(buffer, 5));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "no devices there")
  void devicesThatAreAlwaysReadyAreRead() throws Exception {
    int zero = peers.keep(peers.surroundings.open(Path.of("/dev/zero"), Libc.O_RDWR));
    BufferSlice buffer = Peers.slice("0123456789");
    assertEquals(10, fixture.await(read(zero, buffer, OWN_POSITION)));
    assertEquals("\0".repeat(10), Peers.text(buffer, 10));
    assertEquals(10, fixture.await(write(zero, buffer)));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "no terminals there")
  void terminalsAreReadLineByLineAndWritten() throws Exception {
    int master = peers.keep(peers.surroundings.open(Path.of("/dev/ptmx"), Libc.O_RDWR));
    // TIOCSPTLCK would be needed to open the other side: the master alone is a terminal device too.
    BufferSlice buffer = BufferSlice.unpooled(100);
    long read = read(master, buffer, OWN_POSITION);
    fixture.letWait(read);
    // Echoed back by the line discipline.
    assertEquals(6, fixture.await(write(master, Peers.slice("hello\n"))));
    int count = fixture.await(read);
    assertEquals("hello\r\n".substring(0, count), Peers.text(buffer, count));
  }

  @Test
  void readAndWriteTellWhyTheyCannot() throws Exception {
    int[] pipe = peers.pipe();
    BufferSlice buffer = BufferSlice.unpooled(10);
    assertEquals("EBADF", fixture.error(read(999_999, buffer, 0)));
    assertEquals("EBADF", fixture.error(read(-1, buffer, 0)));
    assertEquals("EBADF", fixture.error(write(999_999, buffer)));
    assertEquals("EBADF", fixture.error(read(pipe[1], buffer, OWN_POSITION)));
    assertEquals("EBADF", fixture.error(write(pipe[0], buffer)));
  }

  @Test
  @NotOn(
      value = BackendUnderTest.SIMULATED,
      because = "it reads and writes memory by address itself: a bad one ends the process")
  void readIntoMemoryThatIsNoneIsEfault() throws Exception {
    int[] pipe = peers.pipe();
    long tooFar =
        fixture.submit(
            OperationKind.READ,
            pipe[0],
            operation -> {
              operation.address = 8;
              operation.length = 10;
              operation.offset = OWN_POSITION;
            });
    peers.write(pipe[1], "x");
    assertEquals("EFAULT", fixture.error(tooFar));
  }

  @Test
  void pollTellsWhatIsReadyOrBecomesSo() throws Exception {
    int[] pipe = peers.pipe();
    assertEquals(Libc.POLLOUT, fixture.await(poll(pipe[1], Libc.POLLOUT | Libc.POLLIN)));
    long waiting = poll(pipe[0], Libc.POLLIN);
    long second = poll(pipe[0], Libc.POLLIN);
    fixture.letWait(waiting, second);
    peers.write(pipe[1], "x");
    assertEquals(Libc.POLLIN, fixture.await(waiting));
    assertEquals(Libc.POLLIN, fixture.await(second));
    assertEquals(Libc.POLLIN, fixture.await(poll(pipe[0], Libc.POLLIN)));
    assertEquals("x", peers.read(pipe[0], 10));
    long hangUp = poll(pipe[0], Libc.POLLIN);
    fixture.letWait(hangUp);
    peers.close(pipe[1]);
    assertEquals(Libc.POLLHUP, fixture.await(hangUp));
    assertEquals("EBADF", fixture.error(poll(999_999, Libc.POLLIN)));
  }

  @Test
  void aPollAndAReadOfTheSameDescriptorBothLearnOfData() throws Exception {
    int[] pair = peers.connection();
    BufferSlice buffer = BufferSlice.unpooled(10);
    for (int round = 0; round < 10; round++) {
      long read = fixture.transfer(OperationKind.RECEIVE, pair[1], buffer, 0);
      long closed = poll(pair[1], Libc.POLLRDHUP);
      fixture.letWait(read, closed);
      peers.write(pair[0], "x");
      assertEquals(1, fixture.await(read));
      fixture.letWait(closed);
      fixture.cancel(closed);
      assertEquals("ECANCELED", fixture.error(closed));
    }
    long closed = poll(pair[1], Libc.POLLRDHUP);
    fixture.letWait(closed);
    peers.finish(pair[0]);
    assertEquals(Libc.POLLRDHUP, fixture.await(closed) & Libc.POLLRDHUP);
  }
}
