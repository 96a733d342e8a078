package millrace.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import millrace.proactor.Proactor;
import millrace.uring.CompletionSink;
import millrace.uring.Errno;
import millrace.uring.Ring;
import millrace.uring.RingOptions;
import millrace.uring.SubmissionQueue;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What submitting and reaping cost when the operation itself costs nothing. One benchmark operation
 * is one round: a batch of NOPs is prepared, submitted by one io_uring_enter, and all of its
 * completions are handed over.
 *
 * <p>{@code allocatedBytes} is what the ring's owner thread allocates in all rounds of an
 * iteration, exactly. With {@code -prof gc}, {@code gc.alloc.rate.norm} is what all threads of the
 * JVM allocate per round, JMH's own included, which do so at the end of each iteration.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class NopBenchmark {

  /** Rounds per invocation: enough to hide how long the proactor's loop takes to wake up. */
  private static final int ROUNDS = 1024;

  /** Bytes that the owner of the ring has allocated; events of an iteration. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Allocation {

    /** Sum over the iteration. */
    public long allocatedBytes;
  }

  /** A ring whose owner is the benchmark's thread. */
  @State(Scope.Thread)
  public static class OwnedRing implements CompletionSink {

    /** NOPs in a round. */
    @Param({"1", "32", "128"})
    public int batch;

    private Ring ring;
    private int completed;

    /** On the benchmark's thread, which becomes the owner. */
    @Setup(Level.Trial)
    public void open() throws IOException {
      ring = Ring.open(RingOptions.proactorDefaults().toBuilder().submissionEntries(128).build());
      ring.enable();
    }

    /** On the owner's thread again. */
    @TearDown(Level.Trial)
    public void close() {
      ring.close();
    }

    void round() {
      SubmissionQueue queue = ring.submissionQueue();
      for (int number = 0; number < batch; number++) {
        queue.next().nop().userData(number);
      }
      completed = 0;
      int submitted = ring.submitAndWait(batch, -1);
      ring.completionQueue().drain(this, batch);
      if (submitted != batch || completed != batch) {
        throw new IllegalStateException("submitted " + submitted + ", completed " + completed);
      }
    }

    @Override
    public void completion(long userData, int result, int flags) {
      if (result != 0) {
        throw new IllegalStateException("nop: " + Errno.describe(result));
      }
      completed++;
    }
  }

  /** A running proactor. */
  @State(Scope.Thread)
  public static class RunningProactor {

    /** NOPs in a round. */
    @Param({"1", "32", "128"})
    public int batch;

    private Proactor proactor;
    private NopRounds rounds;

    /** Starts the loop on its own thread. */
    @Setup(Level.Trial)
    public void start() throws IOException {
      proactor = Proactor.start();
      rounds = new NopRounds(proactor, batch);
    }

    /** Ends the loop. */
    @TearDown(Level.Trial)
    public void close() {
      proactor.close();
    }
  }

  /** Queues and system call alone. */
  @Benchmark
  @OperationsPerInvocation(ROUNDS)
  public void ring(OwnedRing state, Allocation allocation) {
    long before = ThreadAllocation.ofCurrentThread();
    for (int round = 0; round < ROUNDS; round++) {
      state.round();
    }
    allocation.allocatedBytes += ThreadAllocation.ofCurrentThread() - before;
  }

  /**
   * The same through a loop: a turn, slots, dispatch. The rounds follow each other on the loop's
   * thread; the benchmark's thread starts them and waits for the last.
   */
  @Benchmark
  @OperationsPerInvocation(ROUNDS)
  public void proactor(RunningProactor state, Allocation allocation) {
    allocation.allocatedBytes += state.rounds.run(ROUNDS);
  }
}
