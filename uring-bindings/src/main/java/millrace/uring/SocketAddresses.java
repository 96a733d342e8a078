package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.sockaddr;
import millrace.uring.abi.sockaddr_in;
import millrace.uring.abi.sockaddr_in6;
import millrace.uring.abi.sockaddr_storage;
import millrace.uring.abi.sockaddr_un;

/**
 * Socket addresses of Java and of the kernel: {@link InetSocketAddress} as sockaddr_in and
 * sockaddr_in6, the latter with its scope, {@link UnixDomainSocketAddress} and {@link
 * UnixAbstractAddress} as sockaddr_un.
 *
 * <p>An IPv4-mapped IPv6 address is decoded as the IPv4 address, as everywhere in Java. The flow
 * label is not kept. An unnamed Unix domain address is the empty path.
 *
 * <p>All methods may be called by any thread; memory need not be aligned. See ip(7), ipv6(7),
 * unix(7).
 */
public final class SocketAddresses {

  /** Room enough for every address, in bytes: the size of struct sockaddr_storage. */
  public static final int MAX_BYTES = (int) sockaddr_storage.sizeof();

  private static final ValueLayout.OfShort PORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final long FAMILY_OFFSET = sockaddr.sa_family$offset();
  private static final int FAMILY_BYTES = Short.BYTES;
  private static final int PATH_OFFSET = (int) sockaddr_un.sun_path$offset();
  private static final int PATH_LIMIT_BYTES = (int) sockaddr_un.sun_path$layout().byteSize();
  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;

  // How java.nio.file turns a path into bytes.
  private static final Charset PATH_CHARSET =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private SocketAddresses() {}

  /**
   * Writes an address.
   *
   * @param address an address of one of the kinds named above, resolved
   * @param target where to write, at least as long as the result, {@link #MAX_BYTES} at most
   * @return the number of bytes written, which is what the kernel asks for as addrlen
   * @throws IllegalArgumentException if the address is unresolved, of another kind, or a path of
   *     more than 107 bytes
   */
  public static int encode(SocketAddress address, MemorySegment target) {
    return switch (address) {
      case InetSocketAddress internet -> encodeInternet(internet, target);
      case UnixDomainSocketAddress unix -> encodePath(unix.getPath(), target);
      case UnixAbstractAddress unix -> encodeAbstract(unix.name(), target);
      default ->
          throw new IllegalArgumentException(
              address + ": not an internet or Unix domain address but " + address.getClass());
    };
  }

  private static int encodeInternet(InetSocketAddress address, MemorySegment target) {
    return switch (address.getAddress()) {
      case Inet4Address ipv4 -> {
        zero(target, sockaddr_in.sizeof());
        putFamily(target, IoUring.AF_INET());
        target.set(PORT, sockaddr_in.sin_port$offset(), (short) address.getPort());
        putBytes(target, sockaddr_in.sin_addr$offset(), ipv4.getAddress());
        yield (int) sockaddr_in.sizeof();
      }
      case Inet6Address ipv6 -> {
        zero(target, sockaddr_in6.sizeof());
        putFamily(target, IoUring.AF_INET6());
        target.set(PORT, sockaddr_in6.sin6_port$offset(), (short) address.getPort());
        putBytes(target, sockaddr_in6.sin6_addr$offset(), ipv6.getAddress());
        target.set(JAVA_INT_UNALIGNED, sockaddr_in6.sin6_scope_id$offset(), ipv6.getScopeId());
        yield (int) sockaddr_in6.sizeof();
      }
      case null, default -> throw new IllegalArgumentException(address + ": not resolved");
    };
  }

  private static int encodePath(Path path, MemorySegment target) {
    byte[] bytes = path.toString().getBytes(PATH_CHARSET);
    putFamily(target, IoUring.AF_UNIX());
    if (bytes.length == 0) {
      return FAMILY_BYTES;
    }
    // One byte is kept for a NUL: without it the kernel would take the path, but others could not.
    if (bytes.length >= PATH_LIMIT_BYTES) {
      throw new IllegalArgumentException(
          path + ": " + bytes.length + " bytes, must have less than " + PATH_LIMIT_BYTES);
    }
    putBytes(target, PATH_OFFSET, bytes);
    target.set(JAVA_BYTE, PATH_OFFSET + bytes.length, (byte) 0);
    return PATH_OFFSET + bytes.length + 1;
  }

