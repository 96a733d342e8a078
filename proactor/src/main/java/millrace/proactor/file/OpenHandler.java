package millrace.proactor.file;

/** Receives a file that was opened, or why it was not; exactly once, on the loop thread. */
@FunctionalInterface
public interface OpenHandler {

  /**
   * The kernel has answered.
   *
   * @param file the open file, which the handler owns and closes; null on error
   * @param errno 0, or why: ENOENT, EACCES, EXDEV (a path that leaves its directory), ELOOP,
   *     EMFILE, EAGAIN (the loop is at its cap), ENOBUFS (the buffer pool is) ...
   */
  void opened(AsyncFile file, int errno);
}
