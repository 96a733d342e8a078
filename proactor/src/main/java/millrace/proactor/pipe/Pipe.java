package millrace.proactor.pipe;

import java.util.Objects;
import java.util.concurrent.CompletionStage;
import millrace.proactor.Proactor;
import millrace.proactor.engine.Loop;
import millrace.uring.Errno;
import millrace.uring.UringException;

/**
 * Both ends of a new pipe, on one loop; each is closed by itself. See pipe(7).
 *
 * @param reader the reading end
 * @param writer the writing end
 */
public record Pipe(PipeReader reader, PipeWriter writer) {

  /** Checks that there are both. */
  public Pipe {
    Objects.requireNonNull(reader, "reader");
    Objects.requireNonNull(writer, "writer");
  }

  /**
   * Makes a pipe, close-on-exec. Any thread.
   *
   * @param proactor the loop
   * @param options sizes and limits of both ends
   * @param readHandler gets the bytes
   * @param writeHandler learns of the writing end
   * @return the pipe; fails with a {@code UringException}: EMFILE, ENFILE, EAGAIN when the loop is
   *     at its cap on operations
   */
  public static CompletionStage<Pipe> open(
      Proactor proactor,
      PipeOptions options,
      PipeReadHandler readHandler,
      PipeWriteHandler writeHandler) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(readHandler, "readHandler");
    Objects.requireNonNull(writeHandler, "writeHandler");
    Loop loop = Loop.of(proactor);
    return loop.<Pipe>supply(
        future -> {
          if (!loop.reserve(2 * PipeEnd.SLOTS)) {
            future.completeExceptionally(atCap("pipe"));
            return;
          }
          int[] two = new int[2];
          int result = loop.sockets().pipe(two);
          if (Errno.isError(result)) {
            loop.unreserve(2 * PipeEnd.SLOTS);
            String hint = result == -Errno.EMFILE ? "raise the limit of open files" : null;
            future.completeExceptionally(new UringException("pipe2", -result, null, hint));
            return;
          }
          PipeReader reader = new PipeReader(loop, two[0], options, readHandler);
          PipeWriter writer = new PipeWriter(loop, two[1], options, writeHandler);
          reader.open(false);
          writer.open();
          future.complete(new Pipe(reader, writer));
        });
  }

  static void check(int descriptor, PipeOptions options) {
    Objects.requireNonNull(options, "options");
    if (descriptor < 0) {
      throw new IllegalArgumentException("descriptor: " + descriptor + ", must be >= 0");
    }
  }

  static UringException atCap(String subject) {
    return new UringException(
        "open",
        Errno.EAGAIN,
        subject,
        "all operations of the loop are in use: raise maxOperationsInFlight");
  }
}
