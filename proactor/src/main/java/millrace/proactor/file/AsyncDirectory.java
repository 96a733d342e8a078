package millrace.proactor.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import millrace.proactor.Proactor;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.PathBytes;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * A directory beneath which files are opened. The kernel itself resolves each path with
 * RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS (openat2(2), since Linux 5.6): neither {@code ..} nor a
 * symbolic link leads out of it, also while somebody renames things.
 */
public final class AsyncDirectory implements AutoCloseable {

  private final Loop loop;
  private final int descriptor;
  private final Path path;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Runnable release = this::release;

  /** This object until it is closed, and each open under way. */
  private final AtomicInteger users = new AtomicInteger(1);

  private AsyncDirectory(Loop loop, int descriptor, Path path) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.path = path;
  }

  /**
   * Opens a directory; any thread. Blocks as open(2) does: for start-up.
   *
   * @param proactor the loop
   * @param path the path
   * @return the open directory
   * @throws UringException ENOENT, ENOTDIR, EACCES ...
   */
  public static AsyncDirectory open(Proactor proactor, Path path) throws IOException {
    Loop loop = Loop.of(proactor);
    int descriptor = loop.directories().open(path.toString());
    if (Errno.isError(descriptor)) {
      throw new UringException("open", -descriptor, path.toString(), null);
    }
    return new AsyncDirectory(loop, descriptor, path);
  }

  /**
   * Opens a file beneath this directory. Loop thread.
   *
   * @param relativePath UTF-8 on disk; "." is the directory itself
   * @param openFlags O_* of {@link Libc} without O_CREAT; O_CLOEXEC is added
   * @param handler gets EXDEV when the path would leave the directory
   */
  public void openBeneath(String relativePath, int openFlags, OpenHandler handler) {
    loop.checkInLoop();
    Objects.requireNonNull(handler, "handler");
    if (closed.get() || !retain()) {
      throw new IllegalStateException(path + ": closed");
    }
    new FileOpener(loop, path + "/" + relativePath, handler, release)
        .openBeneath(
            descriptor,
            PathBytes.of(relativePath),
            openFlags | Libc.O_CLOEXEC,
            Libc.RESOLVE_BENEATH | Libc.RESOLVE_NO_MAGICLINKS);
  }

  /**
   * Gives the descriptor up as soon as no {@code openBeneath} is under way: its number must not
   * become another directory's under one. Any thread; a second close does nothing.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }

  private boolean retain() {
    int before;
    do {
      before = users.get();
    } while (before > 0 && !users.compareAndSet(before, before + 1));
    return before > 0;
  }

  private void release() {
    if (users.decrementAndGet() == 0) {
      loop.directories().close(descriptor);
    }
  }

  @Override
  public String toString() {
    return "AsyncDirectory[" + path + "]";
  }
}
