package millrace.examples.http;

import millrace.proactor.Deadline;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;

/**
 * One client's connection: reads requests, has them answered one after the other, and decides when
 * the connection ends. Responses keep the order of the requests because the next request is not
 * looked at before the response is in the write queue; what is pipelined meanwhile is kept up to a
 * limit, then TCP makes the client wait.
 *
 * <p>Time is limited in every state: for a request to come, for its head to be complete, and for
 * the peer to take what is sent. Loop thread only.
 */
final class HttpConnection implements ConnectionHandler, Exchange.Listener {
  private enum Phase {
    READING,
    RESPONDING,
    ENDED
  }

  private static final int PIPELINED_BYTES = 16 * 1024;

  /** A body that nobody wants is read up to this size; a longer one ends the connection. */
  private static final int SKIPPED_BODY_BYTES = 64 * 1024;

  private static final long LINGER_NANOS = 2_000_000_000L;

  private final HttpContext context;
  private final StreamConnection connection;
  private final InputBuffer input = new InputBuffer();
  private final RequestParser parser;
  private final Exchange exchange;
  private final Deadline deadline;

  private Phase phase = Phase.READING;
  private long bodyLeftBytes;
  private boolean headTimed;
  private boolean inputEnded;
  private boolean paused;
  private boolean advancing;
  private boolean closeAfterResponse;

  /** Whether the peer may still be sending what nobody will read. */
  private boolean lingers;

  private long flushedBytes;

  HttpConnection(HttpContext context, StreamConnection connection) {
    this.context = context;
    this.connection = connection;
    this.parser = new RequestParser(context.options().limits());
    this.exchange = new Exchange(context, connection, this);
    this.deadline = new Deadline(context.proactor(), this::deadlineReached);
    // The first request is waited for no longer than for its head.
    setDeadline(context.options().headerTimeout().toNanos());
  }

  @Override
  public void received(StreamConnection ignored, BufferSlice data) {
    if (phase == Phase.ENDED) {
      return;
    }
    input.append(data);
    advance();
    if (phase != Phase.ENDED && !paused && input.size() > PIPELINED_BYTES) {
      paused = true;
      connection.pauseReceive();
    }
  }

  @Override
  public void endOfStream(StreamConnection ignored) {
    inputEnded = true;
    advance();
  }

  @Override
  public void writable(StreamConnection ignored) {
    if (phase == Phase.RESPONDING) {
      exchange.writable();
    } else {
      advance();
    }
  }

  @Override
  public void draining(StreamConnection ignored) {
    if (phase == Phase.RESPONDING) {
      closeAfterResponse = true;
    } else if (phase == Phase.READING) {
      end();
    }
  }

  @Override
  public void closed(StreamConnection ignored, int errno) {
    phase = Phase.ENDED;
    deadline.cancel();
    exchange.abandon();
    input.clear();
  }

  /** Reads what there is to read, as long as there is no response to wait for. */
  private void advance() {
    if (advancing) {
      return;
    }
    advancing = true;
    while (phase == Phase.READING && !input.isEmpty() && connection.isWritable()) {
      readSome();
    }
    advancing = false;
    if (phase == Phase.READING) {
      if (inputEnded && input.isEmpty()) {
        end();
        return;
      }
      awaitInput();
    }
    if (paused && input.isEmpty()) {
      paused = false;
      connection.resumeReceive();
    }
  }

  private void readSome() {
    if (bodyLeftBytes > 0) {
      int count = (int) Math.min(bodyLeftBytes, input.size());
      input.skip(count);
      bodyLeftBytes -= count;
      return;
    }
    int end = parser.parse(input.bytes(), input.from(), input.to());
    input.skip(end - input.from());
    switch (parser.state()) {
      case READING -> {}
      case COMPLETE -> begin(parser.request());
      case REJECTED -> refuse(parser.rejection().status(), parser.rejection().reason());
    }
  }

  private void begin(Request request) {
    enterResponding();
    closeAfterResponse = !request.keepAlive() || (inputEnded && input.isEmpty());
    bodyLeftBytes = request.bodyBytes;
    // A chunked or long body is not worth reading. A client that expects a 100 may send its body or
    // not, once it has seen the final response: what follows cannot be told apart (RFC 9110,
    // section 10.1.1).
    if (bodyLeftBytes == Request.CHUNKED
        || bodyLeftBytes > SKIPPED_BODY_BYTES
        || (request.expectsContinue && bodyLeftBytes > 0)) {
      closeAfterResponse = true;
      lingers = true;
      bodyLeftBytes = 0;
    }
    exchange.start(request);
  }

  /** Answers what is no request, or came too late: the connection has no future. */
  private void refuse(Status status, String reason) {
    enterResponding();
    closeAfterResponse = true;
    lingers = true;
    exchange.refuse(status, reason);
  }

  private void enterResponding() {
    phase = Phase.RESPONDING;
    headTimed = false;
    awaitOutput();
  }

  @Override
  public boolean closesAfterResponse() {
    return closeAfterResponse;
  }

  @Override
  public void finished() {
    parser.reset();
    if (closeAfterResponse) {
      end();
      return;
    }
    phase = Phase.READING;
    advance();
  }

  @Override
  public void brokenOff() {
    abort();
  }

  /** The orderly end: everything in the write queue is still sent. */
  private void end() {
    boolean unread = lingers || paused || !input.isEmpty() || bodyLeftBytes > 0;
    phase = Phase.ENDED;
    deadline.cancel();
    exchange.abandon();
    input.clear();
    // An unread byte would make the kernel answer with a reset, which overtakes the response.
    if (unread && !inputEnded) {
      connection.closeLingering(LINGER_NANOS);
    } else {
      connection.close();
    }
  }

  private void abort() {
    phase = Phase.ENDED;
    deadline.cancel();
    exchange.abandon();
    input.clear();
    connection.abort();
  }

  private void awaitInput() {
    if (!input.isEmpty()) {
      awaitOutput();
    } else if (parser.started() || bodyLeftBytes > 0) {
      // From the first byte on: a byte now and then buys no time.
      if (!headTimed) {
        headTimed = true;
        setDeadline(context.options().headerTimeout().toNanos());
      }
    } else if (exchange.writtenBytes() > 0) {
      headTimed = false;
      setDeadline(context.options().idleTimeout().toNanos());
    }
  }

  private void awaitOutput() {
    flushedBytes = currentlyFlushedBytes();
    setDeadline(context.options().writeTimeout().toNanos());
  }

  private long currentlyFlushedBytes() {
    return exchange.writtenBytes() - connection.queuedBytes();
  }

  private void setDeadline(long delayNanos) {
    if (!deadline.setAfter(delayNanos)) {
      // Without a timer the connection could stay for ever.
      abort();
    }
  }

  private void deadlineReached() {
    if (phase == Phase.RESPONDING || (phase == Phase.READING && !input.isEmpty())) {
      // Not one byte in all that time: the peer does not read, or the file system does not answer.
      if (currentlyFlushedBytes() == flushedBytes) {
        abort();
      } else {
        awaitOutput();
      }
    } else if (phase == Phase.READING && parser.started()) {
      refuse(Status.REQUEST_TIMEOUT, "the request head took too long");
    } else if (phase == Phase.READING) {
      end();
    }
  }
}
