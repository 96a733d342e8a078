package millrace.proactor.file;

/** Receives the status of a file; exactly once, on the loop thread. */
@FunctionalInterface
public interface FileStatusHandler {

  /**
   * The kernel has answered.
   *
   * @param status null on error
   * @param errno 0, or why there is none
   */
  void completed(FileStatus status, int errno);
}
