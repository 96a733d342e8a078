package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static millrace.uring.Results.succeeded;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketAddressesTest {

  private static final int ANY = 0x7f;

  @TempDir private Path directory;

  @Property
  void everyIpv4AddressComesBack(
      @ForAll @Size(4) byte[] bytes, @ForAll @IntRange(max = 65535) int port) throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByAddress(bytes), port);
    assertEquals(address, roundTrip(address, 16));
  }

  @Property
  void everyIpv6AddressComesBackWithItsScope(
      @ForAll @Size(16) byte[] bytes,
      @ForAll @IntRange(max = 65535) int port,
      @ForAll @IntRange(min = 1) int scope)
      throws Exception {
    Inet6Address host = Inet6Address.getByAddress(null, bytes, scope);
    InetSocketAddress decoded =
        (InetSocketAddress) roundTrip(new InetSocketAddress(host, port), 28);
    assertEquals(host, decoded.getAddress());
    assertEquals(scope, ((Inet6Address) decoded.getAddress()).getScopeId());
    assertEquals(port, decoded.getPort());
  }

  @Property
  void everyAbstractNameComesBack(@ForAll @Size(max = 107) byte[] name) {
    UnixAbstractAddress address = UnixAbstractAddress.of(name);
    assertEquals(address, roundTrip(address, 3 + name.length));
    assertArrayEquals(name, address.name());
  }

  @Test
  void anIpv4AddressIsWrittenAsTheKernelReadsIt() throws Exception {
    assertEquals(
        "020018eb7f000001" + "00".repeat(8),
        hex(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 6379)));
  }

  @Test
  void anIpv6AddressIsWrittenAsTheKernelReadsIt() throws Exception {
    byte[] host = HexFormat.of().parseHex("fe800000000000000000000000000001");
    assertEquals(
        "0a00" + "01bb" + "00000000" + "fe80" + "00".repeat(13) + "01" + "05000000",
        hex(new InetSocketAddress(Inet6Address.getByAddress(null, host, 5), 443)));
  }

  @Test
  void anIpv6AddressWithoutScopeStaysWithoutOne() throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("::1"), 1);
    InetSocketAddress decoded = (InetSocketAddress) roundTrip(address, 28);
    assertEquals(address.toString(), decoded.toString());
  }

  @Test
  void anIpv4MappedAddressIsDecodedAsIpv4() throws Exception {
    byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffff01020304");
    InetAddress host = Inet6Address.getByAddress(null, mapped, -1);
    InetSocketAddress decoded = (InetSocketAddress) roundTrip(new InetSocketAddress(host, 1), 28);
    assertTrue(decoded.getAddress() instanceof Inet4Address, decoded.toString());
    assertEquals("1.2.3.4", decoded.getAddress().getHostAddress());
  }

  @Test
  void aPathComesBackWithoutItsNul() {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of("/run/some.sock");
    assertEquals(address, roundTrip(address, 2 + 14 + 1));
  }

  @Test
  void theLongestPathFitsAndALongerOneIsRefused() {
    UnixDomainSocketAddress longest = UnixDomainSocketAddress.of("p".repeat(107));
    assertEquals(longest, roundTrip(longest, 110));
    UnixDomainSocketAddress longer = UnixDomainSocketAddress.of("p".repeat(108));
    assertThrows(IllegalArgumentException.class, () -> roundTrip(longer, 111));
  }

  @Test
  void aPathThatFillsTheFieldWithoutANulIsDecoded() {
    byte[] bytes = ("\1\0" + "p".repeat(108)).getBytes(StandardCharsets.US_ASCII);
    assertEquals(
        UnixDomainSocketAddress.of("p".repeat(108)),
        SocketAddresses.decode(MemorySegment.ofArray(bytes), bytes.length));
  }

  @Test
  void anUnnamedUnixAddressIsTheEmptyPath() {
    UnixDomainSocketAddress unnamed = UnixDomainSocketAddress.of("");
    assertEquals(unnamed, roundTrip(unnamed, 2));
  }

  @Test
  void anAbstractNameOf108BytesIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> UnixAbstractAddress.of("n".repeat(108)));
  }

  @Test
  void abstractNamesAreComparedByTheirBytes() {
    assertEquals(UnixAbstractAddress.of("a"), UnixAbstractAddress.of(new byte[] {'a'}));
    assertEquals(UnixAbstractAddress.of("a").hashCode(), UnixAbstractAddress.of("a").hashCode());
    assertNotEquals(UnixAbstractAddress.of("a"), UnixAbstractAddress.of("b"));
    assertEquals("@a", UnixAbstractAddress.of("a").toString());
  }

  @Test
  void unresolvedForeignAndNullAddressesAreRefused() {
    MemorySegment target = MemorySegment.ofArray(new byte[SocketAddresses.MAX_BYTES]);
    SocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
    SocketAddress foreign = new ForeignAddress();
    assertThrows(IllegalArgumentException.class, () -> SocketAddresses.encode(unresolved, target));
    assertThrows(IllegalArgumentException.class, () -> SocketAddresses.encode(foreign, target));
    assertThrows(NullPointerException.class, () -> SocketAddresses.encode(null, target));
  }

  @Test
  void lengthsTooSmallForTheFamilyAndUnknownFamiliesAreRefused() {
    int[][] familyAndLength = {{2, 15}, {10, 27}, {2, 1}, {2, 0}, {2, -1}, {2, 129}, {16, 12}};
    for (int[] pair : familyAndLength) {
      MemorySegment source = MemorySegment.ofArray(new byte[SocketAddresses.MAX_BYTES]);
      source.set(JAVA_BYTE, 0, (byte) pair[0]);
      assertThrows(
          IllegalArgumentException.class,
          () -> SocketAddresses.decode(source, pair[1]),
          "family " + pair[0] + " of " + pair[1] + " bytes");
    }
  }

  @Test
  void theKernelGivesBackAPathThatWasBound() {
    Path path = directory.resolve("socket");
    assertEquals(UnixDomainSocketAddress.of(path), bound(UnixDomainSocketAddress.of(path)));
    assertTrue(Files.exists(path));
  }

  @Test
  void theKernelGivesBackAnAbstractNameThatWasBound() {
    UnixAbstractAddress address = UnixAbstractAddress.of("millrace test " + Libc.getpid());
    assertEquals(address, bound(address));
  }

  @Test
  void theKernelGivesBackAnIpv4AddressThatWasBound() throws Exception {
    InetSocketAddress decoded =
        (InetSocketAddress) bound(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    assertEquals("127.0.0.1", decoded.getAddress().getHostAddress());
    assertNotEquals(0, decoded.getPort());
  }

  @Test
  void theKernelGivesBackAnIpv6AddressThatWasBound() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "no IPv6 on this machine");
    InetSocketAddress decoded =
        (InetSocketAddress) bound(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
    assertEquals(InetAddress.ofLiteral("::1"), decoded.getAddress());
  }

  private static SocketAddress bound(SocketAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES);
      int lengthBytes = SocketAddresses.encode(address, memory);
      int family = memory.get(JAVA_BYTE, 0);
      int fd = succeeded(Libc.socket(family, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
      try {
        succeeded(Libc.bind(fd, memory, lengthBytes));
        memory.fill((byte) ANY);
        return SocketAddresses.decode(memory, succeeded(Libc.getsockname(fd, memory)));
      } finally {
        succeeded(Libc.close(fd));
      }
    }
  }

  /** Encodes into dirty, unaligned memory, and demands that nothing else is touched. */
  private static SocketAddress roundTrip(SocketAddress address, int expectedBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory =
          arena.allocate(SocketAddresses.MAX_BYTES + 1).asSlice(1).fill((byte) ANY);
      assertEquals(expectedBytes, SocketAddresses.encode(address, memory));
      for (long index = expectedBytes; index < memory.byteSize(); index++) {
        assertEquals(ANY, memory.get(JAVA_BYTE, index), "byte " + index);
      }
      return SocketAddresses.decode(memory, expectedBytes);
    }
  }

  private static String hex(SocketAddress address) {
    byte[] bytes = new byte[SocketAddresses.MAX_BYTES];
    int lengthBytes = SocketAddresses.encode(address, MemorySegment.ofArray(bytes));
    return HexFormat.of().formatHex(bytes, 0, lengthBytes);
  }

  private static final class ForeignAddress extends SocketAddress {
    private static final long serialVersionUID = 1;
  }
}
