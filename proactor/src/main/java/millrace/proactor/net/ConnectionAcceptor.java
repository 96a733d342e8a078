package millrace.proactor.net;

/** Gives each new connection its handler, on the loop thread. */
@FunctionalInterface
public interface ConnectionAcceptor {

  /**
   * A connection stands; nothing has been received yet. It may be written to, paused and closed
   * already. If this throws or answers null, the connection is aborted.
   *
   * @param connection the connection
   * @return its handler
   */
  ConnectionHandler accepted(StreamConnection connection);
}
