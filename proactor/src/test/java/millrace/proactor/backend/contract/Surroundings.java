package millrace.proactor.backend.contract;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.simulated.SimulatedSurroundings;
import millrace.proactor.buffer.BufferSlice;

/**
 * What surrounds a backend under test: the system that its descriptors belong to, by plain calls,
 * files, and the clock. One implementation asks the operating system, the other one a simulated
 * kernel, where a call that has to wait lets virtual time pass.
 *
 * <p>Calls block unless they say otherwise; results are those of the system call, {@code -errno}
 * for failures.
 */
public interface Surroundings extends AutoCloseable {

  /** Those of the backend that the test runs on. */
  static Surroundings current() {
    return BackendUnderTest.current() == BackendUnderTest.SIMULATED
        ? new SimulatedSurroundings()
        : new KernelSurroundings();
  }

  /** The backend under test, not started. Once. */
  Backend open(OperationTable table) throws IOException;

  /** socket(2), close-on-exec. */
  int socket(int domain, int type);

  /** bind(2). */
  int bind(int descriptor, SocketAddress address);

  /** listen(2). */
  int listen(int descriptor, int backlog);

  /** accept(2). */
  int accept(int descriptor);

  /** connect(2). */
  int connect(int descriptor, SocketAddress address);

  /** getsockname(2). */
  SocketAddress localAddress(int descriptor);

  /** shutdown(2). */
  int shutdown(int descriptor, int how);

  /** SO_LINGER with zero seconds. */
  int resetOnClose(int descriptor);

  /** SO_RCVBUF of a datagram socket, in bytes. */
  int receiveBuffer(int descriptor, int bytes);

  /** send(2) of the window of {@code data}, with MSG_NOSIGNAL. */
  int send(int descriptor, BufferSlice data, int flags);

  /** recv(2). */
  int receive(int descriptor, BufferSlice target, int flags);

  /** read(2) at the descriptor's own position. */
  int read(int descriptor, BufferSlice target);

  /** write(2) at the descriptor's own position. */
  int write(int descriptor, BufferSlice data);

  /** pipe2(2): the reading end and the writing end. */
  int[] pipe();

  /** The pipe of {@code end} opened anew, O_RDONLY or O_WRONLY: another open file. */
  int reopenPipe(int end, int flags);

  /** eventfd(2), with a counter of 0. */
  int eventfd();

  /** open(2) of a file that exists. */
  int open(Path path, int flags);

  /** close(2). */
  int close(int descriptor);

  /** Whether the descriptor stands for something. */
  boolean isOpen(int descriptor);

  /** poll(2): POLL* of what is so, 0 when the time is over. */
  int poll(int descriptor, int events, int timeoutMillis);

  /** Whether the open file answers EAGAIN where it would have to wait: O_NONBLOCK. */
  boolean isNonBlocking(int descriptor);

  /** Whether exec(2) closes the descriptor: FD_CLOEXEC. */
  boolean isCloseOnExec(int descriptor);

  /** A new directory, gone at the end. */
  Path directory();

  /** Makes or replaces a file. */
  void writeFile(Path path, byte[] content);

  /** What a file holds. */
  byte[] readFile(Path path);

  /** Type and permissions of a file: st_mode. */
  int fileMode(Path path);

  /** Wakes {@code backend} soon, from somewhere else. */
  void wakeSoon(Backend backend);

  /** The clock that {@link Backend#nanoTime} must be. */
  long nanoTime();

  /** Ends everything; fails when a rule was broken that the system itself watches. */
  @Override
  void close();
}
