/**
 * TCP and UNIX stream sockets: {@link millrace.proactor.net.TcpListener} and {@link
 * millrace.proactor.net.UnixListener} accept, {@link millrace.proactor.net.TcpConnector} and {@link
 * millrace.proactor.net.UnixConnector} connect, {@link millrace.proactor.net.StreamConnection}
 * receives into the loop's provided buffers and sends from a bounded queue, and a {@link
 * millrace.proactor.net.ConnectionHandler} is what the application writes.
 *
 * <p>UDP: {@link millrace.proactor.net.UdpSocket} receives datagrams with their senders for a
 * {@link millrace.proactor.net.UdpHandler}, and sends them from a bounded queue.
 *
 * <p>Built on {@link millrace.proactor.Operations} and the loop's internals; imports no backend
 * implementation, and nothing of {@code millrace.proactor.file}.
 */
package millrace.proactor.net;
