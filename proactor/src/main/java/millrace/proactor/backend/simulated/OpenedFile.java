package millrace.proactor.backend.simulated;

import millrace.uring.Libc;

/** A file behind a descriptor. */
record OpenedFile(SimulatedFile file, String path, int flags) implements Descriptors.OpenFile {

  boolean mayRead() {
    return (flags & Libc.O_WRONLY) == 0;
  }

  boolean mayWrite() {
    return (flags & (Libc.O_WRONLY | Libc.O_RDWR)) != 0;
  }

  @Override
  public void released() {}
}
