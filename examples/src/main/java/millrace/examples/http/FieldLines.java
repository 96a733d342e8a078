package millrace.examples.http;

import java.util.EnumSet;

/**
 * Parses the field lines of one request head (RFC 9112, section 5) into a {@link Request} and
 * checks, at the end, what decides about framing and routing (sections 3.2 and 6). Lines that no
 * part of this server reads are checked for syntax only and leave no garbage.
 */
final class FieldLines {
  private final Request request;
  private boolean chunked;

  /** Of the fields that must not occur twice or that decide about framing. */
  private final EnumSet<FieldName> seen = EnumSet.noneOf(FieldName.class);

  FieldLines(Request request) {
    this.request = request;
  }

  void clear() {
    chunked = false;
    seen.clear();
  }

  /** One line without its CR LF; null when it is acceptable. */
  Rejection line(byte[] bytes, int from, int to) {
    if (Ascii.isBlank(bytes[from])) {
      // Both obs-fold and white space before the first field line (RFC 9112, sections 2.2 and 5.2).
      return Rejection.FOLDED_LINE;
    }
    int nameEnd = from;
    while (nameEnd < to && Ascii.isToken(bytes[nameEnd])) {
      nameEnd++;
    }
    // White space before the colon ends up here as well: section 5.1 demands a 400 for it.
    if (nameEnd == from || nameEnd == to || bytes[nameEnd] != ':') {
      return Rejection.MALFORMED_FIELD_NAME;
    }
    int valueStart = nameEnd + 1;
    while (valueStart < to && Ascii.isBlank(bytes[valueStart])) {
      valueStart++;
    }
    int valueEnd = to;
    while (valueEnd > valueStart && Ascii.isBlank(bytes[valueEnd - 1])) {
      valueEnd--;
    }
    for (int i = valueStart; i < valueEnd; i++) {
      if (!Ascii.isFieldValue(bytes[i])) {
        return Rejection.MALFORMED_FIELD_VALUE;
      }
    }
    return field(bytes, from, nameEnd, valueStart, valueEnd);
  }

  private Rejection field(byte[] bytes, int from, int nameEnd, int valueStart, int valueEnd) {
    FieldName name = FieldName.of(bytes, from, nameEnd);
    switch (name) {
      case HOST -> {
        return host(bytes, valueStart, valueEnd);
      }
      case EXPECT -> {
        return expect(bytes, valueStart, valueEnd);
      }
      case CONTENT_LENGTH -> {
        return contentLength(bytes, valueStart, valueEnd);
      }
      case TRANSFER_ENCODING -> {
        return transferEncoding(bytes, valueStart, valueEnd);
      }
      case CONNECTION -> connection(bytes, valueStart, valueEnd);
      case IF_MATCH -> request.ifMatch = join(request.ifMatch, bytes, valueStart, valueEnd);
      case IF_NONE_MATCH ->
          request.ifNoneMatch = join(request.ifNoneMatch, bytes, valueStart, valueEnd);
      case RANGE -> request.range = once(name, bytes, valueStart, valueEnd);
      case IF_RANGE -> request.ifRange = once(name, bytes, valueStart, valueEnd);
      case IF_MODIFIED_SINCE -> request.ifModifiedSince = once(name, bytes, valueStart, valueEnd);
      case IF_UNMODIFIED_SINCE ->
          request.ifUnmodifiedSince = once(name, bytes, valueStart, valueEnd);
      case OTHER -> {}
    }
    return null;
  }

  /** The value, or null from the second time on: an ambiguous field counts as absent. */
  private String once(FieldName name, byte[] bytes, int from, int to) {
    return seen.add(name) ? Ascii.text(bytes, from, to) : null;
  }

  private static String join(String before, byte[] bytes, int from, int to) {
    String value = Ascii.text(bytes, from, to);
    return before == null ? value : before + ", " + value;
  }

  private Rejection host(byte[] bytes, int from, int to) {
    if (!seen.add(FieldName.HOST)) {
      return Rejection.DUPLICATE_HOST;
    }
    return Authority.isHostAndPort(Ascii.text(bytes, from, to)) ? null : Rejection.MALFORMED_HOST;
  }

