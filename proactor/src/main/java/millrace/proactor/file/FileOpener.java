package millrace.proactor.file;

import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.PathBytes;
import millrace.uring.Errno;
import millrace.uring.OpenHow;

/** One open under way: of a path, or of a path that must stay beneath a directory. */
final class FileOpener implements OperationHandler {

  private final Loop loop;
  private final String name;
  private final OpenHandler handler;
  private final Runnable directoryFree;

  /**
   * @param directoryFree runs when the kernel has done with the directory that the path is beneath
   */
  FileOpener(Loop loop, String name, OpenHandler handler, Runnable directoryFree) {
    this.loop = loop;
    this.name = name;
    this.handler = handler;
    this.directoryFree = directoryFree;
  }

  void open(int directory, byte[] path, int openFlags, int mode) {
    BufferSlice pathSlice = prepare(path);
    if (pathSlice != null) {
      long operation = loop.operations().open(directory, pathSlice, openFlags, mode, this, 0, null);
      pathSlice.release();
      submitted(operation);
    }
  }

  void openBeneath(int directory, byte[] path, int openFlags, long resolve) {
    BufferSlice pathSlice = prepare(path);
    if (pathSlice == null) {
      return;
    }
    BufferSlice how = loop.buffers().acquire(OpenHow.BYTES);
    if (how == null) {
      pathSlice.release();
      refuseWithSlot(Errno.ENOBUFS);
      return;
    }
    OpenHow.set(how.segment(), openFlags, 0, resolve);
    long operation = loop.operations().open(directory, pathSlice, how, this, 0, null);
    pathSlice.release();
    how.release();
    submitted(operation);
  }

  /** Sets a slot aside for the close, and makes the path; null: refused, and told. */
  private BufferSlice prepare(byte[] path) {
    if (path.length >= PathBytes.MAX_BYTES) {
      refuse(Errno.ENAMETOOLONG);
      return null;
    }
    if (PathBytes.hasNul(path)) {
      refuse(Errno.EINVAL);
      return null;
    }
    if (!loop.reserve(AsyncFile.SLOTS)) {
      refuse(Errno.EAGAIN);
      return null;
    }
    BufferSlice slice = PathBytes.acquire(loop.buffers(), path);
    if (slice == null) {
      refuseWithSlot(Errno.ENOBUFS);
    }
    return slice;
  }

  private void submitted(long operation) {
    if (operation == Operations.REFUSED) {
      refuseWithSlot(Errno.EAGAIN);
    }
  }

  private void refuseWithSlot(int errno) {
    loop.unreserve(AsyncFile.SLOTS);
    refuse(errno);
  }

  /** Never from inside the submitting call. */
  private void refuse(int errno) {
    directoryFree.run();
    loop.executeLater(() -> handler.opened(null, errno));
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    if ((flags & ABANDONED) == 0) {
      directoryFree.run();
    }
    if (result < 0) {
      loop.unreserve(AsyncFile.SLOTS);
      handler.opened(null, -result);
      return;
    }
    AsyncFile file = new AsyncFile(loop, result, name);
    loop.register(file.resource());
    handler.opened(file, 0);
  }
}
