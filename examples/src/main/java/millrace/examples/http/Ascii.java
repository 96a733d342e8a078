package millrace.examples.http;

import java.nio.charset.StandardCharsets;

/** The character classes of RFC 9110 and RFC 3986, one table look-up each. */
final class Ascii {
  private static final int TOKEN = 1;
  private static final int FIELD_VALUE = 2;
  private static final int TARGET = 4;
  private static final int HOST = 8;
  private static final int UNRESERVED = 16;
  private static final int ENTITY_TAG = 32;
  private static final byte[] CLASSES = classes();

  private Ascii() {}

  private static byte[] classes() {
    byte[] classes = new byte[256];
    for (int c = 0x21; c <= 0x7E; c++) {
      classes[c] |= FIELD_VALUE | TARGET | ENTITY_TAG;
    }
    for (int c = 0x80; c <= 0xFF; c++) {
      classes[c] |= FIELD_VALUE | ENTITY_TAG;
    }
    classes[' '] |= FIELD_VALUE;
    classes['\t'] |= FIELD_VALUE;
    clear(classes, "\"", TARGET | ENTITY_TAG);
    // '#' starts a fragment, which a client never sends; the others are no part of any URI.
    clear(classes, "#\\<>^`{}", TARGET);
    for (int c = 0; c < 128; c++) {
      if (isLetterOrDigit(c)) {
        classes[c] |= TOKEN | HOST | UNRESERVED;
      }
    }
    mark(classes, "!#$%&'*+-.^_`|~", TOKEN);
    mark(classes, "-._~%!$&'()*+,;=", HOST);
    mark(classes, "-._~", UNRESERVED);
    return classes;
  }

  private static void mark(byte[] classes, String characters, int bit) {
    for (int i = 0; i < characters.length(); i++) {
      classes[characters.charAt(i)] |= (byte) bit;
    }
  }

  private static void clear(byte[] classes, String characters, int bit) {
    for (int i = 0; i < characters.length(); i++) {
      classes[characters.charAt(i)] &= (byte) ~bit;
    }
  }

  static boolean isLetterOrDigit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c);
  }

  static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  /** {@code tchar}: what methods and field names are made of. */
  static boolean isToken(byte b) {
    return (CLASSES[b & 0xFF] & TOKEN) != 0;
  }

  /** VCHAR, obs-text, space and tab: everything a field value may hold. */
  static boolean isFieldValue(byte b) {
    return (CLASSES[b & 0xFF] & FIELD_VALUE) != 0;
  }

  /** What a request target may hold. */
  static boolean isTarget(byte b) {
    return (CLASSES[b & 0xFF] & TARGET) != 0;
  }

  /** What a registered name or an IPv4 address may hold. */
  static boolean isHost(int c) {
    return c < 256 && (CLASSES[c] & HOST) != 0;
  }

  /** What needs no percent-encoding anywhere in a URI. */
  static boolean isUnreserved(byte b) {
    return (CLASSES[b & 0xFF] & UNRESERVED) != 0;
  }

  /** {@code etagc}. */
  static boolean isEntityTag(int c) {
    return c < 256 && (CLASSES[c] & ENTITY_TAG) != 0;
  }

  static int hexDigit(int c) {
    if (isDigit(c)) {
      return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  static boolean equals(byte[] bytes, int from, int to, String expected) {
    if (to - from != expected.length()) {
      return false;
    }
    for (int i = 0; i < expected.length(); i++) {
      if (bytes[from + i] != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** {@code lowerCase} has no upper-case letters. */
  static boolean equalsIgnoreCase(byte[] bytes, int from, int to, String lowerCase) {
    if (to - from != lowerCase.length()) {
      return false;
    }
    for (int i = 0; i < lowerCase.length(); i++) {
      int c = bytes[from + i];
      if (c >= 'A' && c <= 'Z') {
        c |= 0x20;
      }
      if (c != lowerCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
