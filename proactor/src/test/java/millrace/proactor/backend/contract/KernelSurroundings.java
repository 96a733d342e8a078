package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.FileCalls;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/** The operating system, for io_uring and epoll. */
final class KernelSurroundings implements Surroundings {

  private final List<Path> directories = new ArrayList<>();
  private final List<Thread> wakers = new ArrayList<>();

  /** A system call with the encoded address. */
  private interface AddressCall {
    int call(MemorySegment address, int lengthBytes);
  }

  private static int withAddress(SocketAddress address, AddressCall call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      return call.call(memory, SocketAddresses.encode(address, memory));
    }
  }

  @Override
  public Backend open(OperationTable table) throws IOException {
    return BackendUnderTest.current().open(table);
  }

  @Override
  public int socket(int domain, int type) {
    return Libc.socket(domain, type | Libc.SOCK_CLOEXEC, 0);
  }

  @Override
  public int bind(int descriptor, SocketAddress address) {
    return withAddress(address, (memory, length) -> Libc.bind(descriptor, memory, length));
  }

  @Override
  public int listen(int descriptor, int backlog) {
    return Libc.listen(descriptor, backlog);
  }

  @Override
  public int accept(int descriptor) {
    return Libc.accept(descriptor, Libc.SOCK_CLOEXEC);
  }

  @Override
  public int connect(int descriptor, SocketAddress address) {
    return withAddress(address, (memory, length) -> Libc.connect(descriptor, memory, length));
  }

  @Override
  public SocketAddress localAddress(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddresses.MAX_BYTES, 8);
      return SocketAddresses.decode(memory, Libc.getsockname(descriptor, memory));
    }
  }

  @Override
  public int shutdown(int descriptor, int how) {
    return Libc.shutdown(descriptor, how);
  }

  @Override
  public int resetOnClose(int descriptor) {
    return Libc.setLinger(descriptor, 0);
  }

  @Override
  public int receiveBuffer(int descriptor, int bytes) {
    return Libc.setsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_RCVBUF, bytes);
  }

  @Override
  public int send(int descriptor, BufferSlice data, int flags) {
    return (int) Libc.send(descriptor, data.address(), data.length(), flags | Libc.MSG_NOSIGNAL);
  }

  @Override
  public int receive(int descriptor, BufferSlice target, int flags) {
    return (int) Libc.recv(descriptor, target.address(), target.length(), flags);
  }

  @Override
  public int read(int descriptor, BufferSlice target) {
    return (int) Libc.read(descriptor, target.address(), target.length());
  }

  @Override
  public int write(int descriptor, BufferSlice data) {
    return (int) Libc.write(descriptor, data.address(), data.length());
  }

  @Override
  public int[] pipe() {
    int[] ends = new int[2];
    assertEquals(0, Libc.pipe2(ends, Libc.O_CLOEXEC));
    return ends;
  }

  @Override
  public int reopenPipe(int end, int flags) {
    return FileCalls.openat(Libc.AT_FDCWD, "/proc/self/fd/" + end, flags, 0);
  }

  @Override
  public int eventfd() {
    return Libc.eventfd(0, Libc.EFD_CLOEXEC);
  }

  @Override
  public int open(Path path, int flags) {
    return FileCalls.openat(Libc.AT_FDCWD, path.toString(), flags | Libc.O_CLOEXEC, 0);
  }

  @Override
  public int close(int descriptor) {
    return Libc.close(descriptor);
  }

  @Override
  public boolean isOpen(int descriptor) {
    return Libc.fcntl(descriptor, Libc.F_GETFD, 0) != -Errno.EBADF;
  }

  @Override
  public int poll(int descriptor, int events, int timeoutMillis) {
    return Libc.poll(descriptor, events, timeoutMillis);
  }

  @Override
  public boolean isNonBlocking(int descriptor) {
    return (Libc.fcntl(descriptor, Libc.F_GETFL, 0) & Libc.O_NONBLOCK) != 0;
  }

  @Override
  public boolean isCloseOnExec(int descriptor) {
    return Libc.fcntl(descriptor, Libc.F_GETFD, 0) == Libc.FD_CLOEXEC;
  }

  @Override
  public Path directory() {
    try {
      Path directory = Files.createTempDirectory("contract");
      directories.add(directory);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void writeFile(Path path, byte[] content) {
    try {
      Files.write(path, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte[] readFile(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int fileMode(Path path) {
    try {
      return (Integer) Files.getAttribute(path, "unix:mode");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From another thread, which has begun when this returns. */
  @Override
  public void wakeSoon(Backend backend) {
    CountDownLatch started = new CountDownLatch(1);
    wakers.add(
        Thread.ofPlatform()
            .start(
                () -> {
                  started.countDown();
                  backend.wake();
                }));
    await(started);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void close() {
    try {
      for (Thread waker : wakers) {
        waker.join();
      }
      for (Path directory : directories) {
        delete(directory);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
