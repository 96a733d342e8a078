package millrace.proactor.backend.simulated;

import java.util.ArrayList;
import java.util.List;
import millrace.uring.Errno;

/** Open files by number; a new one gets the lowest free number, as open(2) says. */
final class Descriptors {

  /** What a descriptor stands for. */
  interface OpenFile {
    /** The last descriptor is closed. */
    void released();
  }

  private static final int FIRST = 3;
  private static final int LIMIT = 1024;

  private final List<OpenFile> files = new ArrayList<>();
  private int open;

  /** A descriptor, or -EMFILE. */
  int add(OpenFile file) {
    int index = files.indexOf(null);
    if (index < 0 && files.size() == LIMIT) {
      return -Errno.EMFILE;
    }
    open++;
    if (index < 0) {
      files.add(file);
      return FIRST + files.size() - 1;
    }
    files.set(index, file);
    return FIRST + index;
  }

  /** Null when there is no such descriptor. */
  OpenFile get(int descriptor) {
    int index = descriptor - FIRST;
    return index >= 0 && index < files.size() ? files.get(index) : null;
  }

  /** Whether {@code descriptor} stands for {@code file} now. */
  @SuppressWarnings("ReferenceEquality") // Open files have identity, no value.
  boolean names(int descriptor, OpenFile file) {
    return file != null && get(descriptor) == file;
  }

  /** close(2). */
  int close(int descriptor) {
    OpenFile file = get(descriptor);
    if (file == null) {
      return -Errno.EBADF;
    }
    files.set(descriptor - FIRST, null);
    open--;
    file.released();
    return 0;
  }

  int open() {
    return open;
  }
}
