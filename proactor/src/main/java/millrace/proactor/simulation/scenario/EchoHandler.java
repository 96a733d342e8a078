package millrace.proactor.simulation.scenario;

import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;

/** Sends back what it receives, and stops reading while too much of it waits. */
class EchoHandler implements ConnectionHandler {

  private boolean paused;

  boolean isPaused() {
    return paused;
  }

  @Override
  public void received(StreamConnection connection, BufferSlice data) {
    if (!connection.write(data.retain()) && connection.isOpen()) {
      paused = true;
      connection.pauseReceive();
    }
  }

  @Override
  public void writable(StreamConnection connection) {
    paused = false;
    connection.resumeReceive();
  }

  @Override
  public void endOfStream(StreamConnection connection) {
    connection.close();
  }

  @Override
  public void closed(StreamConnection connection, int errno) {}
}
