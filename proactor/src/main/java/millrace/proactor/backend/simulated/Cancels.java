package millrace.proactor.backend.simulated;

import millrace.proactor.fault.Fault;

/**
 * Requests to end others. Each is executed in its turn among the submissions, and may come too
 * late. A member of a chain that has not begun is no more to begin from the moment of the call.
 */
final class Cancels {

  private static final long LONGEST_RACE_NANOS = 500_000;

  private final Kernel kernel;
  private final World world;
  private final RequestsInFlight inFlight;
  private final SubmissionQueue submissions;
  private final RequestRunner runner;

  Cancels(
      Kernel kernel, RequestsInFlight inFlight, SubmissionQueue submissions, RequestRunner runner) {
    this.kernel = kernel;
    this.world = kernel.world;
    this.inFlight = inFlight;
    this.submissions = submissions;
    this.runner = runner;
  }

  void cancel(long token) {
    Request request = inFlight.find(token);
    if (request != null && waitsInChain(request)) {
      request.cancelRequested = true;
    }
    submissions.put(() -> execute(inFlight.find(token)));
  }

  void cancelDescriptor(int descriptor) {
    for (Request request : inFlight.all()) {
      if (waitsInChain(request)
          && request.kind.isOnDescriptor()
          && request.descriptor == descriptor) {
        request.cancelRequested = true;
      }
    }
    submissions.put(
        () -> {
          for (Request request : inFlight.all()) {
            // By file, not by number (IORING_ASYNC_CANCEL_FD), whatever the number stood for
            // before.
            if (kernel.descriptors.names(descriptor, request.file)) {
              execute(request);
            }
          }
        });
  }

  private void execute(Request request) {
    if (request == null || request.state == Request.State.DONE) {
      return; // ENOENT
    }
    if (waitsInChain(request)) {
      request.cancelRequested = true;
      return;
    }
    if (request.state == Request.State.PARKED && world.faults().strikes(Fault.CANCEL_RACE)) {
      world.step(world.nowNanos() + LONGEST_RACE_NANOS);
    }
    runner.end(request);
  }

  private static boolean waitsInChain(Request request) {
    return request.chain != null && request.state == Request.State.QUEUED;
  }
}
