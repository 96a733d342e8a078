package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cancelling, at every stage of an operation's life, and what must outlive it. */
@OnEveryBackend
class LifetimeTest {

  private static final long FOREVER = Operations.NO_TIMEOUT;
  private static final long HOUR = Duration.ofHours(1).toNanos();
  private static final int FULL_PIPE_BYTES = 1 << 16;

  private LoopFixture loop;
  private Operations operations;
  private LifetimePeers peers;

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start(o -> o.bufferPoolBytes(1 << 20).receiveBuffers(16, 256));
    operations = loop.proactor().operations();
    peers = new LifetimePeers();
  }

  @AfterEach
  void stop() {
    loop.close();
    peers.close();
  }

  /** Operations that wait until their peer does something, which {@link #wake} makes it do. */
  enum Kind {
    READ,
    WRITE,
    RECEIVE,
    RECEIVE_MULTISHOT,
    SEND,
    ACCEPT_MULTISHOT,
    CONNECT,
    POLL
  }

  private enum Stage {
    /** Cancelled in the same turn, before the kernel has seen it. */
    PREPARED,
    /** Cancelled while the kernel waits. */
    SUBMITTED,
    /** The peer has acted already. */
    COMPLETING
  }

  private final class Ending implements OperationHandler {
    final CompletableFuture<Integer> end = new CompletableFuture<>();
    final List<Integer> progress = new ArrayList<>();

    @Override
    public void completed(long context, Object attachment, int result, int flags) {
      if ((flags & CqeFlags.F_BUFFER) != 0) {
        millrace.proactor.engine.Loop.of(loop.proactor())
            .receiveBuffers()
            .take(CqeFlags.bufferId(flags), Math.max(0, result))
            .unpin();
      }
      if ((flags & CqeFlags.F_MORE) != 0) {
        progress.add(result);
      } else if (!end.complete(result)) {
        throw new IllegalStateException("a second end: " + result);
      }
    }
  }

  private long submit(Kind kind, long timeoutNanos, Ending ending) {
    BufferSlice buffer = loop.proactor().buffers().acquire(4096);
    try {
      return switch (kind) {
        case READ -> operations.read(peers.readEnd, buffer, -1, timeoutNanos, ending, 0, null);
        case WRITE -> operations.write(peers.writeEnd, buffer, -1, timeoutNanos, ending, 0, null);
        case RECEIVE -> operations.receive(peers.server, buffer, 0, timeoutNanos, ending, 0, null);
        case RECEIVE_MULTISHOT -> operations.receiveMultishot(peers.server, 0, ending, 0, null);
        case SEND ->
            operations.send(peers.client, buffer, Libc.MSG_NOSIGNAL, timeoutNanos, ending, 0, null);
        case ACCEPT_MULTISHOT ->
            operations.acceptMultishot(peers.listener, Libc.SOCK_CLOEXEC, ending, 0, null);
        case CONNECT -> connect(buffer, timeoutNanos, ending);
        case POLL -> operations.poll(peers.readEnd, 1, timeoutNanos, ending, 0, null);
      };
    } finally {
      // The operation alone holds it from here.
      buffer.release();
    }
  }

  private int connecting = -1;

  /** To TEST-NET-1 (RFC 5737), where nobody answers; or there is no route, and it ends at once. */
  private long connect(BufferSlice buffer, long timeoutNanos, Ending ending) {
    connecting = LifetimePeers.socket(Libc.SOCK_STREAM);
    var nowhere = new java.net.InetSocketAddress("192.0.2.1", 9);
    buffer.range(0, SocketAddresses.encode(nowhere, buffer.segment()));
    return operations.connect(connecting, buffer, timeoutNanos, ending, 0, null);
  }

  private void block(Kind kind) {
    if (kind == Kind.WRITE) {
      peers.writePipe(FULL_PIPE_BYTES);
    } else if (kind == Kind.SEND) {
      BufferSlice bytes = BufferSlice.unpooled(1 << 16);
      int flags = Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT;
      while (Libc.send(peers.client, bytes.address(), bytes.length(), flags) > 0) {
        // Until both socket buffers are full.
      }
    }
  }

  private void wake(Kind kind) {
    BufferSlice bytes = BufferSlice.unpooled(FULL_PIPE_BYTES);
    switch (kind) {
      case READ, POLL -> peers.writePipe(5);
      case WRITE ->
          assertEquals(FULL_PIPE_BYTES, Libc.read(peers.readEnd, bytes.address(), FULL_PIPE_BYTES));
      case RECEIVE, RECEIVE_MULTISHOT -> peers.send(peers.client, 5);
      case SEND -> assertTrue(Libc.recv(peers.server, bytes.address(), FULL_PIPE_BYTES, 0) > 0);
      case ACCEPT_MULTISHOT -> assertEquals(0, Libc.close(peers.connect()));
      // ENOTCONN where there is no route: it has ended already.
      case CONNECT -> Libc.shutdown(connecting, Libc.SHUT_RDWR);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whateverStageItIsAtACancelledOperationEndsOnceAndGivesAllBack(Kind kind) {
    boolean[] deadlines =
        kind == Kind.RECEIVE_MULTISHOT || kind == Kind.ACCEPT_MULTISHOT
            ? new boolean[] {false}
            : new boolean[] {false, true};
    block(kind);
    for (boolean deadline : deadlines) {
      for (Stage stage : Stage.values()) {
        for (int round = 0; round < 20; round++) {
          cancel(kind, stage, deadline ? HOUR : FOREVER);
        }
      }
    }
    loop.until("slots free", () -> loop.proactor().metrics().operationsInFlight() == 0);
    assertEquals(0, loop.call(() -> loop.proactor().buffers().outstanding()));
    assertEquals(0, loop.proactor().metrics().receiveBuffersOutstanding());
  }

  private void cancel(Kind kind, Stage stage, long timeoutNanos) {
    Ending ending = new Ending();
    long[] number = new long[1];
    loop.run(
        () -> {
          number[0] = submit(kind, timeoutNanos, ending);
          assertNotEquals(Operations.REFUSED, number[0]);
          if (stage == Stage.PREPARED) {
            operations.cancel(number[0]);
          }
        });
    if (stage == Stage.SUBMITTED) {
      loop.run(() -> operations.cancel(number[0]));
    } else if (stage == Stage.COMPLETING) {
      loop.run(
          () -> {
            wake(kind);
            operations.cancel(number[0]);
          });
    }
    int result = loop.await(ending.end);
    boolean cancelled = result == -Errno.ECANCELED || result == -Errno.EINTR;
    boolean nowhere = kind == Kind.CONNECT && result < 0;
    assertTrue(result >= 0 || cancelled || nowhere, () -> stage + " " + Errno.name(result));
    // What is acknowledged late makes room in a socket that was full.
    boolean mayComplete = kind == Kind.CONNECT || (kind == Kind.SEND && result > 0);
    if (stage != Stage.COMPLETING && !mayComplete) {
      assertEquals("ECANCELED", Errno.name(result), stage.toString());
    }
    cleanUp(kind, ending, stage == Stage.COMPLETING, result);
  }

  /** Puts the descriptors back to where the next round waits again. */
  private void cleanUp(Kind kind, Ending ending, boolean woken, int result) {
    BufferSlice bytes = BufferSlice.unpooled(FULL_PIPE_BYTES);
    int nonBlocking = Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL;
    switch (kind) {
      case READ -> {
        if (woken && result < 0) {
          assertEquals(5, Libc.read(peers.readEnd, bytes.address(), 5), "data was lost");
        }
      }
      case POLL -> {
        if (woken) {
          assertEquals(5, Libc.read(peers.readEnd, bytes.address(), 5));
        }
      }
      case WRITE -> {
        if (woken) {
          peers.writePipe(FULL_PIPE_BYTES - Math.max(0, result));
        }
      }
      case RECEIVE -> {
        long left = Libc.recv(peers.server, bytes.address(), 5, nonBlocking);
        assertEquals(woken && result < 0 ? 5 : -Errno.EAGAIN, left, "data was lost");
      }
      case RECEIVE_MULTISHOT -> {
        long left = Libc.recv(peers.server, bytes.address(), 5, nonBlocking);
        long got = ending.progress.stream().mapToLong(i -> i).sum() + Math.max(0, result);
        assertEquals(woken ? 5 : 0, got + Math.max(0, left), "data was lost");
      }
      case SEND -> block(kind);
      case ACCEPT_MULTISHOT -> {
        ending.progress.forEach(Libc::close);
        int accepted = ending.progress.size() + (result >= 0 ? 1 : 0);
        if (result >= 0) {
          Libc.close(result);
        } else if (woken && accepted == 0) {
          Libc.close(Libc.accept(peers.listener, Libc.SOCK_CLOEXEC));
        }
      }
      case CONNECT -> Libc.close(connecting);
    }
  }

  @Test
  void aBufferThatTheKernelMayWriteIsNotHandedOutAgain() {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    long[] address = new long[1];
    long[] number = new long[1];
    loop.run(
        () -> {
          BufferSlice buffer = loop.proactor().buffers().acquire(1 << 16);
          address[0] = buffer.segment().address();
          number[0] =
              operations.read(
                  peers.readEnd,
                  buffer,
                  -1,
                  HOUR,
                  (c, a, value, f) -> result.complete(value),
                  0,
                  null);
          buffer.release();
        });
    Set<Long> others = acquireAll();
    assertEquals(15, others.size());
    assertTrue(!others.contains(address[0]));
    loop.run(() -> operations.cancel(number[0]));
    // Asked for, and not over yet, or over: it is out until the handler was called.
    assertEquals(-Errno.ECANCELED, loop.await(result));
    Set<Long> all = acquireAll();
    assertEquals(16, all.size());
    assertTrue(all.contains(address[0]));
  }

  /** All that the pool gives: the addresses; and everything goes back. */
  private Set<Long> acquireAll() {
    return loop.call(
        () -> {
          List<BufferSlice> slices = new ArrayList<>();
          Set<Long> addresses = new HashSet<>();
          for (BufferSlice slice = loop.proactor().buffers().acquire(1 << 16);
              slice != null;
              slice = loop.proactor().buffers().acquire(1 << 16)) {
            slices.add(slice);
            for (long at = 0; at < slice.capacity(); at += 1 << 16) {
              addresses.add(slice.segment().address() + at);
            }
          }
          slices.forEach(BufferSlice::release);
          return addresses;
        });
  }

  @Test
  void aDeadlineAndDataAtTheSameTimeGiveOneOfTheTwo() {
    Random random = new Random(4);
    int data = 0;
    int late = 0;
    for (int round = 0; round < 600; round++) {
      Ending ending = new Ending();
      BufferSlice buffer = BufferSlice.unpooled(8);
      long deadline = 20_000L + random.nextInt(200_000);
      long number =
          loop.call(() -> operations.read(peers.readEnd, buffer, -1, deadline, ending, 0, null));
      assertNotEquals(Operations.REFUSED, number);
      long write = System.nanoTime() + random.nextInt((int) deadline);
      while (System.nanoTime() - write < 0) {
        Thread.onSpinWait();
      }
      peers.writePipe(1);
      int result = loop.await(ending.end);
      if (result == -Errno.ETIME) {
        late++;
        assertEquals(1, Libc.read(peers.readEnd, buffer.address(), 1), "the byte was lost");
      } else {
        data++;
        assertEquals(1, result);
      }
    }
    assertEquals(600, data + late);
    loop.until("slots free", () -> loop.proactor().metrics().operationsInFlight() == 0);
  }

  @Test
  void aCancelForAnOperationThatHasEndedHitsNoLaterOneInItsSlot() {
    List<Long> numbers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      CompletableFuture<Integer> result = new CompletableFuture<>();
      numbers.add(
          loop.call(() -> operations.nop((c, a, value, f) -> result.complete(value), 0, null)));
      loop.await(result);
    }
    assertEquals(5, Set.copyOf(numbers).size());
    assertEquals(1, numbers.stream().map(number -> (int) (long) number).distinct().count());
    Ending ending = new Ending();
    BufferSlice buffer = BufferSlice.unpooled(8);
    long live =
        loop.call(() -> operations.read(peers.readEnd, buffer, -1, FOREVER, ending, 0, null));
    loop.run(
        () -> {
          numbers.forEach(operations::cancel);
          operations.cancel(0);
          operations.cancel(-1);
          operations.cancel(live + (1L << 32));
        });
    peers.writePipe(3);
    assertEquals(3, loop.await(ending.end));
    loop.run(() -> operations.cancel(live));
  }

  @Test
  void theHandlerMayReadTheBufferThatItsOperationAloneHolds() {
    CompletableFuture<byte[]> content = new CompletableFuture<>();
    loop.run(
        () -> {
          BufferSlice buffer = loop.proactor().buffers().acquire(16);
          operations.read(
              peers.readEnd,
              buffer,
              -1,
              FOREVER,
              (c, a, result, f) -> content.complete(buffer.range(0, result).toByteArray()),
              0,
              null);
          buffer.release();
        });
    peers.writePipe(3);
    assertEquals(3, loop.await(content).length);
    loop.until("buffer back", () -> loop.proactor().buffers().outstanding() == 0);
  }

  @Test
  void aSlotIsFreeForTheNextOperationInsideItsHandler() throws Exception {
    try (LoopFixture small = LoopFixture.start(o -> o.maxOperationsInFlight(16))) {
      Operations ops = small.proactor().operations();
      CompletableFuture<Integer> done = new CompletableFuture<>();
      OperationHandler chain =
          new OperationHandler() {
            @Override
            public void completed(long context, Object attachment, int result, int flags) {
              if (context == 0) {
                done.complete(result);
              } else if (ops.nop(this, context - 1, null) == Operations.REFUSED) {
                done.complete(-1);
              }
            }
          };
      List<Long> numbers = new ArrayList<>();
      BufferSlice buffer = BufferSlice.unpooled(8);
      small.run(
          () -> {
            for (int i = 0; i < 15; i++) {
              numbers.add(
                  ops.read(peers.readEnd, buffer, -1, FOREVER, (c, a, r, f) -> {}, 0, null));
            }
            assertNotEquals(Operations.REFUSED, ops.nop(chain, 1000, null));
          });
      assertEquals(0, small.await(done));
      small.run(() -> numbers.forEach(ops::cancel));
      small.until("slots free", () -> small.proactor().metrics().operationsInFlight() == 0);
    }
  }

  @Test
  void operationsAndCancelsBeyondASmallQueueKeepTheirOrder() throws Exception {
    int count = 4000;
    try (LoopFixture small =
        LoopFixture.start(o -> o.submissionEntries(8).maxOperationsInFlight(2 * count))) {
      Operations ops = small.proactor().operations();
      int[] cancelled = new int[1];
      List<Integer> nops = new ArrayList<>();
      BufferSlice buffer = BufferSlice.unpooled(8);
      small.run(
          () -> {
            for (int i = 0; i < count; i++) {
              long timeout = i % 3 == 0 ? HOUR : FOREVER;
              // A cancel that overtook its operation would find nothing, and this would hang.
              ops.cancel(
                  ops.read(
                      peers.readEnd,
                      buffer,
                      -1,
                      timeout,
                      (c, a, result, f) -> cancelled[0] += result == -Errno.ECANCELED ? 1 : 0,
                      0,
                      null));
              ops.nop((context, a, result, f) -> nops.add((int) context), i, null);
            }
          });
      small.until("all ended", () -> cancelled[0] == count && nops.size() == count);
      for (int i = 0; i < count; i++) {
        assertEquals(i, nops.get(i));
      }
      ProactorMetrics metrics = small.proactor().metrics();
      if (!BackendUnderTest.current().isEpoll()) {
        assertTrue(metrics.systemCalls() > metrics.turns() + count / 8, small::state);
      }
      small.until("slots free", () -> small.proactor().metrics().operationsInFlight() == 0);
    }
  }
}
