package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.buffer.BufferSlice;

/**
 * A handler that writes down what it is told, and fails when it is told something out of turn: on
 * another thread, after the end of the stream, or after {@code closed}. Subclasses act in {@code
 * on...}. The fields belong to the loop thread; the futures to anybody.
 */
class Recorder implements ConnectionHandler {

  final CompletableFuture<StreamConnection> opened = new CompletableFuture<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final ByteArrayOutputStream input = new ByteArrayOutputStream();
  StreamConnection connection;
  long receivedBytes;
  int ends;
  int writables;
  int drainings;
  int closes;

  /** As the acceptor of a listener for one connection. */
  ConnectionHandler accept(StreamConnection newConnection) {
    assertNull(connection, "a second connection");
    connection = newConnection;
    // Last, so that whoever waits for it sees the field.
    opened.complete(newConnection);
    onAccepted(newConnection);
    return this;
  }

  String text() {
    return Peers.text(input.toByteArray());
  }

  /** Whether {@link #input} grows with what is received. */
  boolean keepsInput() {
    return true;
  }

  void onAccepted(StreamConnection accepted) {}

  void onReceived(StreamConnection from, BufferSlice data) {}

  void onEnd(StreamConnection from) {
    from.close();
  }

  void onWritable(StreamConnection to) {}

  void onDraining(StreamConnection from) {
    from.close();
  }

  void onClosed(StreamConnection from, int errno) {}

  private void check(StreamConnection from) {
    assertTrue(from.proactor().inLoop(), "off the loop");
    assertTrue(connection == null || connection == from, "another connection");
    assertFalse(closes > 0, "called after closed()");
  }

  @Override
  public final void received(StreamConnection from, BufferSlice data) {
    check(from);
    assertFalse(ends > 0, "received after the end");
    assertTrue(data.length() > 0, "received nothing");
    receivedBytes += data.length();
    if (keepsInput()) {
      input.writeBytes(data.toByteArray());
    }
    onReceived(from, data);
  }

  @Override
  public final void endOfStream(StreamConnection from) {
    check(from);
    ends++;
    onEnd(from);
  }

  @Override
  public final void writable(StreamConnection to) {
    check(to);
    writables++;
    onWritable(to);
  }

  @Override
  public final void draining(StreamConnection from) {
    check(from);
    drainings++;
    onDraining(from);
  }

  @Override
  public final void closed(StreamConnection from, int errno) {
    check(from);
    closes++;
    try {
      onClosed(from, errno);
    } finally {
      closed.complete(errno);
    }
  }
}
