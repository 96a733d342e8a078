package millrace.uring;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import millrace.uring.abi.IoUring;

/**
 * A thread whose kernel refuses io_uring_setup, as a container's would: a seccomp filter holds for
 * one thread and the threads it starts, and ends with them.
 */
final class SeccompThread {
  private SeccompThread() {}

  /** Runs a task in a new thread in which io_uring_setup fails with {@code errno}. */
  static <T> T callWithRefusedSetup(int errno, Callable<T> task) throws Exception {
    FutureTask<T> filtered =
        new FutureTask<>(
            () -> {
              SeccompFilter.refuse(IoUring.__NR_io_uring_setup(), errno);
              return task.call();
            });
    Thread.ofPlatform().start(filtered);
    return filtered.get();
  }
}
