package millrace.proactor.backend.simulated;

import millrace.uring.Errno;

/** The life of a request that the kernel has taken: begun, overdue, ended before its time. */
final class RequestRunner {

  private final Kernel kernel;
  private final World world;
  private final FileRequests fileRequests;

  RequestRunner(Kernel kernel) {
    this.kernel = kernel;
    this.world = kernel.world;
    this.fileRequests = new FileRequests(kernel);
  }

  /** Begins the request, unless its end was asked for before. */
  void issue(Request request) {
    if (request.cancelRequested) {
      kernel.complete(request, -Errno.ECANCELED);
    } else {
      begin(request);
    }
  }

  private void begin(Request request) {
    request.file = kernel.descriptors.get(request.descriptor);
    if (request.timeoutNanos > 0) {
      world.after(request.timeoutNanos, () -> timeout(request));
    }
    switch (request.kind) {
      case NOP -> kernel.complete(request, 0);
      case CLOSE -> close(request);
      case TIMEOUT -> startTimeout(request);
      case OPEN, OPEN_HOW, STATUS, UNLINK, SYNC -> fileRequests.start(request);
      default -> {
        if (request.file instanceof WaitableFile file) {
          file.start(request);
        } else if (request.file instanceof OpenedFile) {
          fileRequests.start(request);
        } else {
          kernel.complete(request, -Errno.EBADF);
        }
      }
    }
  }

  private void close(Request request) {
    int result = kernel.descriptors.close(request.descriptor);
    if (result < 0) {
      world.violated(request + ": was not open");
    }
    kernel.complete(request, result);
  }

  /** IORING_OP_TIMEOUT with an absolute time: ETIME when it has passed. */
  private void startTimeout(Request request) {
    request.state = Request.State.PARKED;
    world.after(
        request.offset - world.nowNanos(),
        () -> {
          if (request.state != Request.State.DONE) {
            kernel.complete(request, -Errno.ETIME);
          }
        });
  }

  /** The linked timeout: a cancel, whose effect is told as ETIME. */
  private void timeout(Request request) {
    if (request.state != Request.State.DONE) {
      request.timedOut = true;
      end(request);
    }
  }

  /** What waits ends; a worker thread is at best interrupted. */
  void end(Request request) {
    if (request.state == Request.State.PARKED) {
      if (request.file instanceof WaitableFile file) {
        file.forget(request);
      }
      kernel.complete(request, request.resultIfCancelled());
    } else if (request.state == Request.State.WORKING) {
      fileRequests.interrupt(request); // EALREADY
    }
  }
}