  // The length is the name's end here, for a NUL would be part of it.
  private static int encodeAbstract(byte[] name, MemorySegment target) {
    putFamily(target, IoUring.AF_UNIX());
    target.set(JAVA_BYTE, PATH_OFFSET, (byte) 0);
    putBytes(target, PATH_OFFSET + 1, name);
    return PATH_OFFSET + 1 + name.length;
  }

  /**
   * Reads an address.
   *
   * @param source what the kernel has written
   * @param lengthBytes the length that the kernel has reported
   * @return an address of one of the kinds named above
   * @throws IllegalArgumentException if the family is another or the length too small for it
   */
  public static SocketAddress decode(MemorySegment source, int lengthBytes) {
    requireLength(lengthBytes, FAMILY_BYTES);
    int family = source.get(JAVA_SHORT_UNALIGNED, FAMILY_OFFSET);
    if (family == IoUring.AF_INET()) {
      requireLength(lengthBytes, sockaddr_in.sizeof());
      byte[] bytes = getBytes(source, sockaddr_in.sin_addr$offset(), IPV4_BYTES);
      return internet(bytes, 0, source.get(PORT, sockaddr_in.sin_port$offset()));
    }
    if (family == IoUring.AF_INET6()) {
      requireLength(lengthBytes, sockaddr_in6.sizeof());
      byte[] bytes = getBytes(source, sockaddr_in6.sin6_addr$offset(), IPV6_BYTES);
      int scope = source.get(JAVA_INT_UNALIGNED, sockaddr_in6.sin6_scope_id$offset());
      return internet(bytes, scope, source.get(PORT, sockaddr_in6.sin6_port$offset()));
    }
    if (family == IoUring.AF_UNIX()) {
      return unix(getBytes(source, PATH_OFFSET, lengthBytes - PATH_OFFSET));
    }
    throw new IllegalArgumentException("address family " + family + ": not AF_INET, 6 or AF_UNIX");
  }

  private static InetSocketAddress internet(byte[] bytes, int scope, short port) {
    try {
      InetAddress address =
          scope == 0
              ? InetAddress.getByAddress(bytes)
              : Inet6Address.getByAddress(null, bytes, scope);
      return new InetSocketAddress(address, Short.toUnsignedInt(port));
    } catch (UnknownHostException impossible) {
      throw new AssertionError("an address of " + bytes.length + " bytes", impossible);
    }
  }

  private static SocketAddress unix(byte[] path) {
    if (path.length > 0 && path[0] == 0) {
      byte[] name = new byte[path.length - 1];
      System.arraycopy(path, 1, name, 0, name.length);
      return UnixAbstractAddress.of(name);
    }
    // The kernel counts the terminating NUL if the one who bound the socket did.
    int end = 0;
    while (end < path.length && path[end] != 0) {
      end++;
    }
    return UnixDomainSocketAddress.of(new String(path, 0, end, PATH_CHARSET));
  }

  private static void requireLength(int lengthBytes, long least) {
    if (lengthBytes < least || lengthBytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "lengthBytes " + lengthBytes + ": must be in " + least + ".." + MAX_BYTES);
    }
  }

  private static void zero(MemorySegment target, long lengthBytes) {
    target.asSlice(0, lengthBytes).fill((byte) 0);
  }

  private static void putFamily(MemorySegment target, int family) {
    target.set(JAVA_SHORT_UNALIGNED, FAMILY_OFFSET, (short) family);
  }

  private static void putBytes(MemorySegment target, long offset, byte[] bytes) {
    MemorySegment.copy(bytes, 0, target, JAVA_BYTE, offset, bytes.length);
  }

  private static byte[] getBytes(MemorySegment source, long offset, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    MemorySegment.copy(source, JAVA_BYTE, offset, bytes, 0, lengthBytes);
    return bytes;
  }
}
