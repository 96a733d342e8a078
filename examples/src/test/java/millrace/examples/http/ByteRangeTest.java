package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 0",
    "bytes=0-99, 0, 99",
    "bytes=10-, 10, 99",
    "bytes=-10, 90, 99",
    "bytes=-1000, 0, 99",
    "bytes=90-1000, 90, 99",
    "BYTES= 5-6 , 5, 6",
    "bytes=99-99999999999999999999999, 99, 99",
  })
  void rangeSelectsPositions(String value, long first, long last) {
    assertEquals(new ByteRange(first, last), ByteRange.parse(value, 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"})
  void rangeBehindTheEndIsUnsatisfiable(String value) {
    assertEquals(ByteRange.UNSATISFIABLE, ByteRange.parse(value, 100));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-4",
        "bytes=0-0,2-3",
        "bytes=1 - 2",
        "lines=0-1",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes:0-1",
        "bytes=+1-2",
      })
  void whatIsNotOneRangeIsIgnored(String value) {
    assertEquals(ByteRange.WHOLE, ByteRange.parse(value, 100));
  }

  @ParameterizedTest
  @CsvSource({"bytes=0-, true", "bytes=0-5, true", "bytes=-5, false", "bytes=-0, true"})
  void emptyRepresentationHasNoPositions(String value, boolean unsatisfiable) {
    assertEquals(
        unsatisfiable ? ByteRange.UNSATISFIABLE : ByteRange.WHOLE, ByteRange.parse(value, 0));
  }

  @Property
  void selectedRangeLiesWithinTheRepresentation(
      @ForAll @LongRange(min = 0) long first,
      @ForAll @LongRange(min = 0) long last,
      @ForAll @LongRange(min = 0) long sizeBytes) {
    for (String value : new String[] {first + "-" + last, first + "-", "-" + last}) {
      ByteRange range = ByteRange.parse("bytes=" + value, sizeBytes);
      if (!range.equals(ByteRange.WHOLE) && !range.equals(ByteRange.UNSATISFIABLE)) {
        assertTrue(range.first() >= 0 && range.first() <= range.last(), range::toString);
        assertTrue(range.last() < sizeBytes, range::toString);
      }
    }
  }

  @Property
  void anyTextIsReadWithoutAnException(@ForAll String text) {
    ByteRange.parse(text, 100);
    ByteRange.parse("bytes=" + text, 100);
  }
}
