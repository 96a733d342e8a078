package millrace.examples.http;

import java.nio.charset.StandardCharsets;

/** Writes file names into URIs (RFC 3986, section 2.1). */
final class PercentEncoding {
  private static final String HEX = "0123456789ABCDEF";

  private PercentEncoding() {}

  /** Encodes everything but unreserved characters and, when {@code keepSlashes}, the slash. */
  static String encode(String text, boolean keepSlashes) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    StringBuilder encoded = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      if (Ascii.isUnreserved(b) || (keepSlashes && b == '/')) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HEX.charAt((b >> 4) & 0xF)).append(HEX.charAt(b & 0xF));
      }
    }
    return encoded.toString();
  }
}
