package millrace.examples.http;

import java.time.LocalDate;

/** HTTP-date (RFC 9110, section 5.6.7): written as IMF-fixdate, read in all three formats. */
final class HttpDate {
  /** {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
  static final int LENGTH_BYTES = 29;

  /** What {@link #parse} gives for text that is no date. */
  static final long INVALID = Long.MIN_VALUE;

  private static final String DAYS = "MonTueWedThuFriSatSun";
  private static final String[] LONG_DAYS = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
  };
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final long SECONDS_PER_DAY = 86_400;
  // Four digits for the year is all the format has.
  private static final long FIRST = LocalDate.of(0, 1, 1).toEpochDay() * SECONDS_PER_DAY;
  private static final long LAST = LocalDate.of(10_000, 1, 1).toEpochDay() * SECONDS_PER_DAY - 1;

  private HttpDate() {}

  /** Writes {@link #LENGTH_BYTES} bytes; what the format cannot say becomes its nearest date. */
  static void write(long epochSeconds, byte[] target, int offset) {
    long seconds = Math.max(FIRST, Math.min(LAST, epochSeconds));
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_PER_DAY));
    int secondOfDay = (int) Math.floorMod(seconds, SECONDS_PER_DAY);
    int position = put(target, offset, DAYS, 3 * (date.getDayOfWeek().getValue() - 1));
    target[position++] = ',';
    target[position++] = ' ';
    position = twoDigits(target, position, date.getDayOfMonth(), ' ');
    position = put(target, position, MONTHS, 3 * (date.getMonthValue() - 1));
    target[position++] = ' ';
    target[position++] = (byte) ('0' + date.getYear() / 1000);
    target[position++] = (byte) ('0' + date.getYear() / 100 % 10);
    position = twoDigits(target, position, date.getYear() % 100, ' ');
    position = twoDigits(target, position, secondOfDay / 3600, ':');
    position = twoDigits(target, position, secondOfDay / 60 % 60, ':');
    position = twoDigits(target, position, secondOfDay % 60, ' ');
    put(target, position, "GMT", 0);
  }

  static String format(long epochSeconds) {
    byte[] bytes = new byte[LENGTH_BYTES];
    write(epochSeconds, bytes, 0);
    return Ascii.text(bytes, 0, LENGTH_BYTES);
  }

  private static int put(byte[] target, int position, String source, int index) {
    for (int i = 0; i < 3; i++) {
      target[position + i] = (byte) source.charAt(index + i);
    }
    return position + 3;
  }

  private static int twoDigits(byte[] target, int position, int value, char next) {
    target[position] = (byte) ('0' + value / 10);
    target[position + 1] = (byte) ('0' + value % 10);
    target[position + 2] = (byte) next;
    return position + 3;
  }

  /**
   * Epoch seconds, or {@link #INVALID}.
   *
   * @param nowEpochSeconds decides about the century of the two-digit years of RFC 850
   */
  static long parse(String text, long nowEpochSeconds) {
    int comma = text.indexOf(',');
    if (comma == 3) {
      return parseFixed(text);
    }
    return comma > 3 ? parseRfc850(text, comma, nowEpochSeconds) : parseAsctime(text);
  }

  /** {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
  private static long parseFixed(String text) {
    if (text.length() != LENGTH_BYTES
        || nameIndex(DAYS, text, 0) < 0
        || !matches(text, 3, ", ## ... #### ##:##:## GMT")) {
      return INVALID;
    }
    return epochSeconds(
        number(text, 12, 4), nameIndex(MONTHS, text, 8), number(text, 5, 2), text, 17);
  }

  /** {@code Sunday, 06-Nov-94 08:49:37 GMT}. */
  private static long parseRfc850(String text, int comma, long nowEpochSeconds) {
    String day = text.substring(0, comma);
    boolean known = false;
    for (String name : LONG_DAYS) {
      known |= name.equals(day);
    }
    if (!known || !matches(text, comma, ", ##-...-## ##:##:## GMT")) {
      return INVALID;
    }
    long nowDay = Math.floorDiv(Math.max(FIRST, Math.min(LAST, nowEpochSeconds)), SECONDS_PER_DAY);
    int thisYear = LocalDate.ofEpochDay(nowDay).getYear();
    int year = thisYear - Math.floorMod(thisYear, 100) + number(text, comma + 9, 2);
    // RFC 9110, section 5.6.7: more than 50 years ahead means the most recent year in the past.
    if (year > thisYear + 50) {
      year -= 100;
    }
    int month = nameIndex(MONTHS, text, comma + 5);
    return epochSeconds(year, month, number(text, comma + 2, 2), text, comma + 12);
  }

  /** {@code Sun Nov 6 08:49:37 1994}. */
  private static long parseAsctime(String text) {
    if (nameIndex(DAYS, text, 0) < 0
        || !(matches(text, 3, " ... ## ##:##:## ####")
            || matches(text, 3, " ...  # ##:##:## ####"))) {
      return INVALID;
    }
    int day = text.charAt(8) == ' ' ? number(text, 9, 1) : number(text, 8, 2);
    return epochSeconds(number(text, 20, 4), nameIndex(MONTHS, text, 4), day, text, 11);
  }

  /** Whether {@code text} from {@code index} to its end is like the pattern: # a digit, . any. */
  private static boolean matches(String text, int index, String pattern) {
    if (text.length() - index != pattern.length()) {
      return false;
    }
    for (int i = 0; i < pattern.length(); i++) {
      char c = text.charAt(index + i);
      char expected = pattern.charAt(i);
      boolean fits =
          switch (expected) {
            case '#' -> Ascii.isDigit(c);
            case '.' -> true;
            default -> c == expected;
          };
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private static int nameIndex(String names, String text, int index) {
    for (int i = 0; i < names.length(); i += 3) {
      if (text.regionMatches(index, names, i, 3)) {
        return i / 3;
      }
    }
    return -1;
  }

  private static int number(String text, int index, int digits) {
    int number = 0;
    for (int i = index; i < index + digits; i++) {
      number = number * 10 + (text.charAt(i) - '0');
    }
    return number;
  }

  /** {@code month} counts from 0 and is negative when unknown. */
  private static long epochSeconds(int year, int month, int day, String text, int timeIndex) {
    int hour = number(text, timeIndex, 2);
    int minute = number(text, timeIndex + 3, 2);
    int second = number(text, timeIndex + 6, 2);
    // A second of 60 is a leap second, which epoch seconds do not have.
    if (month < 0 || day < 1 || hour > 23 || minute > 59 || second > 60) {
      return INVALID;
    }
    LocalDate first = LocalDate.of(year, month + 1, 1);
    if (day > first.lengthOfMonth()) {
      return INVALID;
    }
    return (first.toEpochDay() + day - 1) * SECONDS_PER_DAY
        + hour * 3600L
        + minute * 60L
        + Math.min(second, 59);
  }
}
