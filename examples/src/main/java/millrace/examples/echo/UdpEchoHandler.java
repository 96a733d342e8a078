package millrace.examples.echo;

import millrace.proactor.ReceivedMessage;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.net.UdpHandler;
import millrace.proactor.net.UdpSocket;

/**
 * Sends each datagram back to its sender, without copying: the received buffer is the one that is
 * sent. While the send queue is full nothing is received, so that what is too much waits in the
 * socket's receive buffer, and the kernel drops the rest.
 */
final class UdpEchoHandler implements UdpHandler {
  @Override
  public void received(UdpSocket socket, BufferSlice data, ReceivedMessage datagram) {
    socket.reply(data.retain(), datagram);
    if (!socket.isWritable()) {
      socket.pauseReceive();
    }
  }

  @Override
  public void writable(UdpSocket socket) {
    socket.resumeReceive();
  }
}
