package millrace.proactor.net;

import millrace.proactor.buffer.BufferSlice;

/** The handler of a connection whose acceptor gave none. */
enum NoHandler implements ConnectionHandler {
  INSTANCE;

  @Override
  public void received(StreamConnection connection, BufferSlice data) {}
}
