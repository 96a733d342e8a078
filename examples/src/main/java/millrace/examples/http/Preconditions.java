package millrace.examples.http;

/** The conditional request fields, in the order that RFC 9110, section 13.2.2, prescribes. */
final class Preconditions {
  /** What a request's conditions amount to. */
  enum Outcome {
    PROCEED,
    NOT_MODIFIED,
    FAILED
  }

  private Preconditions() {}

  /**
   * Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since of a GET or HEAD.
   *
   * @param entityTag the strong tag of the current representation
   */
  static Outcome evaluate(
      Request request, String entityTag, long modifiedSeconds, long nowSeconds) {
    if (request.ifMatch != null) {
      if (!EntityTag.listMatches(request.ifMatch, entityTag, false)) {
        return Outcome.FAILED;
      }
    } else if (request.ifUnmodifiedSince != null) {
      long since = HttpDate.parse(request.ifUnmodifiedSince, nowSeconds);
      if (since != HttpDate.INVALID && modifiedSeconds > since) {
        return Outcome.FAILED;
      }
    }
    if (request.ifNoneMatch != null) {
      return EntityTag.listMatches(request.ifNoneMatch, entityTag, true)
          ? Outcome.NOT_MODIFIED
          : Outcome.PROCEED;
    }
    if (request.ifModifiedSince != null) {
      long since = HttpDate.parse(request.ifModifiedSince, nowSeconds);
      if (since != HttpDate.INVALID && modifiedSeconds <= since) {
        return Outcome.NOT_MODIFIED;
      }
    }
    return Outcome.PROCEED;
  }

  /** Whether Range applies: If-Range is absent or names the current representation. */
  static boolean rangeApplies(
      Request request, String entityTag, long modifiedSeconds, long nowSeconds) {
    String value = request.ifRange;
    if (value == null) {
      return true;
    }
    if (value.startsWith("\"") || value.startsWith("W/")) {
      // Strong comparison: a weak tag never equals ours.
      return value.equals(entityTag);
    }
    // A date is a strong validator only when no second change can hide in the same second
    // (RFC 9110, section 8.8.2.2).
    return HttpDate.parse(value, nowSeconds) == modifiedSeconds && nowSeconds > modifiedSeconds + 1;
  }
}
