package millrace.proactor.backend.simulated;

import java.lang.foreign.ValueLayout;
import millrace.uring.Errno;
import millrace.uring.Libc;

/** An eventfd(2), for tests of operations on what has no position. */
final class EventCounter extends WaitableFile {

  private long count;

  EventCounter(Kernel kernel) {
    super(kernel);
  }

  @Override
  int perform(Request request) {
    return switch (request.kind) {
      case READ -> read(request);
      case WRITE -> write(request);
      default -> -Errno.ENOTSOCK;
    };
  }

  private int read(Request request) {
    if (request.length < Long.BYTES) {
      return -Errno.EINVAL;
    }
    if (count == 0) {
      return WOULD_BLOCK;
    }
    if (!kernel.mayTouch(request)) {
      return VIOLATED;
    }
    request.memory().set(ValueLayout.JAVA_LONG_UNALIGNED, 0, count);
    request.wrote();
    count = 0;
    return Long.BYTES;
  }

  private int write(Request request) {
    if (request.length < Long.BYTES) {
      return -Errno.EINVAL;
    }
    if (!kernel.mayTouch(request)) {
      return VIOLATED;
    }
    count += request.memory().get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    changedElsewhere();
    return Long.BYTES;
  }

  @Override
  int events() {
    return count > 0 ? Libc.POLLIN | Libc.POLLOUT : Libc.POLLOUT;
  }

  @Override
  public void released() {}
}
