package millrace.examples.http;

import static millrace.examples.http.Preconditions.Outcome.FAILED;
import static millrace.examples.http.Preconditions.Outcome.NOT_MODIFIED;
import static millrace.examples.http.Preconditions.Outcome.PROCEED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreconditionsTest {
  private static final String TAG = "\"64-1.2-3\"";
  private static final long MODIFIED = 784_111_777;
  private static final long NOW = 1_790_000_000;
  private static final String AT = "Sun, 06 Nov 1994 08:49:37 GMT";
  private static final String BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";
  private static final String AFTER = "Sun, 06 Nov 1994 08:49:38 GMT";

  private static Request request() {
    Request request = new Request();
    request.clear();
    return request;
  }

  private static Preconditions.Outcome evaluate(Request request) {
    return Preconditions.evaluate(request, TAG, MODIFIED, NOW);
  }

  @Test
  void requestWithoutConditionsProceeds() {
    assertEquals(PROCEED, evaluate(request()));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "*| true| true",
        "\"64-1.2-3\"| true| true",
        "W/\"64-1.2-3\"| true| false",
        "\"a\" , W/\"b\",,\"64-1.2-3\"| true| true",
        "\"a\"| false| false",
        "\"\"| false| false",
        "64-1.2-3| false| false",
        "\"64-1.2-3| false| false",
        "w/\"64-1.2-3\"| false| false",
        "junk, \"64-1.2-3\"| false| false",
        "*, \"a\"| false| false",
      })
  void tagListIsComparedWeaklyOrStrongly(String list, boolean weak, boolean strong) {
    assertEquals(weak, EntityTag.listMatches(list, TAG, true));
    assertEquals(strong, EntityTag.listMatches(list, TAG, false));
  }

  @Test
  void ifNoneMatchGoesBeforeIfModifiedSince() {
    Request request = request();
    request.ifNoneMatch = "\"other\"";
    request.ifModifiedSince = AFTER;
    assertEquals(PROCEED, evaluate(request));

    request.ifNoneMatch = TAG;
    request.ifModifiedSince = BEFORE;
    assertEquals(NOT_MODIFIED, evaluate(request));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {AT + "| NOT_MODIFIED", AFTER + "| NOT_MODIFIED", BEFORE + "| PROCEED", "x| PROCEED"})
  void ifModifiedSinceComparesSeconds(String date, Preconditions.Outcome expected) {
    Request request = request();
    request.ifModifiedSince = date;

    assertEquals(expected, evaluate(request));
  }

  @Test
  void failedIfMatchGoesBeforeEverything() {
    Request request = request();
    request.ifMatch = "\"other\"";
    request.ifNoneMatch = TAG;
    assertEquals(FAILED, evaluate(request));

    request.ifMatch = "*";
    assertEquals(NOT_MODIFIED, evaluate(request));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {AT + "| PROCEED", AFTER + "| PROCEED", BEFORE + "| FAILED", "x| PROCEED"})
  void ifUnmodifiedSinceCountsWithoutIfMatch(String date, Preconditions.Outcome expected) {
    Request request = request();
    request.ifUnmodifiedSince = date;
    assertEquals(expected, evaluate(request));

    request.ifMatch = TAG;
    assertEquals(PROCEED, evaluate(request));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "\"64-1.2-3\"| true",
        "W/\"64-1.2-3\"| false",
        "\"other\"| false",
        AT + "| true",
        AFTER + "| false",
        BEFORE + "| false",
        "x| false",
      })
  void ifRangeNeedsTheVeryRepresentation(String value, boolean applies) {
    Request request = request();
    request.ifRange = value;

    assertEquals(applies, Preconditions.rangeApplies(request, TAG, MODIFIED, NOW));
  }

  @Test
  void dateOfAFileThatHasJustChangedIsNoStrongValidator() {
    Request request = request();
    request.ifRange = AT;

    assertEquals(false, Preconditions.rangeApplies(request, TAG, MODIFIED, MODIFIED + 1));
    assertEquals(true, Preconditions.rangeApplies(request, TAG, MODIFIED, MODIFIED + 2));
  }

  @Test
  void eachPropertyOfAFileChangesItsTag() {
    String tag = EntityTag.of(1, 2, 3, 4);

    assertEquals("\"1-2.3-4\"", tag);
    assertNotEquals(tag, EntityTag.of(0, 2, 3, 4));
    assertNotEquals(tag, EntityTag.of(1, -2, 3, 4));
    assertNotEquals(tag, EntityTag.of(1, 2, 0, 4));
    assertNotEquals(tag, EntityTag.of(1, 2, 3, -4));
  }

  @Property
  void anyListIsReadWithoutAnException(@ForAll String list) {
    EntityTag.listMatches(list, TAG, true);
    EntityTag.listMatches("\"" + list, TAG, false);
  }
}
