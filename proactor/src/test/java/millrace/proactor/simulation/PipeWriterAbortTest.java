package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.pipe.PipeOptions;
import millrace.proactor.pipe.PipeReader;
import millrace.proactor.pipe.PipeWriteHandler;
import millrace.proactor.pipe.PipeWriter;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/** The end of a writer at any moment; completions come milliseconds after the kernel's work. */
class PipeWriterAbortTest {

  private static final int CAPACITY_BYTES = 4096;
  private static final int WRITTEN_BYTES = 4 * CAPACITY_BYTES;
  private static final long LATEST_ABORT_NANOS = 100_000_000;
  private static final int SEEDS = 200;

  /** A full pipe with O_NONBLOCK, which a reader empties: its writer polls, and writes again. */
  private static final class Abort implements Scenario, PipeWriteHandler {
    private Simulation simulation;
    private PipeReader reader;
    private PipeWriter writer;
    private int receivedBytes;
    private int errno = -1;

    @Override
    public String name() {
      return "abort";
    }

    @Override
    public void start(Simulation run) {
      simulation = run;
      int[] ends = run.pipe(CAPACITY_BYTES, false, true);
      PipeOptions options = PipeOptions.defaults();
      PipeReader.wrap(run.proactor(), ends[0], options, (of, data) -> received(data))
          .thenAccept(opened -> reader = opened);
      PipeWriter.wrap(run.proactor(), ends[1], options, this).thenAccept(opened -> writer = opened);
      writer.write(BufferSlice.unpooled(WRITTEN_BYTES));
      run.startTimer(run.random().nextLong(LATEST_ABORT_NANOS), writer::abort);
    }

    private void received(BufferSlice data) {
      receivedBytes += data.length();
    }

    @Override
    public void closed(PipeWriter of, int closedErrno) {
      errno = closedErrno;
      simulation.end();
    }
  }

  @Test
  void anAbortLeavesTheQueueToTheWriteThatIsUnderWay() {
    int cut = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Abort abort = new Abort();
      FaultPlan late = FaultPlan.none().with(Fault.LATE_COMPLETION, 1);
      SimulationResult result = Simulation.run(() -> abort, seed, late);
      assertTrue(!result.failed(), result::describe);
      assertEquals(Errno.ECANCELED, abort.errno);
      cut += abort.receivedBytes < WRITTEN_BYTES ? 1 : 0;
    }
    assertNotEquals(0, cut);
    assertNotEquals(SEEDS, cut);
  }
}
