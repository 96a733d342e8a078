package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Zero-copy sends from registered buffers, and to an address. */
class RegisteredZeroCopySemanticsTest {
  private RingFixture fixture;
  private MemorySegment buffer;
  private RegisteredBuffers buffers;
  private int[] pair;

  @BeforeEach
  void open() throws Exception {
    fixture = RingFixture.open();
    buffer = fixture.arena.allocate(8192, 4096);
    buffer.setString(100, "from the table");
    buffers = RegisteredBuffers.register(fixture.ring, buffer);
    pair = fixture.tcpPair();
  }

  @AfterEach
  void close() {
    fixture.quiesce();
    buffers.close();
    fixture.close();
  }

  private List<Completion> sendAndReceive(String expected) {
    int length = expected.length() + 1;
    MemorySegment received = fixture.arena.allocate(length);
    fixture.next(2).recv(pair[1], received.address(), length, Libc.MSG_WAITALL);
    fixture.await(3);
    assertEquals(expected, received.getString(0));
    return fixture.seen.stream().filter(completion -> completion.userData() == 1).toList();
  }

  /** Mirrors liburing test/send-zerocopy.c (registered buffers). */
  @Test
  void sendTakesAnyPartOfARegisteredBuffer() {
    fixture.next(1).sendZcFixed(pair[0], buffer.address() + 100, 15, 0, 0, 0);
    assertEquals(
        List.of(new Completion(1, 15, CqeFlags.F_MORE), new Completion(1, 0, CqeFlags.F_NOTIF)),
        sendAndReceive("from the table"));
  }

  /** Mirrors liburing test/send-zerocopy.c (registered buffers, out of bounds). */
  @Test
  void sendBeyondARegisteredBufferIsAFault() {
    fixture.next(1).sendZcFixed(pair[0], buffer.address() + 8190, 15, 0, 0, 0);
    assertEquals(-Errno.EFAULT, fixture.await(1L).result());
    fixture.next(2).sendZcFixed(pair[0], buffer.address(), 15, 0, 0, 1);
    assertEquals(-Errno.EFAULT, fixture.await(2L).result());
  }

  /** Mirrors liburing test/vec-regbuf.c (sendmsg_zc, since 6.15). */
  @Test
  void messageIsGatheredFromPartsOfARegisteredBuffer() {
    MemorySegment header = fixture.arena.allocate(MessageHeader.bytes(2), 8);
    MessageHeader.setSegment(header, 0, buffer.address() + 100, 9);
    MessageHeader.setSegment(header, 1, buffer.address() + 109, 6);
    MessageHeader.set(header, 2);
    fixture.next(1).sendmsgZcFixed(pair[0], header.address(), 0, 0);
    assertEquals(
        List.of(new Completion(1, 15, CqeFlags.F_MORE), new Completion(1, 0, CqeFlags.F_NOTIF)),
        sendAndReceive("from the table"));
  }

  /** Mirrors liburing test/send-zerocopy.c (UDP with an address). */
  @Test
  void datagramGoesToTheAddressThatIsSetBehindTheSend() {
    int sender = fixture.own(Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM, 0));
    int receiver = fixture.own(Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM, 0));
    MemorySegment address = fixture.arena.allocate(SocketAddresses.MAX_BYTES, 8);
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    assertEquals(0, Libc.bind(receiver, address, SocketAddresses.encode(loopback, address)));
    int length = Libc.getsockname(receiver, address);
    fixture
        .next(1)
        .sendZc(sender, buffer.address() + 100, 15, 0, 0)
        .sendSetAddr(address.address(), length);
    MemorySegment received = fixture.arena.allocate(64);
    fixture.next(2).recv(receiver, received.address(), 64, 0);
    fixture.await(3);
    assertEquals(new Completion(1, 15, CqeFlags.F_MORE), fixture.await(1L));
    assertEquals(15, fixture.await(2L).result());
    assertEquals("from the table", received.getString(0));
  }
}
