package millrace.examples.http;

import millrace.proactor.IoHandler;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.file.AsyncFile;
import millrace.proactor.net.StreamConnection;

/**
 * Sends one response after the other, with bounded memory: the next piece of a body is read only
 * while the write queue is below its high watermark, and at most one read is under way. The head
 * shares a buffer with the beginning of the body, so that a small file is one send. A pool without
 * buffers is waited for.
 *
 * <p>The head goes out together with the first bytes of the body: until then a file that cannot be
 * read is still an error response. Later it can only break the connection off, as a body shorter
 * than its Content-Length would swallow the next response. Loop thread only.
 */
final class ResponseSender {
  /** What becomes of a response. */
  interface Listener {
    /** All of it is in the write queue. */
    void sent();

    /** Its file could not be read; nothing of it was sent. */
    void unreadable();

    /** Its file could not be read to the end, and a part of it was sent. */
    void brokenOff();
  }

  private static final int PIECE_BYTES = 64 * 1024;

  /** More than any head without a Location. */
  private static final int HEAD_BYTES = 768;

  private final HttpContext context;
  private final StreamConnection connection;
  private final Listener listener;
  private final IoHandler readHandler = this::readCompleted;
  private final Runnable bufferAvailable = this::bufferAvailable;

  private Response response;
  private boolean headPending;
  private boolean close;
  private int minorVersion;
  private AsyncFile file;
  private long position;
  private long remainingBytes;
  private long writtenBytes;

  /** The buffer that is being read into, and the bytes of the head at its beginning. */
  private BufferSlice reading;

  private int readingHeadBytes;
  private boolean waitingForBuffer;
  private boolean active;

  ResponseSender(HttpContext context, StreamConnection connection, Listener listener) {
    this.context = context;
    this.connection = connection;
    this.listener = listener;
  }

  /**
   * Begins a response; its {@code bytes} or {@code body} must not change until it is sent.
   *
   * @param body the file the body comes from, which this takes over and closes; or null
   */
  void start(Response newResponse, int newMinorVersion, boolean newClose, AsyncFile body) {
    assert !active : "two responses at once";
    active = true;
    response = newResponse;
    minorVersion = newMinorVersion;
    close = newClose;
    file = body;
    position = newResponse.bodyPosition;
    remainingBytes = newResponse.bodyBytes;
    headPending = true;
    pump();
  }

  /** The write queue has room again. */
  void writable() {
    pump();
  }

  /** Drops the response; what is in the write queue stays there. */
  void abandon() {
    active = false;
    closeFile();
  }

  /** All bytes ever put into the write queue. */
  long writtenBytes() {
    return writtenBytes;
  }

  private void pump() {
    while (active && reading == null && !waitingForBuffer) {
      if (!headPending && remainingBytes == 0) {
        finish();
      } else if (connection.isWritable()) {
        sendPiece();
      } else {
        return;
      }
    }
  }

  private void finish() {
    active = false;
    closeFile();
    response = null;
    listener.sent();
  }

  private void closeFile() {
    if (file != null) {
      file.close(null);
      file = null;
    }
  }

  private void sendPiece() {
    BufferPool pool = context.proactor().buffers();
    BufferSlice buffer = pool.acquire(pieceBytes());
    if (buffer == null) {
      waitingForBuffer = true;
      pool.whenAvailable(bufferAvailable);
      return;
    }
    int headBytes = headPending ? writeHead(buffer) : 0;
    int bodyBytes = (int) Math.min(remainingBytes, buffer.capacity() - headBytes);
    if (file == null || bodyBytes == 0) {
      if (bodyBytes > 0) {
        buffer.copyFrom(response.bytes, (int) position, headBytes, bodyBytes);
      }
      write(buffer, headBytes, bodyBytes);
    } else {
      reading = buffer.range(headBytes, bodyBytes);
      readingHeadBytes = headBytes;
      file.read(reading, position, readHandler);
    }
  }

  private int pieceBytes() {
    long headBytes = headPending ? HEAD_BYTES : 0;
    if (headPending && response.location != null) {
      headBytes += response.location.length();
    }
    return (int) Math.min(PIECE_BYTES, headBytes + remainingBytes);
  }

  private int writeHead(BufferSlice buffer) {
    ResponseHead head = context.responseHead();
    response.writeHead(head, minorVersion, close, context.nowSeconds());
    buffer.copyFrom(head.bytes(), 0, 0, head.lengthBytes());
    return head.lengthBytes();
  }

  private void write(BufferSlice buffer, int headBytes, int bodyBytes) {
    headPending = false;
    position += bodyBytes;
    remainingBytes -= bodyBytes;
    writtenBytes += headBytes + bodyBytes;
    connection.write(buffer.range(0, headBytes + bodyBytes));
  }

  private void bufferAvailable() {
    waitingForBuffer = false;
    pump();
  }

  private void readCompleted(int result) {
    BufferSlice buffer = reading;
    reading = null;
    if (active && result > 0) {
      write(buffer, readingHeadBytes, result);
      pump();
      return;
    }
    buffer.release();
    if (active) {
      // 0 is the end of a file that has become shorter since its size was looked up.
      active = false;
      closeFile();
      if (headPending) {
        listener.unreadable();
      } else {
        listener.brokenOff();
      }
    }
  }
}