  private Rejection expect(byte[] bytes, int from, int to) {
    // RFC 9110, section 10.1.1: an HTTP/1.0 request's 100-continue is ignored.
    if (request.minorVersion == 0) {
      return null;
    }
    if (!Ascii.equalsIgnoreCase(bytes, from, to, "100-continue")) {
      return Rejection.UNKNOWN_EXPECTATION;
    }
    request.expectsContinue = true;
    return null;
  }

  private Rejection contentLength(byte[] bytes, int from, int to) {
    if (!seen.add(FieldName.CONTENT_LENGTH)) {
      return Rejection.DUPLICATE_CONTENT_LENGTH;
    }
    // 18 digits always fit a long; nobody sends an exabyte in good faith.
    if (from == to || to - from > 18) {
      return Rejection.MALFORMED_CONTENT_LENGTH;
    }
    long length = 0;
    for (int i = from; i < to; i++) {
      if (!Ascii.isDigit(bytes[i])) {
        return Rejection.MALFORMED_CONTENT_LENGTH;
      }
      length = length * 10 + (bytes[i] - '0');
    }
    request.bodyBytes = length;
    return null;
  }

  private Rejection transferEncoding(byte[] bytes, int from, int to) {
    seen.add(FieldName.TRANSFER_ENCODING);
    boolean any = false;
    for (int start = from; start < to; ) {
      int end = elementEnd(bytes, start, to);
      int trimmedStart = skipBlanks(bytes, start, end);
      int trimmedEnd = trimEnd(bytes, trimmedStart, end);
      if (trimmedStart < trimmedEnd) {
        any = true;
        if (chunked) {
          return Rejection.MALFORMED_TRANSFER_ENCODING;
        }
        if (!Ascii.equalsIgnoreCase(bytes, trimmedStart, trimmedEnd, "chunked")) {
          return Rejection.UNKNOWN_TRANSFER_ENCODING;
        }
        chunked = true;
      }
      start = end + 1;
    }
    return any ? null : Rejection.MALFORMED_TRANSFER_ENCODING;
  }

  private void connection(byte[] bytes, int from, int to) {
    for (int start = from; start < to; ) {
      int end = elementEnd(bytes, start, to);
      int trimmedStart = skipBlanks(bytes, start, end);
      int trimmedEnd = trimEnd(bytes, trimmedStart, end);
      if (Ascii.equalsIgnoreCase(bytes, trimmedStart, trimmedEnd, "close")) {
        request.connectionClose = true;
      } else if (Ascii.equalsIgnoreCase(bytes, trimmedStart, trimmedEnd, "keep-alive")) {
        request.connectionKeepAlive = true;
      }
      start = end + 1;
    }
  }

  private static int elementEnd(byte[] bytes, int from, int to) {
    int end = from;
    while (end < to && bytes[end] != ',') {
      end++;
    }
    return end;
  }

  private static int skipBlanks(byte[] bytes, int from, int to) {
    int start = from;
    while (start < to && Ascii.isBlank(bytes[start])) {
      start++;
    }
    return start;
  }

  private static int trimEnd(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from && Ascii.isBlank(bytes[end - 1])) {
      end--;
    }
    return end;
  }

  /** The checks that need the whole head; null when the request may be answered. */
  Rejection end() {
    if (!seen.contains(FieldName.HOST) && request.minorVersion >= 1) {
      return Rejection.MISSING_HOST;
    }
    if (seen.contains(FieldName.TRANSFER_ENCODING)) {
      // RFC 9112, section 6.1: either one alone has been used to smuggle a second request.
      if (seen.contains(FieldName.CONTENT_LENGTH)) {
        return Rejection.LENGTH_AND_TRANSFER_ENCODING;
      }
      if (request.minorVersion == 0) {
        return Rejection.TRANSFER_ENCODING_IN_HTTP_1_0;
      }
      request.bodyBytes = Request.CHUNKED;
    }
    return null;
  }
}
