package millrace.examples.http;

import java.util.Arrays;

/**
 * An incremental parser of HTTP/1.1 request heads (RFC 9112). It is fed pieces of any size and
 * gives the same result however the input is cut; it stops right behind a head, so that pipelined
 * requests and bodies stay with the caller.
 *
 * <p>Lines are parsed where they lie; only a line that a piece cuts in two is copied. That copy is
 * the parser's only buffer and is bounded by {@link RequestLimits}. Not thread-safe.
 */
final class RequestParser {
  /** What the bytes seen so far amount to. */
  enum State {
    /** The head is not complete. */
    READING,
    /** {@link #request()} holds a head that may be answered. */
    COMPLETE,
    /** {@link #rejection()} tells why; nothing behind this head can be trusted. */
    REJECTED
  }

  /** RFC 9112, section 2.2: at least one empty line before a request line is to be ignored. */
  private static final int MAXIMUM_EMPTY_LINES = 2;

  private static final int RETAINED_LINE_BYTES = 1024;

  private final RequestLimits limits;
  private final Request request = new Request();
  private final FieldLines fieldLines = new FieldLines(request);

  private State state = State.READING;
  private Rejection rejection;
  private boolean started;
  private boolean inHeaderSection;
  private int emptyLines;
  private int headerSectionBytes;
  private int headerFields;

  /** The beginning of a line whose end has not come yet. */
  private byte[] line = {};

  private int lineBytes;

  RequestParser(RequestLimits limits) {
    this.limits = limits;
    request.clear();
  }

  State state() {
    return state;
  }

  Request request() {
    assert state == State.COMPLETE : state;
    return request;
  }

  Rejection rejection() {
    assert state == State.REJECTED : state;
    return rejection;
  }

  /** Whether at least one byte of this head has come; empty lines before it do not count. */
  boolean started() {
    return started;
  }

  /** Forgets the head, to read the next one. */
  void reset() {
    state = State.READING;
    rejection = null;
    started = false;
    inHeaderSection = false;
    emptyLines = 0;
    headerSectionBytes = 0;
    headerFields = 0;
    lineBytes = 0;
    if (line.length > RETAINED_LINE_BYTES) {
      line = new byte[0];
    }
    request.clear();
    fieldLines.clear();
  }

  /**
   * Reads from {@code input[from, to)} until the head is complete or rejected or the input is used
   * up.
   *
   * @return the index behind the last byte that was read
   */
  int parse(byte[] input, int from, int to) {
    int position = from;
    while (state == State.READING && position < to) {
      if (!started) {
        started = true;
        // Not text at all (a TLS hello, for instance) need not wait for a line end or a timeout.
        if (!Ascii.isToken(input[position]) && input[position] != '\r') {
          reject(
              input[position] == '\n'
                  ? Rejection.BARE_LINE_FEED
                  : Rejection.MALFORMED_REQUEST_LINE);
          return position + 1;
        }
      }
      int lineFeed = indexOfLineFeed(input, position, to);
      if (lineFeed < 0) {
        keep(input, position, to);
        return to;
      }
      takeLine(input, position, lineFeed);
      position = lineFeed + 1;
    }
    return position;
  }

  private static int indexOfLineFeed(byte[] input, int from, int to) {
    for (int i = from; i < to; i++) {
      if (input[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Room for the content of the current line. */
  private int lineLimitBytes() {
    return inHeaderSection
        ? limits.headerSectionBytes() - headerSectionBytes
        : limits.requestLineBytes();
  }

  private void rejectTooLong() {
    reject(inHeaderSection ? Rejection.HEADER_SECTION_TOO_LARGE : Rejection.REQUEST_LINE_TOO_LONG);
  }

  private void keep(byte[] input, int from, int to) {
    int total = lineBytes + (to - from);
    // One more than the limit: the last byte may be the CR of the line end.
    if (total > lineLimitBytes() + 1) {
      rejectTooLong();
      return;
    }
    if (total > line.length) {
      line = Arrays.copyOf(line, Math.max(total, Math.max(128, 2 * line.length)));
    }
    System.arraycopy(input, from, line, lineBytes, to - from);
    lineBytes = total;
  }

  private void takeLine(byte[] input, int from, int lineFeed) {
    if (lineBytes == 0) {
      endLine(input, from, lineFeed);
      return;
    }
    keep(input, from, lineFeed);
    if (state == State.READING) {
      int total = lineBytes;
      lineBytes = 0;
      endLine(line, 0, total);
    }
  }

  /** {@code bytes[from, to)} is a line without its LF. */
  private void endLine(byte[] bytes, int from, int to) {
    boolean carriageReturn = to > from && bytes[to - 1] == '\r';
    int contentEnd = carriageReturn ? to - 1 : to;
    if (contentEnd - from > lineLimitBytes()) {
      rejectTooLong();
    } else if (!carriageReturn) {
      // RFC 9112, section 2.2, allows a lone LF; two parsers that disagree on it can be played
      // off against each other, and no client in use sends it.
      reject(Rejection.BARE_LINE_FEED);
    } else if (inHeaderSection) {
      headerLine(bytes, from, contentEnd);
    } else if (contentEnd == from) {
      if (++emptyLines > MAXIMUM_EMPTY_LINES) {
        reject(Rejection.TOO_MANY_EMPTY_LINES);
      }
      started = false;
    } else {
      rejectIf(RequestLine.parse(bytes, from, contentEnd, request));
      inHeaderSection = true;
    }
  }

  private void headerLine(byte[] bytes, int from, int contentEnd) {
    if (contentEnd == from) {
      rejectIf(fieldLines.end());
      if (state == State.READING) {
        state = State.COMPLETE;
      }
      return;
    }
    headerSectionBytes += contentEnd - from + 2;
    if (++headerFields > limits.headerFields()) {
      reject(Rejection.TOO_MANY_FIELDS);
      return;
    }
    rejectIf(fieldLines.line(bytes, from, contentEnd));
  }

  private void rejectIf(Rejection reason) {
    if (reason != null) {
      reject(reason);
    }
  }

  private void reject(Rejection reason) {
    rejection = reason;
    state = State.REJECTED;
  }
}
