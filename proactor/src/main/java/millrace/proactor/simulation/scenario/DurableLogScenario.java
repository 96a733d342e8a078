package millrace.proactor.simulation.scenario;

import java.nio.file.Path;
import java.util.SplittableRandom;
import millrace.proactor.ShutdownReport;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.file.AsyncFile;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * Appends records to a file and acknowledges each one that is synced. Then the power fails: all
 * that was acknowledged is still there.
 */
final class DurableLogScenario implements Scenario {

  private static final Path LOG = Path.of("/log");
  private static final int MOST_RECORDS = 60;
  private static final int MOST_RECORD_BYTES = 3_000;
  private static final long LATEST_CRASH_NANOS = 60_000_000;

  private final Pattern pattern = new Pattern(11);
  private Simulation simulation;
  private SplittableRandom random;
  private AsyncFile file;
  private int recordsLeft;
  private int positionBytes;
  private int acknowledgedBytes;
  private boolean crashed;
  private boolean closed;

  @Override
  public String name() {
    return "durable-log";
  }

  @Override
  public void start(Simulation newSimulation) {
    simulation = newSimulation;
    random = simulation.random();
    recordsLeft = random.nextInt(1, MOST_RECORDS);
    simulation.after(random.nextLong(LATEST_CRASH_NANOS), this::crash);
    int flags = Libc.O_WRONLY | Libc.O_CREAT;
    AsyncFile.open(simulation.proactor(), LOG, flags, 0644, this::opened);
  }

  private void opened(AsyncFile openedFile, int errno) {
    file = openedFile;
    if (file == null) {
      simulation.end();
    } else {
      append();
    }
  }

  private void append() {
    if (recordsLeft == 0) {
      // The close waits for it.
      file.fsync(false, result -> simulation.note("last sync " + result));
    }
    BufferSlice record =
        recordsLeft-- == 0 ? null : simulation.proactor().buffers().acquire(MOST_RECORD_BYTES);
    if (record == null) {
      close();
      return;
    }
    record.range(0, random.nextInt(1, MOST_RECORD_BYTES));
    pattern.fill(record, positionBytes);
    if (random.nextBoolean()) {
      appendByChain(record);
    } else {
      appendInSteps(record);
    }
  }

  private void appendByChain(BufferSlice record) {
    file.writeAndSync(
        record,
        positionBytes,
        true,
        result -> {
          int length = record.length();
          record.release();
          if (result >= 0 && result != length) {
            simulation.violated("written and synced: " + result + " of " + length);
          }
          if (result == length) {
            acknowledged(length);
          } else {
            close();
          }
        });
  }

  private void appendInSteps(BufferSlice record) {
    file.writeFullyAsync(record, positionBytes)
        .whenComplete(
            (written, failure) -> {
              int length = record.length();
              record.release();
              if (failure == null && written == length) {
                sync(length);
              } else {
                close();
              }
            });
  }

  private void sync(int length) {
    file.fsync(
        true,
        result -> {
          if (result == 0) {
            acknowledged(length);
          } else {
            close();
          }
        });
  }

  private void acknowledged(int length) {
    positionBytes += length;
    acknowledgedBytes = positionBytes;
    simulation.note("acknowledged " + acknowledgedBytes);
    append();
  }

  private void close() {
    file.close(
        result -> {
          closed = true;
          simulation.end();
        });
  }

  private void crash() {
    if (!closed && file != null) {
      crashed = true;
      simulation.files().crash();
      checkLog();
      simulation.breakOff();
    }
  }

  private void checkLog() {
    byte[] log = simulation.files().read(LOG);
    if (log == null || log.length < acknowledgedBytes) {
      simulation.violated("the log has lost what was acknowledged: " + acknowledgedBytes);
      return;
    }
    byte[] kept = new byte[acknowledgedBytes];
    System.arraycopy(log, 0, kept, 0, acknowledgedBytes);
    long difference = pattern.difference(kept, 0);
    if (difference >= 0) {
      simulation.violated("the log is torn at " + difference + " of " + acknowledgedBytes);
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    if (!crashed && file != null) {
      run.files().crash();
      checkLog();
    }
    if (crashed && report.operationsAbandoned() == 0 && report.failure() == null) {
      run.violated("the loop did not notice that it was broken off: " + Errno.EIO);
    }
  }
}
