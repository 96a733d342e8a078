package millrace.proactor.net;

import java.nio.file.Path;
import java.util.Arrays;
import millrace.proactor.OperationHandler;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.PathBytes;
import millrace.uring.Errno;
import millrace.uring.FileStat;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * The file that a listener's socket is bound to, and its removal: only if the path still leads to
 * that file, by device and inode, since another program may have put its own in its place.
 */
final class SocketFile implements OperationHandler {

  private static final int STATUS = 0;
  private static final int UNLINK = 1;

  private final Loop loop;
  private final Path path;
  private final long[] identity;

  private BufferSlice pathSlice;
  private BufferSlice status;
  private Runnable afterwards;

  /**
   * @param identity device and inode
   */
  SocketFile(Loop loop, Path path, long[] identity) {
    this.loop = loop;
    this.path = path;
    this.identity = identity.clone();
  }

  /** By plain calls, which may block; any thread. */
  void removeNow() {
    long[] now = new long[2];
    if (loop.socketFiles().identify(path, now) == 0 && Arrays.equals(identity, now)) {
      loop.socketFiles().remove(path);
    }
  }

  /**
   * By operations, one after the other, from a reservation.
   *
   * @param then runs at the end, whether or not there was something to remove
   */
  void remove(Runnable then) {
    afterwards = then;
    // Not of the pool, which may be exhausted.
    pathSlice = PathBytes.unpooled(PathBytes.of(path));
    status = BufferSlice.unpooled(FileStat.BYTES);
    askStatus();
  }

  private void askStatus() {
    int flags = Libc.AT_SYMLINK_NOFOLLOW;
    int mask = Libc.STATX_BASIC_STATS;
    loop.reservedOperations()
        .status(Libc.AT_FDCWD, pathSlice, flags, mask, status, this, STATUS, null);
  }

  private void unlink() {
    loop.reservedOperations().unlink(Libc.AT_FDCWD, pathSlice, 0, this, UNLINK, null);
  }

  @Override
  public void completed(long context, Object attachment, int result, int flags) {
    if (result == -Errno.ECANCELED || result == -Errno.EINTR) {
      // The loop is ending, and cancels all operations: nobody waits for it any more.
      removeNow();
      finish(context, 0);
    } else if (context == STATUS && result == 0 && isThatFile()) {
      unlink();
    } else {
      finish(context, result);
    }
  }

  private void finish(long context, int result) {
    if (result < 0 && result != -Errno.ENOENT) {
      String call = context == STATUS ? "statx" : "unlink";
      loop.handlerFailed(new UringException(call, -result, path.toString(), "remove it by hand"));
    }
    // What was abandoned has references of its own.
    pathSlice.release();
    status.release();
    afterwards.run();
  }

  private boolean isThatFile() {
    return FileStat.device(status.segment()) == identity[0]
        && FileStat.inode(status.segment()) == identity[1];
  }
}
