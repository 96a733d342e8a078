package millrace.proactor.pipe;

import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import millrace.proactor.OperationHandler;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.PathBytes;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * One open(2) of a FIFO under way, with O_NONBLOCK: without it the call waits for the other end, on
 * a thread of the kernel or of the backend that nobody else could use meanwhile. Loop thread only.
 */
final class FifoOpener implements OperationHandler {

  private final Loop loop;
  private final Path path;
  private final Consumer<Throwable> failed;
  private IntConsumer opened;

  FifoOpener(Loop loop, Path path, Consumer<Throwable> failed) {
    this.loop = loop;
    this.path = path;
    this.failed = failed;
  }

  /**
   * @param then gets the descriptor, with the slots of a {@link PipeEnd} set aside
   */
  void open(int accessMode, IntConsumer then) {
    byte[] bytes = PathBytes.of(path);
    if (bytes.length >= PathBytes.MAX_BYTES) {
      fail(Errno.ENAMETOOLONG);
      return;
    }
    if (!loop.reserve(PipeEnd.SLOTS)) {
      failed.accept(Pipe.atCap(path.toString()));
      return;
    }
    BufferSlice slice = PathBytes.acquire(loop.buffers(), bytes);
    if (slice == null) {
      loop.unreserve(PipeEnd.SLOTS);
      fail(Errno.ENOBUFS);
      return;
    }
    opened = then;
    int flags = accessMode | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
    loop.reservedOperations().open(Libc.AT_FDCWD, slice, flags, 0, this, 0, null);
    slice.release();
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    if (result < 0) {
      loop.unreserve(PipeEnd.SLOTS);
      fail(-result);
    } else {
      opened.accept(result);
    }
  }

  private void fail(int errno) {
    String hint = errno == Errno.ENXIO ? "nobody has it open for reading" : null;
    failed.accept(new UringException("open", errno, path.toString(), hint));
  }
}
