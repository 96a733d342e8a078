package millrace.benchmarks.echo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/**
 * Echo on {@code java.nio}, as fast as one thread with a selector gets: a select that hands keys to
 * an action without filling a set, one read and one write per readiness, one direct buffer for all
 * connections. A connection gets a buffer of its own, and is watched for room, only while the
 * socket does not take all. Nothing is allocated per message.
 */
public final class SelectorEchoServer implements Runnable {

  private static final int BACKLOG = 4096;
  private static final int BUFFER_BYTES = 64 << 10;

  private final Selector selector;
  private final ServerSocketChannel listener;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final Consumer<SelectionKey> ready = this::ready;

  private SelectorEchoServer(InetSocketAddress address) throws IOException {
    selector = Selector.open();
    listener = ServerSocketChannel.open();
    listener.bind(address, BACKLOG).configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  /** Listens on a free port of the loopback until the standard input ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    SelectorEchoServer server = new SelectorEchoServer(address);
    Thread loop = Thread.ofPlatform().name("selector-loop").start(server);
    ServerProcess.announce(server.listener.socket().getLocalPort());
    ServerProcess.awaitEndOfInput();
    server.selector.close();
    loop.join();
  }

  @Override
  public void run() {
    try {
      while (selector.isOpen()) {
        selector.select(ready);
      }
    } catch (java.nio.channels.ClosedSelectorException e) {
      // How main() ends the loop.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept();
      } else if (key.attachment() == null) {
        echo(key);
      } else {
        writeRest(key, (ByteBuffer) key.attachment());
      }
    } catch (IOException e) {
      // The peer has reset the connection, as the load generator does at the end of a round.
      close(key);
    }
  }

  private void accept() throws IOException {
    for (SocketChannel channel; (channel = listener.accept()) != null; ) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ);
    }
  }

  private void echo(SelectionKey key) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    buffer.clear();
    if (channel.read(buffer) < 0) {
      close(key);
      return;
    }
    buffer.flip();
    channel.write(buffer);
    if (buffer.hasRemaining()) {
      key.attach(ByteBuffer.allocateDirect(buffer.remaining()).put(buffer).flip());
      key.interestOps(SelectionKey.OP_WRITE);
    }
  }

  private static void writeRest(SelectionKey key, ByteBuffer rest) throws IOException {
    ((SocketChannel) key.channel()).write(rest);
    if (!rest.hasRemaining()) {
      key.attach(null);
      key.interestOps(SelectionKey.OP_READ);
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
