package millrace.examples.http;

/** The {@code Date} field line of the current second, rendered once per second. Loop-confined. */
final class DateField {
  private static final byte[] NAME = Ascii.bytes("Date: ");

  private final byte[] line = new byte[NAME.length + HttpDate.LENGTH_BYTES + 2];
  private long renderedSeconds = Long.MIN_VALUE;

  DateField() {
    System.arraycopy(NAME, 0, line, 0, NAME.length);
    line[line.length - 2] = '\r';
    line[line.length - 1] = '\n';
  }

  /** The whole line with its CR LF. Shared: callers only read it, until the next call. */
  byte[] line(long epochSeconds) {
    if (epochSeconds != renderedSeconds) {
      HttpDate.write(epochSeconds, line, NAME.length);
      renderedSeconds = epochSeconds;
    }
    return line;
  }
}
