package millrace.examples.echo;

import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;

/**
 * Sends back what it receives, without copying: the received buffer is the one that is sent. A peer
 * that does not read is not read from either, so that no more than the write queue's high watermark
 * is kept for it. One instance serves all connections, as it has no state.
 */
final class EchoHandler implements ConnectionHandler {
  @Override
  public void received(StreamConnection connection, BufferSlice data) {
    if (!connection.write(data.retain())) {
      connection.pauseReceive();
    }
  }

  @Override
  public void writable(StreamConnection connection) {
    connection.resumeReceive();
  }

  @Override
  public void endOfStream(StreamConnection connection) {
    // Everything received is in the write queue, which close() sends first.
    connection.close();
  }
}
