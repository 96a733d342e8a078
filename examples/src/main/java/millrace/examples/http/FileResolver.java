package millrace.examples.http;

import millrace.proactor.file.AsyncFile;
import millrace.proactor.file.FileStatus;
import millrace.proactor.file.FileStatusHandler;
import millrace.proactor.file.OpenHandler;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * Finds out what a path below the root stands for: a file, the index page of a directory, a
 * directory without one, or nothing. Every step opens beneath the root, so that the kernel itself
 * refuses symbolic links that lead out of it. Loop thread only; one look-up at a time.
 */
final class FileResolver {
  /** Gets the outcome, exactly one call for each {@link #resolve} unless it is abandoned. */
  interface Listener {
    /** A regular file, which now belongs to the listener. */
    void foundFile(AsyncFile file, FileStatus status, String relativePath);

    /** A directory that was asked for as one and has no index page. */
    void foundDirectory();

    /** A directory that was asked for without the slash. */
    void foundDirectoryWithoutSlash();

    /** Nothing that can be sent. */
    void failed(Status status);
  }

  private enum Step {
    NAME,
    INDEX,
    DIRECTORY
  }

  private static final String INDEX_NAME = "index.html";

  // O_NONBLOCK: the open of a FIFO would otherwise wait for a writer, in one of the few kernel
  // workers that all files share (fifo(7)). The price is paid on file systems that cannot tell
  // whether a read would block (FMODE_NOWAIT; network file systems): there a cold read is done on
  // the loop thread.
  private static final int OPEN_FLAGS = Libc.O_RDONLY | Libc.O_NONBLOCK;

  private final HttpContext context;
  private final Listener listener;
  private final OpenHandler openHandler = this::opened;
  private final FileStatusHandler statusHandler = this::statusRead;
  private final Runnable open = this::open;
  private final Runnable readStatus = this::readStatus;

  private Step step;
  private String path;
  private String openPath;
  private AsyncFile file;
  private boolean abandoned;

  FileResolver(HttpContext context, Listener listener) {
    this.context = context;
    this.listener = listener;
  }

  /**
   * Starts a look-up.
   *
   * @param directory whether the path was written as a directory's
   */
  void resolve(String relativePath, boolean directory) {
    path = relativePath;
    take(directory ? Step.INDEX : Step.NAME);
  }

  /** Gives the look-up up, for good. */
  void abandon() {
    abandoned = true;
  }

  private void take(Step nextStep) {
    step = nextStep;
    openPath = step == Step.INDEX ? indexPath() : path;
    open();
  }

  private String indexPath() {
    return path.equals(".") ? INDEX_NAME : path + "/" + INDEX_NAME;
  }

  private void open() {
    if (!abandoned) {
      context.root().openBeneath(openPath, OPEN_FLAGS, openHandler);
    }
  }

  private void opened(AsyncFile opened, int errno) {
    if (abandoned) {
      if (opened != null) {
        opened.close(null);
      }
    } else if (opened != null) {
      file = opened;
      readStatus();
    } else if (errno == Errno.ENOBUFS) {
      context.proactor().buffers().whenAvailable(open);
    } else {
      openFailed(FileErrors.statusOf(errno));
    }
  }

  private void openFailed(Status status) {
    if (step == Step.INDEX && status == Status.NOT_FOUND) {
      take(Step.DIRECTORY);
    } else {
      listener.failed(status);
    }
  }

  private void readStatus() {
    if (abandoned) {
      closeFile();
    } else {
      file.status(statusHandler);
    }
  }

  private void statusRead(FileStatus status, int errno) {
    if (abandoned) {
      closeFile();
    } else if (status != null) {
      found(status);
    } else if (errno == Errno.ENOBUFS) {
      context.proactor().buffers().whenAvailable(readStatus);
    } else {
      closeFile();
      listener.failed(FileErrors.statusOf(errno));
    }
  }

  private void found(FileStatus status) {
    if (status.isRegularFile() && step != Step.DIRECTORY) {
      AsyncFile found = file;
      file = null;
      listener.foundFile(found, status, openPath);
      return;
    }
    closeFile();
    if (step == Step.INDEX) {
      take(Step.DIRECTORY);
    } else if (!status.isDirectory()) {
      // A device, a socket, a pipe, or a file written with a slash at the end.
      listener.failed(Status.NOT_FOUND);
    } else if (step == Step.DIRECTORY) {
      listener.foundDirectory();
    } else {
      listener.foundDirectoryWithoutSlash();
    }
  }

  private void closeFile() {
    file.close(null);
    file = null;
  }
}
