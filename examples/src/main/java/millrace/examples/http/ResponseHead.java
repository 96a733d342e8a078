package millrace.examples.http;

import java.util.Arrays;

/**
 * Builds the head of one response: status line, field lines, empty line. Reused for every response
 * of a loop; grows to the longest head ever written, which the request limits bound. Not
 * thread-safe.
 */
final class ResponseHead {
  private static final byte[] LINE_END = {'\r', '\n'};

  private final DateField date = new DateField();
  private byte[] bytes = new byte[1024];
  private int lengthBytes;

  ResponseHead start(Status status, long nowSeconds) {
    lengthBytes = 0;
    literal(status.line());
    return raw(date.line(nowSeconds));
  }

  /** {@code line} is a whole field line with its CR LF. */
  ResponseHead raw(byte[] line) {
    reserve(line.length);
    System.arraycopy(line, 0, bytes, lengthBytes, line.length);
    lengthBytes += line.length;
    return this;
  }

  /** {@code value} is made by this server: visible ASCII and spaces. */
  ResponseHead field(ResponseField name, String value) {
    literal(name.prefix());
    text(value);
    return raw(LINE_END);
  }

  ResponseHead field(ResponseField name, long value) {
    assert value >= 0 : value;
    literal(name.prefix());
    number(value);
    return raw(LINE_END);
  }

  ResponseHead dateField(ResponseField name, long epochSeconds) {
    literal(name.prefix());
    reserve(HttpDate.LENGTH_BYTES);
    HttpDate.write(epochSeconds, bytes, lengthBytes);
    lengthBytes += HttpDate.LENGTH_BYTES;
    return raw(LINE_END);
  }

  /** {@code Content-Range: bytes first-last/size}. */
  ResponseHead contentRange(ByteRange range, long sizeBytes) {
    literal(ResponseField.CONTENT_RANGE.prefix());
    literal("bytes ");
    number(range.first());
    literal("-");
    number(range.last());
    literal("/");
    number(sizeBytes);
    return raw(LINE_END);
  }

  /** The Content-Range of a 416, which has a size and no range. */
  ResponseHead unsatisfiedRange(long sizeBytes) {
    literal(ResponseField.CONTENT_RANGE.prefix());
    literal("bytes */");
    number(sizeBytes);
    return raw(LINE_END);
  }

  ResponseHead end() {
    return raw(LINE_END);
  }

  /** The head is in the first {@link #lengthBytes()} bytes. Shared: callers only read it. */
  byte[] bytes() {
    return bytes;
  }

  int lengthBytes() {
    return lengthBytes;
  }

  private void text(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      // A line break here would let a part of the request become a field of the response.
      if (c < ' ' || c > '~') {
        throw new IllegalArgumentException("control character in a field value: " + (int) c);
      }
    }
    literal(value);
  }

  private void literal(String ascii) {
    reserve(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      bytes[lengthBytes++] = (byte) ascii.charAt(i);
    }
  }

  private void number(long value) {
    int digits = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) {
      digits++;
    }
    reserve(digits);
    long rest = value;
    for (int i = lengthBytes + digits - 1; i >= lengthBytes; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    lengthBytes += digits;
  }

  private void reserve(int count) {
    if (bytes.length - lengthBytes < count) {
      bytes = Arrays.copyOf(bytes, Math.max(lengthBytes + count, 2 * bytes.length));
    }
  }
}
