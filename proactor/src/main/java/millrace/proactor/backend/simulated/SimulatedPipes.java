package millrace.proactor.backend.simulated;

import millrace.uring.Errno;

/** Pipes of which others have decided what they are like: F_SETPIPE_SZ, O_NONBLOCK. */
public final class SimulatedPipes {

  private final Kernel kernel;

  SimulatedPipes(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Makes a pipe: its reading end, then its writing end.
   *
   * @param capacityBytes how much it holds; at least PIPE_BUF: 4096
   * @param readNonBlocking whether the reading end has O_NONBLOCK
   * @param writeNonBlocking whether the writing end has it
   * @return null: no descriptors are left
   */
  public int[] open(int capacityBytes, boolean readNonBlocking, boolean writeNonBlocking) {
    Pipe pipe = new Pipe(kernel, checked(capacityBytes));
    int reader = kernel.openPipe(pipe, false, readNonBlocking);
    int writer = Errno.isError(reader) ? reader : kernel.openPipe(pipe, true, writeNonBlocking);
    if (Errno.isError(writer)) {
      if (!Errno.isError(reader)) {
        kernel.descriptors.close(reader);
      }
      return null;
    }
    return new int[] {reader, writer};
  }

  /**
   * Makes a FIFO.
   *
   * @param path an absolute path, of which only the name is new
   * @param capacityBytes how much it holds; at least PIPE_BUF: 4096
   */
  public void makeFifo(String path, int capacityBytes) {
    kernel.disk.makeFifo(path, new Pipe(kernel, checked(capacityBytes)));
  }

  private static int checked(int capacityBytes) {
    if (capacityBytes < Pipe.ATOMIC_BYTES) {
      throw new IllegalArgumentException(
          "capacityBytes: " + capacityBytes + ", must be >= " + Pipe.ATOMIC_BYTES);
    }
    return capacityBytes;
  }
}
