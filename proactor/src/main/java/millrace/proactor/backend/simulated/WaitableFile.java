package millrace.proactor.backend.simulated;

import java.util.ArrayDeque;
import java.util.Iterator;
import millrace.proactor.backend.OperationKind;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * An open file that operations wait for: sockets, pipes. As io_uring does with a blocking file,
 * each operation is tried when it comes, and again when the file has changed.
 */
abstract class WaitableFile implements Descriptors.OpenFile {

  /** What {@link #perform} says of an operation that has to wait. */
  static final int WOULD_BLOCK = -Errno.EAGAIN;

  /** What it says when it must not touch the memory: a rule was broken, and the run is over. */
  static final int VIOLATED = Integer.MIN_VALUE;

  final Kernel kernel;
  private final ArrayDeque<Request> waiting = new ArrayDeque<>();

  WaitableFile(Kernel kernel) {
    this.kernel = kernel;
  }

  /** One try of an operation: its result, {@link #WOULD_BLOCK} or {@link #VIOLATED}. */
  abstract int perform(Request request);

  /** POLL* of what is so. */
  abstract int events();

  /** Whether it is a socket, for which recv(2) is not ENOTSOCK. */
  boolean isSocket() {
    return false;
  }

  /** Whether {@code request} is told EAGAIN instead of having to wait. */
  boolean isImpatient(Request request) {
    return request.isImpatient();
  }

  /** Tries {@code request}; what must wait is parked. */
  final void start(Request request) {
    request.state = Request.State.PARKED;
    waiting.add(request);
    changed();
  }

  /** Takes a parked request away, which then waits no more. */
  void forget(Request request) {
    waiting.remove(request);
  }

  /** Something that was to be waited for may have come. */
  final void changed() {
    for (Iterator<Request> each = waiting.iterator(); each.hasNext(); ) {
      if (attempt(each.next())) {
        each.remove();
      }
    }
  }

  /** For a file whose state changes in the middle of a call of another one: not now, but next. */
  final void changedElsewhere() {
    kernel.world.after(0, this::changed);
  }

  /** Whether the request has ended. */
  boolean attempt(Request request) {
    int result = tryOnce(request);
    return (result != WOULD_BLOCK || isImpatient(request)) && ended(request, result);
  }

  /** {@link #perform}, and poll(2), which every file answers in the same way. */
  final int tryOnce(Request request) {
    if (request.kind != OperationKind.POLL) {
      return perform(request);
    }
    int found = events() & (request.operationFlags | Libc.POLLERR | Libc.POLLHUP);
    return found == 0 ? WOULD_BLOCK : found;
  }

  final boolean ended(Request request, int result) {
    if (result != VIOLATED) {
      kernel.complete(request, result);
    }
    return true;
  }
}
