package millrace.examples.http;

/** The well-formedness of UTF-8 (The Unicode Standard, table 3-7). */
final class Utf8 {
  private Utf8() {}

  /** Refuses overlong forms, surrogates and code points above U+10FFFF. */
  static boolean isWellFormed(byte[] bytes, int from, int to) {
    int position = from;
    while (position < to) {
      int lead = bytes[position] & 0xFF;
      int length = sequenceBytes(lead);
      if (length == 0 || position + length > to) {
        return false;
      }
      if (length > 1 && !isSecondByte(lead, bytes[position + 1] & 0xFF)) {
        return false;
      }
      for (int i = 2; i < length; i++) {
        if ((bytes[position + i] & 0xC0) != 0x80) {
          return false;
        }
      }
      position += length;
    }
    return true;
  }

  private static int sequenceBytes(int lead) {
    if (lead < 0x80) {
      return 1;
    }
    if (lead < 0xC2) {
      // A continuation byte, or a lead byte that only overlong forms have.
      return 0;
    }
    if (lead < 0xE0) {
      return 2;
    }
    if (lead < 0xF0) {
      return 3;
    }
    return lead <= 0xF4 ? 4 : 0;
  }

  /** The second byte is where overlong forms, surrogates and too large values show. */
  private static boolean isSecondByte(int lead, int second) {
    return switch (lead) {
      case 0xE0 -> second >= 0xA0 && second <= 0xBF;
      case 0xED -> second >= 0x80 && second <= 0x9F;
      case 0xF0 -> second >= 0x90 && second <= 0xBF;
      case 0xF4 -> second >= 0x80 && second <= 0x8F;
      default -> second >= 0x80 && second <= 0xBF;
    };
  }
}
