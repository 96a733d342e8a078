package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.SocketFiles;
import millrace.proactor.backend.Sockets;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.net.ConnectionAcceptor;
import millrace.proactor.net.ConnectionOptions;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.StreamListener;
import millrace.proactor.net.TcpConnector;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.proactor.net.UdpHandler;
import millrace.proactor.net.UdpSocket;
import millrace.proactor.net.UdpSocketOptions;
import millrace.proactor.net.UnixConnector;
import millrace.proactor.net.UnixListener;
import millrace.proactor.net.UnixListenerOptions;
import millrace.uring.Errno;
import millrace.uring.UringException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever fails while a socket is set up, and wherever: its descriptor is closed, its file is
 * gone, and the loop has back what was set aside for it.
 */
@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class SetUpFailureTest {

  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static final UdpHandler IGNORE = (socket, data, datagram) -> {};
  private static final ConnectionAcceptor ACCEPT = connection -> (from, data) -> {};

  @TempDir private Path directory;
  private ServerSocket tcpServer;
  private ServerSocketChannel unixServer;
  private UnixDomainSocketAddress unixTarget;

  @BeforeEach
  void listen() throws IOException {
    tcpServer = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    unixTarget = UnixDomainSocketAddress.of(directory.resolve("target"));
    unixServer = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    unixServer.bind(unixTarget, 1000);
  }

  @AfterEach
  void close() throws IOException {
    tcpServer.close();
    unixServer.close();
  }

  /** What is set up; when that succeeds, it is closed again. */
  enum Kind {
    TCP_LISTENER {
      @Override
      void open(SetUpFailureTest test, Proactor proactor) throws Exception {
        TcpListenerOptions options = TcpListenerOptions.defaults().withReusePort(true);
        closed(TcpListener.bind(proactor, ANY_PORT, options, ACCEPT));
      }
    },
    UNIX_LISTENER {
      @Override
      void open(SetUpFailureTest test, Proactor proactor) throws Exception {
        UnixListenerOptions options =
            UnixListenerOptions.defaults().withPermissions(Set.of()).withReplaceStale(true);
        closed(UnixListener.bind(proactor, test.ownPath(), options, ACCEPT));
      }
    },
    UDP_BOUND {
      @Override
      void open(SetUpFailureTest test, Proactor proactor) throws Exception {
        closed(UdpSocket.bind(proactor, ANY_PORT, udpOptions(), IGNORE));
      }
    },
    UDP_CONNECTED {
      @Override
      void open(SetUpFailureTest test, Proactor proactor) throws Exception {
        InetSocketAddress remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
        closed(UdpSocket.connect(proactor, remote, udpOptions(), IGNORE));
      }
    },
    TCP_CONNECTION {
      @Override
      void open(SetUpFailureTest test, Proactor proactor) throws Exception {
        InetSocketAddress target = (InetSocketAddress) test.tcpServer.getLocalSocketAddress();
        closed(
            TcpConnector.connect(
                proactor, target, Duration.ZERO, ConnectionOptions.defaults(), ACCEPT));
      }
    },
    UNIX_CONNECTION {
      @Override
      void open(SetUpFailureTest test, Proactor proactor) throws Exception {
        closed(
            UnixConnector.connect(
                proactor, test.unixTarget, Duration.ZERO, ConnectionOptions.defaults(), ACCEPT));
      }
    };

    abstract void open(SetUpFailureTest test, Proactor proactor) throws Exception;

    boolean isListener() {
      return this == TCP_LISTENER || this == UNIX_LISTENER;
    }

    private static UdpSocketOptions udpOptions() {
      return UdpSocketOptions.defaults()
          .withReusePort(true)
          .withBroadcast(true)
          .withSocketBuffers(1 << 16, 1 << 16);
    }

    private static void closed(StreamListener listener) throws Exception {
      await(listener.close());
    }

    private static void closed(UdpSocket socket) throws Exception {
      await(socket.closeAsync());
    }

    private static void closed(CompletionStage<StreamConnection> stage) throws Exception {
      await(await(stage).closeAsync());
    }

    private static <T> T await(CompletionStage<T> stage) throws Exception {
      try {
        return FaultyLoop.await(stage);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Exception cause) {
          throw cause;
        }
        throw e;
      }
    }
  }

  private UnixDomainSocketAddress ownPath() {
    return UnixDomainSocketAddress.of(directory.resolve("own"));
  }

  /** How many sockets this process has. */
  private static int sockets() throws IOException {
    int count = 0;
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        try {
          count += Files.readSymbolicLink(descriptor).toString().startsWith("socket:") ? 1 : 0;
        } catch (NoSuchFileException gone) {
          // That of the listing.
        }
      }
    }
    return count;
  }

  /** Lets one of the calls of a set-up fail. */
  private static final class FailingCalls implements InvocationHandler {
    private static final Set<String> OTHERS =
        Set.of("close", "resetOnClose", "shutdown", "remoteAddress", "remove", "toString");

    private final Object target;
    private final AtomicReference<String> failed;
    private final int[] callsLeft;
    private final boolean throwing;

    FailingCalls(Object target, AtomicReference<String> failed, int[] callsLeft, boolean throwing) {
      this.target = target;
      this.failed = failed;
      this.callsLeft = callsLeft;
      this.throwing = throwing;
    }

    @Override
    public synchronized Object invoke(Object proxy, Method method, Object[] arguments)
        throws Throwable {
      if (!OTHERS.contains(method.getName()) && callsLeft[0]-- == 0) {
        failed.set(method.getName());
        if (throwing) {
          throw new IllegalStateException("thrown by the test");
        }
        return method.getReturnType() == int.class ? -Errno.EIO : null;
      }
      try {
        return method.invoke(target, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }

    <T> T as(Class<T> type) {
      return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, this));
    }
  }

  /** What must be as it was after a set-up that failed. */
  private record State(int sockets, int room, int buffers) {
    static State of(FaultyLoop loop) throws Exception {
      Loop internal = Loop.of(loop.proactor);
      int[] roomAndBuffers = new int[2];
      loop.run(
          () -> {
            roomAndBuffers[0] = internal.room();
            roomAndBuffers[1] = internal.buffers().outstanding();
          });
      return new State(SetUpFailureTest.sockets(), roomAndBuffers[0], roomAndBuffers[1]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whicheverCallFailsNothingIsLeftBehind(Kind kind) throws Exception {
    try (FaultyLoop loop = new FaultyLoop(128)) {
      Sockets sockets = loop.backend.sockets();
      SocketFiles socketFiles = loop.backend.socketFiles();
      kind.open(this, loop.proactor);
      State before = State.of(loop);
      for (boolean throwing : new boolean[] {false, true}) {
        AtomicReference<String> failed = new AtomicReference<>();
        int calls = -1;
        do {
          calls++;
          failed.set(null);
          int[] callsLeft = {calls};
          loop.backend.replaceCalls(
              new FailingCalls(sockets, failed, callsLeft, throwing).as(Sockets.class),
              new FailingCalls(socketFiles, failed, callsLeft, throwing).as(SocketFiles.class));
          String what = calls + ", " + throwing;
          try {
            kind.open(this, loop.proactor);
          } catch (UringException e) {
            assertFalse(throwing, what);
            assertEquals(Errno.EIO, e.errno(), what);
          } catch (IllegalStateException | IOException e) {
            assertTrue(failed.get() != null, e::toString);
          }
          assertEquals(before, State.of(loop), what + ", " + failed);
          if (!"identify".equals(failed.get())) {
            assertFalse(Files.exists(ownPath().getPath()), what);
          }
          Files.deleteIfExists(ownPath().getPath());
        } while (failed.get() != null);
        assertTrue(calls > 0);
      }
    }
  }

  private void assertFails(Kind kind, FaultyLoop loop, int errno) throws Exception {
    try {
      kind.open(this, loop.proactor);
      throw new AssertionError(kind + " was set up");
    } catch (UringException e) {
      assertEquals(errno, e.errno(), e::toString);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutRoomOrMemoryInTheLoopNothingIsLeftBehind(Kind kind) throws Exception {
    try (FaultyLoop loop = new FaultyLoop(128)) {
      Loop internal = Loop.of(loop.proactor);
      State before = State.of(loop);
      int[] room = new int[1];
      loop.run(
          () -> {
            room[0] = internal.room();
            internal.reserve(room[0]);
          });
      assertFails(kind, loop, Errno.EAGAIN);
      loop.run(() -> internal.unreserve(room[0]));
      assertEquals(before, State.of(loop));
      if (!kind.isListener()) {
        List<BufferSlice> memory = new ArrayList<>();
        loop.run(
            () -> {
              for (int bytes = BufferPool.LARGEST_BYTES; bytes > 0; bytes >>= 1) {
                BufferSlice slice;
                while ((slice = internal.buffers().acquire(bytes)) != null) {
                  memory.add(slice);
                }
              }
            });
        assertFails(kind, loop, Errno.ENOBUFS);
        // Room for one of the two that a UDP socket takes.
        loop.run(() -> memory.removeLast().release());
        if (kind != Kind.TCP_CONNECTION && kind != Kind.UNIX_CONNECTION) {
          assertFails(kind, loop, Errno.ENOBUFS);
        }
        loop.run(() -> memory.forEach(BufferSlice::release));
      }
      assertEquals(before, State.of(loop));
      assertFalse(Files.exists(ownPath().getPath()));
      kind.open(this, loop.proactor);
    }
  }

  /** The loop's refusal of a task, as the one who sets something up is told. */
  private void assertRejected(Kind kind, FaultyLoop loop) throws Exception {
    try {
      kind.open(this, loop.proactor);
      throw new AssertionError(kind + " was set up");
    } catch (IOException e) {
      assertInstanceOf(RejectedExecutionException.class, e.getCause());
    } catch (RejectedExecutionException e) {
      assertFalse(kind.isListener());
    }
    assertFalse(Files.exists(ownPath().getPath()));
  }

  @ParameterizedTest
  @EnumSource
  void aLoopThatTakesNoTaskLeavesNothingBehind(Kind kind) throws Exception {
    FaultyLoop loop = new FaultyLoop(128, options -> options.taskQueueCapacity(8));
    int before = sockets();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    try (loop) {
      loop.proactor.execute(
          () -> {
            entered.countDown();
            try {
              mayGoOn.await();
            } catch (InterruptedException e) {
              throw new CompletionException(e);
            }
          });
      entered.await();
      try {
        while (true) {
          loop.proactor.execute(() -> {});
        }
      } catch (RejectedExecutionException full) {
        assertRejected(kind, loop);
      }
      assertEquals(before, sockets());
      mayGoOn.countDown();
      while (loop.proactor.metrics().tasksRun() <= 8) {
        Thread.onSpinWait();
      }
      kind.open(this, loop.proactor);
    }
    assertRejected(kind, loop);
    assertEquals(before, sockets());
  }

  @ParameterizedTest
  @EnumSource
  void aLoopThatIsEndingClosesWhatWasSetUp(Kind kind) throws Exception {
    int before = sockets();
    try (FaultyLoop loop = new FaultyLoop(128)) {
      loop.backend.swallow(operation -> operation.kind == OperationKind.NOP);
      loop.run(() -> loop.proactor.operations().nop((c, a, result, flags) -> {}, 0, null));
      loop.proactor.shutdown(Duration.ZERO);
      loop.turns(3);
      try {
        kind.open(this, loop.proactor);
      } catch (UringException e) {
        assertEquals(Errno.ECANCELED, e.errno(), e::toString);
      }
      loop.turns(20);
      assertEquals(before, sockets());
      assertFalse(Files.exists(ownPath().getPath()));
      assertEquals(1, loop.abandon().operationsAbandoned());
    }
  }
}
