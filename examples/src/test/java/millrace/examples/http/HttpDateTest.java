package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {
  private static final long EXAMPLE = 784_111_777;
  private static final long NOW = 1_790_000_000;
  private static final DateTimeFormatter IMF =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter RFC_850 =
      DateTimeFormatter.ofPattern("EEEE, dd-MMM-uu HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.US).withZone(ZoneOffset.UTC);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994"
      })
  void allThreeFormatsAreRead(String text) {
    assertEquals(EXAMPLE, HttpDate.parse(text, NOW));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "Sun",
        "Sun,",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1995 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 00:60:00 GMT",
        "Sun, 06 Nov 1994 00:00:61 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Someday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994x",
        "Sun, 0\u0666 Nov 1994 08:49:37 GMT",
      })
  void otherTextIsNoDate(String text) {
    assertEquals(HttpDate.INVALID, HttpDate.parse(text, NOW));
  }

  @Test
  void leapSecondIsTheLastSecondOfItsMinute() {
    assertEquals(
        Instant.parse("2016-12-31T23:59:59Z").getEpochSecond(),
        HttpDate.parse("Sat, 31 Dec 2016 23:59:60 GMT", NOW));
  }

  @Test
  void twoDigitYearIsNeverMoreThanFiftyYearsAhead() {
    long now = Instant.parse("2026-06-01T00:00:00Z").getEpochSecond();

    assertEquals(2076, year(HttpDate.parse("Wednesday, 01-Jan-76 00:00:00 GMT", now)));
    assertEquals(1977, year(HttpDate.parse("Saturday, 01-Jan-77 00:00:00 GMT", now)));
  }

  private static int year(long epochSeconds) {
    return LocalDate.ofInstant(Instant.ofEpochSecond(epochSeconds), ZoneOffset.UTC).getYear();
  }

  @Property(tries = 5000)
  void writtenDateIsTheOneOfTheJdkAndIsReadBack(
      @ForAll @LongRange(min = -62_167_219_200L, max = 253_402_300_799L) long seconds) {
    Instant instant = Instant.ofEpochSecond(seconds);

    assertEquals(IMF.format(instant), HttpDate.format(seconds));
    assertEquals(seconds, HttpDate.parse(HttpDate.format(seconds), NOW));
    assertEquals(seconds, HttpDate.parse(ASCTIME.format(instant), NOW));
  }

  @Property
  void rfc850DateOfTheLastDecadesIsReadBack(
      @ForAll @LongRange(min = 220_924_800, max = NOW) long seconds) {
    assertEquals(seconds, HttpDate.parse(RFC_850.format(Instant.ofEpochSecond(seconds)), NOW));
  }

  @Property
  void anyTextIsReadWithoutAnException(@ForAll String text) {
    HttpDate.parse(text, NOW);
  }

  @Property
  void anyInstantHasADateOfTwentyNineBytes(@ForAll long seconds) {
    assertEquals(HttpDate.LENGTH_BYTES, HttpDate.format(seconds).length());
  }

  @Test
  void dateFieldIsRenderedOncePerSecond() {
    DateField field = new DateField();
    byte[] expected = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".getBytes(StandardCharsets.US_ASCII);

    byte[] first = field.line(EXAMPLE);
    assertArrayEquals(expected, first);
    assertSame(first, field.line(EXAMPLE));
    assertArrayEquals(
        "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n".getBytes(StandardCharsets.US_ASCII),
        field.line(EXAMPLE + 1));
  }
}
