package millrace.examples.http;

import millrace.uring.Errno;

/** What the kernel's refusal to open a file means to a client. */
final class FileErrors {
  private FileErrors() {}

  static Status statusOf(int errno) {
    if (errno == Errno.ENOENT
        || errno == Errno.ENOTDIR
        || errno == Errno.ENAMETOOLONG
        // A symbolic link that leads out of the root, or in a circle: nothing that exists here.
        || errno == Errno.EXDEV
        || errno == Errno.ELOOP
        // A socket, or a device without a driver.
        || errno == Errno.ENXIO
        || errno == Errno.ENODEV) {
      return Status.NOT_FOUND;
    }
    if (errno == Errno.EACCES || errno == Errno.EPERM) {
      return Status.FORBIDDEN;
    }
    if (errno == Errno.EMFILE
        || errno == Errno.ENFILE
        || errno == Errno.ENOMEM
        || errno == Errno.EAGAIN) {
      return Status.SERVICE_UNAVAILABLE;
    }
    return Status.INTERNAL_SERVER_ERROR;
  }

  static String reason(Status status) {
    return switch (status) {
      case NOT_FOUND -> "no such file";
      case FORBIDDEN -> "the file may not be read";
      case SERVICE_UNAVAILABLE -> "too many files are open";
      default -> "the file cannot be opened";
    };
  }
}
