package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Multishot operations that complete more often than the completion queue has entries. */
@OnEveryBackend
class LifetimeOverflowTest {

  private static final int CLIENTS = 160;
  private static final int PACKETS = 200;

  /** The smallest ring there is: a completion queue of 64. */
  private static LoopFixture smallest(int budget) throws Exception {
    return LoopFixture.start(
        o ->
            o.submissionEntries(8)
                .maxOperationsInFlight(16)
                .completionBudget(budget)
                .receiveBuffers(256, 64));
  }

  /** Where there is a completion queue, it has overflowed. */
  private static void assertOverflow(LoopFixture loop) {
    boolean overflown = loop.proactor().metrics().completionOverflows() > 0;
    assertEquals(!BackendUnderTest.current().isEpoll(), overflown, loop::state);
  }

  @Test
  void acceptsBeyondTheCompletionQueueAreAllDelivered() throws Exception {
    for (int budget : new int[] {4096, 3}) {
      try (LoopFixture loop = smallest(budget);
          LifetimePeers peers = new LifetimePeers()) {
        List<Integer> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(peers.connect());
        }
        Accepting accepting = new Accepting(loop, peers.listener);
        loop.run(accepting::arm);
        loop.until("all accepted", () -> accepting.accepted.size() == CLIENTS);
        assertEquals(CLIENTS, Set.copyOf(accepting.accepted).size());
        assertOverflow(loop);
        loop.run(accepting::end);
        loop.until("ended", () -> accepting.operation == Operations.REFUSED);
        clients.forEach(Libc::close);
        accepting.accepted.forEach(Libc::close);
      }
    }
  }

  private static final class Accepting implements OperationHandler {
    final List<Integer> accepted = new ArrayList<>();
    private final LoopFixture loop;
    private final int descriptor;
    private long operation;
    private boolean ended;

    Accepting(LoopFixture loop, int descriptor) {
      this.loop = loop;
      this.descriptor = descriptor;
    }

    void arm() {
      operation =
          loop.proactor()
              .operations()
              .acceptMultishot(descriptor, Libc.SOCK_CLOEXEC, this, 0, null);
      assertNotEquals(Operations.REFUSED, operation);
    }

    void end() {
      ended = true;
      loop.proactor().operations().cancel(operation);
    }

    @Override
    public void completed(long context, Object attachment, int result, int flags) {
      if (result >= 0) {
        accepted.add(result);
      } else if (result != -Errno.ECANCELED) {
        throw new IllegalStateException(Errno.name(result));
      }
      if ((flags & CqeFlags.F_MORE) == 0) {
        operation = Operations.REFUSED;
        if (!ended) {
          arm();
        }
      }
    }
  }

  @Test
  void receivesBeyondTheCompletionQueueAreAllDeliveredInOrder() throws Exception {
    for (int budget : new int[] {4096, 3}) {
      int socket = LifetimePeers.socket(Libc.SOCK_DGRAM);
      InetSocketAddress address = LifetimePeers.bind(socket);
      try (LoopFixture loop = smallest(budget);
          DatagramSocket sender = new DatagramSocket()) {
        for (int i = 0; i < PACKETS; i++) {
          byte[] packet = {(byte) i};
          sender.send(new DatagramPacket(packet, 1, address));
        }
        Receiving receiving = new Receiving(loop, socket);
        loop.run(receiving::arm);
        loop.until("all received", () -> receiving.received.size() == PACKETS);
        assertEquals(
            IntStream.range(0, PACKETS).boxed().collect(Collectors.toList()), receiving.received);
        assertOverflow(loop);
        loop.run(receiving::end);
        loop.until("ended", () -> receiving.operation == Operations.REFUSED);
        assertEquals(0, loop.proactor().metrics().receiveBuffersOutstanding());
      }
      Libc.close(socket);
    }
  }

  private static final class Receiving implements OperationHandler {
    final List<Integer> received = new ArrayList<>();
    private final LoopFixture loop;
    private final int descriptor;
    private long operation;
    private boolean ended;

    Receiving(LoopFixture loop, int descriptor) {
      this.loop = loop;
      this.descriptor = descriptor;
    }

    void arm() {
      operation = loop.proactor().operations().receiveMultishot(descriptor, 0, this, 0, null);
      assertNotEquals(Operations.REFUSED, operation);
    }

    void end() {
      ended = true;
      loop.proactor().operations().cancel(operation);
    }

    @Override
    public void completed(long context, Object attachment, int result, int flags) {
      if ((flags & CqeFlags.F_BUFFER) != 0) {
        BufferSlice data =
            Loop.of(loop.proactor()).receiveBuffers().take(CqeFlags.bufferId(flags), result);
        received.add(data.get(0) & 0xff);
        data.unpin();
      } else if (result != -Errno.ECANCELED) {
        throw new IllegalStateException(Errno.name(result));
      }
      if ((flags & CqeFlags.F_MORE) == 0) {
        operation = Operations.REFUSED;
        if (!ended) {
          arm();
        }
      }
    }
  }
}
