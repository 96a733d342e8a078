package millrace.proactor.simulation.scenario;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.file.AsyncFile;
import millrace.proactor.file.FileStatus;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * Copies a file with several pieces under way. The copy is the same, byte for byte, or an error was
 * told; everything is closed either way.
 */
final class FileCopyScenario implements Scenario {

  private static final Path SOURCE = Path.of("/data/source");
  private static final Path TARGET = Path.of("/data/target");
  private static final int MOST_BYTES = 200_000;
  private static final int MOST_COPIERS = 6;
  private static final Set<Integer> REASONS =
      Set.of(Errno.EIO, Errno.ENOSPC, Errno.EAGAIN, Errno.EMFILE, Errno.ENOBUFS);

  private Simulation simulation;
  private byte[] content;
  private AsyncFile source;
  private AsyncFile target;
  private int pieceBytes;
  private int nextPosition;
  private int copiersUnderWay;
  private int filesOpen;
  private int errno;
  private boolean synced;

  @Override
  public String name() {
    return "file-copy";
  }

  @Override
  public void configure(ProactorOptions.Builder options, Simulation run) {
    options.bufferPoolBytes(1 << 18);
  }

  @Override
  public void start(Simulation newSimulation) {
    simulation = newSimulation;
    SplittableRandom random = simulation.random();
    content = new Pattern(3).bytes(0, random.nextInt(MOST_BYTES));
    pieceBytes = 1 << random.nextInt(9, 17);
    simulation.files().write(SOURCE, content);
    if (random.nextInt(4) == 0) {
      simulation.files().setCapacity(content.length + random.nextInt(content.length + 1));
    }
    AsyncFile.open(simulation.proactor(), SOURCE, Libc.O_RDONLY, 0, this::sourceOpened);
  }

  private void sourceOpened(AsyncFile file, int openErrno) {
    if (file == null) {
      fail(openErrno);
      finish();
      return;
    }
    filesOpen++;
    source = file;
    int flags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_TRUNC;
    AsyncFile.open(simulation.proactor(), TARGET, flags, 0644, this::targetOpened);
  }

  private void targetOpened(AsyncFile file, int openErrno) {
    if (file == null) {
      fail(openErrno);
      close(source);
      return;
    }
    filesOpen++;
    target = file;
    source.status(this::sized);
  }

  private void sized(FileStatus status, int statusErrno) {
    if (status == null) {
      fail(statusErrno);
    } else if (status.sizeBytes() != content.length || !status.isRegularFile()) {
      simulation.violated("a wrong status: " + status);
    }
    copiersUnderWay = simulation.random().nextInt(1, MOST_COPIERS);
    for (int count = copiersUnderWay; count > 0; count--) {
      copyNext();
    }
  }

  private void copyNext() {
    if (errno != 0 || nextPosition >= content.length) {
      copierEnded();
      return;
    }
    BufferSlice buffer = simulation.proactor().buffers().acquire(pieceBytes);
    if (buffer == null) {
      simulation.proactor().buffers().whenAvailable(this::copyNext);
      return;
    }
    int position = nextPosition;
    buffer.range(0, Math.min(pieceBytes, content.length - position));
    nextPosition += buffer.length();
    source
        .readFullyAsync(buffer, position)
        .whenComplete((read, failure) -> pieceRead(buffer, position, read, failure));
  }

  private void pieceRead(BufferSlice buffer, int position, Integer read, Throwable failure) {
    if (failure != null) {
      pieceFailed(buffer, failure);
      return;
    }
    if (read != buffer.length()) {
      simulation.violated("read " + read + " of " + buffer.length() + " before the end");
    }
    target
        .writeFullyAsync(buffer, position)
        .whenComplete((written, writeFailure) -> pieceWritten(buffer, written, writeFailure));
  }

  private void pieceWritten(BufferSlice buffer, Integer written, Throwable failure) {
    if (failure != null) {
      pieceFailed(buffer, failure);
      return;
    }
    if (written != buffer.length()) {
      simulation.violated("written " + written + " of " + buffer.length() + " without error");
    }
    buffer.release();
    copyNext();
  }

  private void pieceFailed(BufferSlice buffer, Throwable failure) {
    buffer.release();
    fail(failure instanceof UringException uring ? uring.errno() : 0);
    copierEnded();
  }

  private void fail(int newErrno) {
    errno = newErrno;
    if (!REASONS.contains(newErrno)) {
      simulation.violated("copying failed with " + Errno.name(newErrno));
    }
  }

  private void copierEnded() {
    if (--copiersUnderWay == 0) {
      target.fsync(
          false,
          result -> {
            synced = result == 0;
            if (result < 0) {
              fail(-result);
            }
            close(source);
            close(target);
          });
    }
  }

  private void close(AsyncFile file) {
    file.close(
        result -> {
          filesOpen--;
          if (result != 0) {
            simulation.violated("close answered " + result);
          }
          finish();
        });
  }

  private void finish() {
    if (filesOpen == 0) {
      simulation.end();
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    if (filesOpen != 0) {
      run.violated(filesOpen + " files were not closed");
    }
    if (errno == 0 && synced) {
      run.files().crash();
      if (!Arrays.equals(content, run.files().read(TARGET))) {
        run.violated("the copy differs, and no error was told");
      }
    }
  }
}
