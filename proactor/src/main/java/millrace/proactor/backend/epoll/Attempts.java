package millrace.proactor.backend.epoll;

/**
 * One attempt of whatever operation can be tried without blocking: a result or an {@link Outcome}.
 */
record Attempts(SocketCalls sockets, MessageCalls messages, StreamCalls streams) {

  int attempt(PendingOperation pending) {
    return switch (pending.operation.kind) {
      case READ -> streams.read(pending);
      case WRITE -> streams.write(pending);
      case RECEIVE -> sockets.transfer(pending, true);
      case RECEIVE_MULTISHOT -> sockets.receiveMultishot(pending);
      case RECEIVE_MESSAGE -> messages.receive(pending);
      case RECEIVE_MESSAGE_MULTISHOT -> messages.receiveMultishot(pending);
      case SEND -> sockets.transfer(pending, false);
      case SEND_MESSAGE -> sockets.sendMessage(pending);
      case ACCEPT -> sockets.accept(pending, false);
      case ACCEPT_MULTISHOT -> sockets.accept(pending, true);
      case CONNECT -> sockets.connect(pending);
      case POLL -> StreamCalls.poll(pending);
      default -> throw new AssertionError("not to be tried: " + pending);
    };
  }
}
