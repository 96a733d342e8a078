package millrace.uring;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A Unix domain address in the abstract namespace: a name that is no file, and vanishes with the
 * last socket bound to it. {@link java.net.UnixDomainSocketAddress} cannot express it, because its
 * path would begin with a NUL. Immutable. See unix(7).
 */
public final class UnixAbstractAddress extends SocketAddress {

  /** The longest name: what is left of sun_path after the leading NUL. */
  public static final int MAX_NAME_BYTES = 107;

  private static final long serialVersionUID = 1;

  /** The bytes of the name, without the leading zero. */
  private final byte[] name;

  private UnixAbstractAddress(byte[] name) {
    if (name.length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "name of " + name.length + " bytes: must have 0.." + MAX_NAME_BYTES);
    }
    this.name = name;
  }

  /**
   * Makes an address of a name in UTF-8.
   *
   * @param name the name without the leading NUL, at most 107 bytes long
   * @return the address
   */
  public static UnixAbstractAddress of(String name) {
    return new UnixAbstractAddress(name.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Makes an address of a name, which may hold any bytes.
   *
   * @param name the name without the leading NUL, at most 107 bytes long
   * @return the address
   */
  public static UnixAbstractAddress of(byte[] name) {
    return new UnixAbstractAddress(name.clone());
  }

  /**
   * Returns the name.
   *
   * @return a copy of its bytes, without the leading NUL
   */
  public byte[] name() {
    return name.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UnixAbstractAddress address && Arrays.equals(name, address.name);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(name);
  }

  /**
   * Returns the name in the form that ss(8) and netstat(8) print.
   *
   * @return an at sign and the name
   */
  @Override
  public String toString() {
    return "@" + new String(name, StandardCharsets.UTF_8);
  }
}
