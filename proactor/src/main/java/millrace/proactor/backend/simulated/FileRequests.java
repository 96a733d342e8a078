package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import millrace.proactor.fault.Fault;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * Operations on files. The kernel does them on worker threads: the memory is read or written when
 * the work is done, whatever has been cancelled meanwhile.
 */
final class FileRequests {

  private static final long SHORTEST_NANOS = 5_000;
  private static final long LONGEST_NANOS = 300_000;
  private static final long LONGEST_SLOW_NANOS = 2_000_000_000L;

  /** Longer than any shutdown waits; then the memory is touched after all. */
  private static final long STUCK_NANOS = 3_600_000_000_000L;

  /** Offsets in struct statx (statx(2)) and struct open_how (openat2(2)). */
  private static final int STX_BLKSIZE = 4;

  private static final int STX_MODE = 28;
  private static final int STX_INO = 32;
  private static final int STX_SIZE = 40;
  private static final int STX_MTIME = 112;
  private static final int OPEN_HOW_MODE = 8;
  private static final int OPEN_HOW_RESOLVE = 16;
  private static final int BLOCK_BYTES = 4096;
  private static final long MODIFIED_SECONDS = 1_700_000_000L;

  private static final Charset PATH_CHARSET =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8);

  private final Kernel kernel;
  private final World world;
  private final SimulatedDisk disk;

  FileRequests(Kernel kernel) {
    this.kernel = kernel;
    this.world = kernel.world;
    this.disk = kernel.disk;
  }

  void start(Request request) {
    request.state = Request.State.WORKING;
    long nanos = world.between(SHORTEST_NANOS, LONGEST_NANOS);
    if (world.faults().strikes(Fault.SLOW_DISK)) {
      nanos = world.faults().nanos(LONGEST_NANOS, LONGEST_SLOW_NANOS);
    }
    if (kernel.workersMayGetStuck && world.faults().strikes(Fault.STUCK_WORKER)) {
      nanos = STUCK_NANOS;
      request.stuck = true;
    }
    world.after(nanos, () -> work(request));
  }

  /** A cancel has met a worker: it may interrupt it before anything is done. */
  void interrupt(Request request) {
    if (!request.stuck && world.faults().strikes(Fault.WORKER_INTERRUPTED)) {
      int errno = world.faults().amount(0, 1) == 0 ? Errno.EINTR : Errno.ECANCELED;
      kernel.complete(request, -errno);
    }
  }

  private void work(Request request) {
    // Interrupted meanwhile, or touching memory would be a crash: the violation is on record.
    if (request.state == Request.State.WORKING && kernel.mayTouch(request)) {
      int result = execute(request);
      request.wrote();
      kernel.complete(request, result);
    }
  }

  private int execute(Request request) {
    return switch (request.kind) {
      case OPEN -> open(request);
      case OPEN_HOW -> openBeneath(request);
      case STATUS -> status(request);
      case UNLINK -> disk.unlink(path(request.memory()));
      case READ -> read(request);
      case WRITE -> write(request);
      case SYNC -> sync(request);
      case POLL -> request.operationFlags & (Libc.POLLIN | Libc.POLLOUT);
      default -> -Errno.ENOTSOCK;
    };
  }

  private int open(Request request) {
    String path = path(request.memory());
    if (path.startsWith("/") || request.descriptor == Libc.AT_FDCWD) {
      return open(path, request.operationFlags, request.mode);
    }
    if (!(request.file instanceof OpenedFile directory)) {
      return -Errno.EBADF;
    }
    return open(directory.path() + "/" + path, request.operationFlags, request.mode);
  }

  private int open(String path, int flags, int mode) {
    int errno = path == null ? Errno.EXDEV : disk.openErrno(path, flags);
    if (errno == 0) {
      SimulatedFile file = disk.open(path, flags, mode);
      if (file.pipe() != null) {
        return openFifo(file.pipe(), flags);
      }
      int descriptor = kernel.open(new OpenedFile(file, path, flags));
      world.trace().line("open").add(path).add("fd", descriptor);
      return descriptor;
    }
    return -errno;
  }

  /** fifo(7); only one end, and without waiting for the other one. */
  private int openFifo(Pipe pipe, int flags) {
    boolean writes = (flags & Libc.O_WRONLY) != 0;
    if ((flags & Libc.O_NONBLOCK) == 0 || (flags & Libc.O_RDWR) != 0) {
      return -Errno.EOPNOTSUPP;
    }
    return writes && !pipe.hasReaders() ? -Errno.ENXIO : kernel.openPipe(pipe, writes, true);
  }

  private int openBeneath(Request request) {
    if (!(request.file instanceof OpenedFile directory)) {
      return -Errno.EBADF;
    }
    if (!directory.file().isDirectory()) {
      return -Errno.ENOTDIR;
    }
    String relative = path(request.memory());
    long flags = request.secondMemory.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    long resolve = request.secondMemory.get(ValueLayout.JAVA_LONG_UNALIGNED, OPEN_HOW_RESOLVE);
    boolean confined = (resolve & Libc.RESOLVE_BENEATH) != 0;
    String path =
        confined
            ? SimulatedDisk.beneath(directory.path(), relative)
            : directory.path() + "/" + relative;
    long mode = request.secondMemory.get(ValueLayout.JAVA_LONG_UNALIGNED, OPEN_HOW_MODE);
    return open(path, (int) flags, (int) mode);
  }

  private int status(Request request) {
    String path = path(request.memory());
    SimulatedFile file = path.isEmpty() ? fileOf(request) : disk.find(path);
    if (file == null) {
      return path.isEmpty() ? -Errno.EBADF : -disk.missingErrno(path);
    }
    MemorySegment target = request.secondMemory;
    target.fill((byte) 0);
    target.set(ValueLayout.JAVA_INT_UNALIGNED, STX_BLKSIZE, BLOCK_BYTES);
    target.set(ValueLayout.JAVA_SHORT_UNALIGNED, STX_MODE, (short) file.mode());
    target.set(ValueLayout.JAVA_LONG_UNALIGNED, STX_INO, file.inode());
    target.set(ValueLayout.JAVA_LONG_UNALIGNED, STX_SIZE, file.size());
    target.set(ValueLayout.JAVA_LONG_UNALIGNED, STX_MTIME, MODIFIED_SECONDS);
    return 0;
  }

  private static SimulatedFile fileOf(Request request) {
    return request.file instanceof OpenedFile opened ? opened.file() : null;
  }

  private int read(Request request) {
    if (!(request.file instanceof OpenedFile opened) || !opened.mayRead()) {
      return -Errno.EBADF;
    }
    if (opened.file().isDirectory()) {
      return -Errno.EISDIR;
    }
    if (world.faults().strikes(Fault.IO_ERROR)) {
      return -Errno.EIO;
    }
    int most = request.length;
    if (most > 1 && world.faults().strikes(Fault.SHORT_READ)) {
      most = world.faults().amount(1, most - 1);
    }
    long offset = opened.readOffset(request.offset);
    int count = opened.file().read(offset, request.memory(), most);
    opened.done(request.offset, offset + count);
    return count;
  }

  private int write(Request request) {
    if (!(request.file instanceof OpenedFile opened) || !opened.mayWrite()) {
      return -Errno.EBADF;
    }
    if (world.faults().strikes(Fault.IO_ERROR)) {
      return -Errno.EIO;
    }
    SimulatedFile file = opened.file();
    long offset = opened.writeOffset(request.offset);
    int count = request.length;
    if (count > 1 && world.faults().strikes(Fault.SHORT_WRITE)) {
      count = world.faults().amount(1, count - 1);
    }
    long room = Math.max(0, file.size() - offset) + disk.freeBytes();
    if (room == 0 || world.faults().strikes(Fault.DISK_FULL)) {
      return -Errno.ENOSPC;
    }
    count = (int) Math.min(count, room);
    file.write(offset, request.memory(), count);
    opened.done(request.offset, offset + count);
    if ((opened.flags() & (Libc.O_SYNC | Libc.O_DSYNC)) != 0) {
      file.sync();
    }
    return count;
  }

  private int sync(Request request) {
    SimulatedFile file = fileOf(request);
    if (file == null) {
      return request.file == null ? -Errno.EBADF : -Errno.EINVAL;
    }
    if (world.faults().strikes(Fault.IO_ERROR)) {
      file.syncFailed(() -> world.faults().amount(0, 1) == 0);
      return -Errno.EIO;
    }
    file.sync();
    return 0;
  }

  private static String path(MemorySegment memory) {
    byte[] bytes = memory.toArray(ValueLayout.JAVA_BYTE);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, PATH_CHARSET);
  }
}
