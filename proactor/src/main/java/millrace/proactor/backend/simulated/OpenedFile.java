package millrace.proactor.backend.simulated;

import millrace.uring.Libc;

/** A file behind a descriptor, and the position that reads and writes without one move. */
final class OpenedFile implements Descriptors.OpenFile {

  private static final long OWN_POSITION = -1;

  private final SimulatedFile file;
  private final String path;
  private final int flags;
  private long position;

  OpenedFile(SimulatedFile file, String path, int flags) {
    this.file = file;
    this.path = path;
    this.flags = flags;
  }

  SimulatedFile file() {
    return file;
  }

  String path() {
    return path;
  }

  int flags() {
    return flags;
  }

  /** With O_PATH a descriptor only names a file. */
  private boolean isOpen() {
    return (flags & Libc.O_PATH) == 0;
  }

  boolean mayRead() {
    return isOpen() && (flags & Libc.O_WRONLY) == 0;
  }

  boolean mayWrite() {
    return isOpen() && (flags & (Libc.O_WRONLY | Libc.O_RDWR)) != 0;
  }

  /** Where an operation at {@code offset} reads. */
  long readOffset(long offset) {
    return offset == OWN_POSITION ? position : offset;
  }

  /** Where it writes. */
  long writeOffset(long offset) {
    return (flags & Libc.O_APPEND) != 0 ? file.size() : readOffset(offset);
  }

  /** An operation at {@code offset} is done up to {@code end}. */
  void done(long offset, long end) {
    if (offset == OWN_POSITION) {
      position = end;
    }
  }

  @Override
  public void released() {}
}
