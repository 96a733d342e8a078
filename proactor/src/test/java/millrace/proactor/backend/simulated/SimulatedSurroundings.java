package millrace.proactor.backend.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.contract.Surroundings;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.fault.FaultPlan;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.SocketAddresses;

/**
 * A simulated kernel without faults. A plain call is an operation that is tried, without a
 * completion, while the events of the world happen.
 */
public final class SimulatedSurroundings implements Surroundings {

  /** A call that blocks longer, in virtual time, will do so for ever. */
  private static final long LIMIT_NANOS = 600_000_000_000L;

  private static final SocketAddress ANY_ADDRESS =
      new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);

  private static final long WAKE_DELAY_NANOS = 1_000;
  private static final long NANOS_PER_MILLISECOND = 1_000_000;

  private final World world = new World(BackendUnderTest.seed(), FaultPlan.none());

  /** Where the arguments of plain calls are put together. */
  private final OperationTable calls = new OperationTable(1);

  private SimulatedBackend backend;
  private Kernel kernel;
  private int directories;

  @Override
  public Backend open(OperationTable table) {
    backend = new SimulatedBackend(world, table, 8);
    kernel = backend.kernel();
    return backend;
  }

  private Request request(OperationKind kind, int descriptor, Consumer<Operation> arguments) {
    Operation operation = calls.claim(false);
    operation.kind = kind;
    operation.descriptor = descriptor;
    arguments.accept(operation);
    Request request = new Request(operation);
    calls.free(operation);
    return request;
  }

  private int call(OperationKind kind, int descriptor, BufferSlice memory, int flags) {
    return call(kind, descriptor, memory.address(), memory.length(), flags);
  }

  private int call(OperationKind kind, int descriptor, long address, int length, int flags) {
    Request request =
        request(
            kind,
            descriptor,
            operation -> {
              operation.address = address;
              operation.length = length;
              operation.operationFlags = flags;
            });
    if (!(kernel.descriptors.get(descriptor) instanceof WaitableFile file)) {
      return -Errno.EBADF;
    }
    int result = file.tryOnce(request);
    long end = world.nowNanos() + LIMIT_NANOS;
    while (result == WaitableFile.WOULD_BLOCK && !request.isImpatient()) {
      if (!world.step(end)) {
        throw new AssertionError(request + " blocks for ever");
      }
      result = file.tryOnce(request);
    }
    return result;
  }

  @Override
  public int socket(int domain, int type) {
    SocketAddress address = domain == Libc.AF_UNIX ? LocalNames.UNNAMED : ANY_ADDRESS;
    return type == Libc.SOCK_STREAM
        ? backend.sockets().stream(address)
        : backend.sockets().datagram(address);
  }

  @Override
  public int bind(int descriptor, SocketAddress address) {
    return backend.sockets().bind(descriptor, address);
  }

  @Override
  public int listen(int descriptor, int backlog) {
    return backend.sockets().listen(descriptor, backlog);
  }

  @Override
  public int accept(int descriptor) {
    return call(OperationKind.ACCEPT, descriptor, 0, 0, 0);
  }

  @Override
  public int connect(int descriptor, SocketAddress address) {
    BufferSlice memory = BufferSlice.unpooled(SocketAddresses.MAX_BYTES);
    int length = SocketAddresses.encode(address, memory.segment());
    return call(OperationKind.CONNECT, descriptor, memory.range(0, length), 0);
  }

  @Override
  public SocketAddress localAddress(int descriptor) {
    return backend.sockets().localAddress(descriptor);
  }

  @Override
  public int shutdown(int descriptor, int how) {
    return backend.sockets().shutdown(descriptor, how);
  }

  @Override
  public int resetOnClose(int descriptor) {
    return backend.sockets().resetOnClose(descriptor);
  }

  @Override
  public int receiveBuffer(int descriptor, int bytes) {
    ((InternetDatagramSocket) kernel.descriptors.get(descriptor)).setReceiveCapacity(bytes);
    return 0;
  }

  @Override
  public int send(int descriptor, BufferSlice data, int flags) {
    return call(OperationKind.SEND, descriptor, data, flags);
  }

  @Override
  public int receive(int descriptor, BufferSlice target, int flags) {
    return call(OperationKind.RECEIVE, descriptor, target, flags);
  }

  @Override
  public int read(int descriptor, BufferSlice target) {
    if (kernel.descriptors.get(descriptor) instanceof OpenedFile opened) {
      long position = opened.readOffset(-1);
      int count = opened.file().read(position, target.segment(), target.length());
      opened.done(-1, position + count);
      return count;
    }
    return call(OperationKind.READ, descriptor, target, 0);
  }

  /** Whole, as write(2) on what blocks. */
  @Override
  public int write(int descriptor, BufferSlice data) {
    int written = 0;
    do {
      long rest = data.address() + written;
      int result = call(OperationKind.WRITE, descriptor, rest, data.length() - written, 0);
      if (result < 0) {
        return written > 0 ? written : result;
      }
      written += result;
    } while (written < data.length());
    return written;
  }

  @Override
  public int[] pipe() {
    int[] ends = new int[2];
    assertEquals(0, backend.sockets().pipe(ends));
    return ends;
  }

  @Override
  public int reopenPipe(int end, int flags) {
    Pipe.End known = (Pipe.End) kernel.descriptors.get(end);
    return kernel.descriptors.add(known.pipe().open((flags & Libc.O_WRONLY) != 0));
  }

  @Override
  public int eventfd() {
    return kernel.descriptors.add(new EventCounter(kernel));
  }

  @Override
  public int open(Path path, int flags) {
    int errno = kernel.disk.openErrno(path.toString(), flags);
    return errno != 0
        ? -errno
        : kernel.descriptors.add(
            new OpenedFile(kernel.disk.open(path.toString(), flags, 0), path.toString(), flags));
  }

  @Override
  public int close(int descriptor) {
    return kernel.descriptors.close(descriptor);
  }

  @Override
  public boolean isOpen(int descriptor) {
    return kernel.descriptors.get(descriptor) != null;
  }

  @Override
  public int poll(int descriptor, int events, int timeoutMillis) {
    WaitableFile file = (WaitableFile) kernel.descriptors.get(descriptor);
    Request request =
        request(OperationKind.POLL, descriptor, operation -> operation.operationFlags = events);
    long end = world.nowNanos() + timeoutMillis * NANOS_PER_MILLISECOND;
    int result = file.tryOnce(request);
    while (result == WaitableFile.WOULD_BLOCK) {
      if (!world.step(end)) {
        world.advanceTo(end);
        return 0;
      }
      result = file.tryOnce(request);
    }
    return result;
  }

  @Override
  public boolean isNonBlocking(int descriptor) {
    throw new UnsupportedOperationException("open files have no flags here");
  }

  @Override
  public boolean isCloseOnExec(int descriptor) {
    throw new UnsupportedOperationException("descriptors have no flags here");
  }

  @Override
  public Path directory() {
    Path directory = Path.of("/contract" + ++directories);
    kernel.disk.makeDirectory(directory.toString());
    return directory;
  }

  @Override
  public void writeFile(Path path, byte[] content) {
    kernel.disk.write(path.toString(), content);
  }

  @Override
  public byte[] readFile(Path path) {
    return kernel.disk.read(path.toString());
  }

  @Override
  public int fileMode(Path path) {
    return kernel.disk.mode(path.toString());
  }

  @Override
  public void wakeSoon(Backend woken) {
    world.after(WAKE_DELAY_NANOS, woken::wake);
  }

  @Override
  public long nanoTime() {
    return world.nowNanos();
  }

  @Override
  public void close() {
    assertEquals(List.of(), world.violations());
  }
}
