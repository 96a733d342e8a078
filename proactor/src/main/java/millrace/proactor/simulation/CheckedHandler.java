package millrace.proactor.simulation;

import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;

/** Watches that the calls of a connection come as {@link ConnectionHandler} promises. */
final class CheckedHandler implements ConnectionHandler {

  private final Simulation simulation;
  private final ConnectionHandler handler;
  private final StreamConnection connection;
  private final long writeQueueLimitBytes;
  private boolean inputEnded;
  private boolean closed;

  CheckedHandler(
      Simulation simulation,
      ConnectionHandler handler,
      StreamConnection connection,
      long writeQueueLimitBytes) {
    this.simulation = simulation;
    this.handler = handler;
    this.connection = connection;
    this.writeQueueLimitBytes = writeQueueLimitBytes;
  }

  private void enter(String call, StreamConnection of) {
    if (closed || of != connection || !of.proactor().inLoop()) {
      simulation.violated(call + " of " + connection + (closed ? " after closed" : ""));
    }
  }

  private void leave() {
    if (connection.queuedBytes() > writeQueueLimitBytes) {
      simulation.violated("the write queue holds " + connection.queuedBytes() + " bytes");
    }
  }

  @Override
  public void received(StreamConnection of, BufferSlice data) {
    enter("received", of);
    if (inputEnded || data.length() == 0) {
      simulation.violated("received " + data.length() + " bytes, ended=" + inputEnded);
    }
    handler.received(of, data);
    leave();
  }

  @Override
  public void endOfStream(StreamConnection of) {
    enter("endOfStream", of);
    if (inputEnded) {
      simulation.violated("a second end of " + of);
    }
    inputEnded = true;
    handler.endOfStream(of);
    leave();
  }

  @Override
  public void writable(StreamConnection of) {
    enter("writable", of);
    handler.writable(of);
    leave();
  }

  @Override
  public void draining(StreamConnection of) {
    enter("draining", of);
    handler.draining(of);
    leave();
  }

  @Override
  public void closed(StreamConnection of, int errno) {
    enter("closed", of);
    closed = true;
    simulation.note("closed errno=" + errno);
    handler.closed(of, errno);
  }
}
