package millrace.proactor.net;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;
import millrace.proactor.ReceivedMessage;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/**
 * An IPv4 or IPv6 address and port as the kernel has it, a struct sockaddr, in a holder that is
 * filled again and again: whoever keeps one for each peer sends and compares without allocation.
 *
 * <p>Equal are two that hold the same bytes. An IPv6 socket tells of IPv4 peers by IPv4-mapped
 * addresses, which are not equal to the IPv4 addresses; {@link #toInetSocketAddress} makes the same
 * of both. As with every mutable object: no change while it is a key of a map.
 *
 * <p>They have an order, though none that means anything: senders can be forged, and so chosen to
 * have the same hash code, and a {@link java.util.HashMap} stays fast only if its keys can be
 * compared.
 *
 * <p>Not thread-safe.
 */
public final class DatagramAddress implements Comparable<DatagramAddress> {

  /** Size of the largest one, a struct sockaddr_in6, in bytes. */
  static final int MAX_BYTES = 28;

  /** sin_port and sin6_port alike, in network order. */
  private static final int PORT_OFFSET = 2;

  private static final int IPV6_BYTES = 16;
  private static final int MAPPED_OFFSET = 12;

  private final byte[] bytes = new byte[MAX_BYTES];
  private int lengthBytes;

  /** An empty holder. */
  public DatagramAddress() {}

  /**
   * A holder of {@code address}.
   *
   * @param address resolved
   * @return the holder
   */
  public static DatagramAddress of(InetSocketAddress address) {
    return new DatagramAddress().set(address);
  }

  /**
   * Takes over {@code address}; allocates.
   *
   * @param address resolved
   * @return this
   * @throws IllegalArgumentException if it is not resolved
   */
  public DatagramAddress set(InetSocketAddress address) {
    lengthBytes = SocketAddresses.encode(address, MemorySegment.ofArray(bytes));
    return this;
  }

  /**
   * Takes over the address that {@code other} holds.
   *
   * @param other the other
   * @return this
   */
  public DatagramAddress set(DatagramAddress other) {
    System.arraycopy(other.bytes, 0, bytes, 0, other.lengthBytes);
    lengthBytes = other.lengthBytes;
    return this;
  }

  /**
   * Takes over the sender of {@code message}, which is one of a {@link UdpSocket}.
   *
   * @param message a message, while it may be read
   * @return this
   */
  public DatagramAddress setSource(ReceivedMessage message) {
    return set(message.memory(), message.sourceOffset(), message.sourceLengthBytes());
  }

  DatagramAddress set(MemorySegment memory, long offset, int newLengthBytes) {
    Objects.checkFromIndexSize(0, newLengthBytes, MAX_BYTES);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, bytes, 0, newLengthBytes);
    lengthBytes = newLengthBytes;
    return this;
  }

  DatagramAddress set(byte[] source, int offset, int newLengthBytes) {
    System.arraycopy(source, offset, bytes, 0, newLengthBytes);
    lengthBytes = newLengthBytes;
    return this;
  }

  /** The address as an IPv6 socket wants it: an IPv4 address becomes an IPv4-mapped one. */
  static InetSocketAddress mapped(InetSocketAddress address) {
    if (!(address.getAddress() instanceof Inet4Address ipv4)) {
      return address;
    }
    byte[] mapped = new byte[IPV6_BYTES];
    mapped[MAPPED_OFFSET - 2] = (byte) 0xff;
    mapped[MAPPED_OFFSET - 1] = (byte) 0xff;
    System.arraycopy(ipv4.getAddress(), 0, mapped, MAPPED_OFFSET, Integer.BYTES);
    try {
      // InetAddress.getByAddress would make an Inet4Address of these bytes.
      InetAddress ipv6 = Inet6Address.getByAddress(null, mapped, 0);
      return new InetSocketAddress(ipv6, address.getPort());
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, lengthBytes);
  }

  int lengthBytes() {
    return lengthBytes;
  }

  /** {@return whether it holds nothing} */
  public boolean isEmpty() {
    return lengthBytes == 0;
  }

  /** {@return the port, 0 to 65535} */
  public int port() {
    checkHeld();
    return Byte.toUnsignedInt(bytes[PORT_OFFSET]) << Byte.SIZE
        | Byte.toUnsignedInt(bytes[PORT_OFFSET + 1]);
  }

  /** {@return whether it is a struct sockaddr_in6} */
  public boolean isIpv6() {
    checkHeld();
    return MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_SHORT_UNALIGNED, 0) == Libc.AF_INET6;
  }

  /** {@return the same address in Java's form; allocates} */
  public InetSocketAddress toInetSocketAddress() {
    checkHeld();
    return (InetSocketAddress) SocketAddresses.decode(MemorySegment.ofArray(bytes), lengthBytes);
  }

  private void checkHeld() {
    if (lengthBytes == 0) {
      throw new IllegalStateException("the holder is empty");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DatagramAddress address
        && Arrays.equals(bytes, 0, lengthBytes, address.bytes, 0, address.lengthBytes);
  }

  @Override
  public int hashCode() {
    int hash = lengthBytes;
    for (int index = 0; index < lengthBytes; index++) {
      hash = 31 * hash + bytes[index];
    }
    return hash;
  }

  /** By bytes, consistent with {@link #equals}. */
  @Override
  public int compareTo(DatagramAddress other) {
    return Arrays.compareUnsigned(bytes, 0, lengthBytes, other.bytes, 0, other.lengthBytes);
  }

  @Override
  public String toString() {
    return isEmpty() ? "none" : Sockaddr.text(toInetSocketAddress());
  }
}
