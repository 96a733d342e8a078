package millrace.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import millrace.uring.CompletionSink;
import millrace.uring.Ring;
import millrace.uring.RingOptions;
import millrace.uring.SocketCommands;
import millrace.uring.SubmissionQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to fill in a submission queue entry: {@link SubmissionQueue#next} and the methods
 * of its {@link millrace.uring.Sqe}, without the submit.
 *
 * <p>An invocation fills the queue once. Between invocations, where the clock is not running, the
 * entries are submitted: their descriptor is none, so they fail at once.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SqePreparationBenchmark {

  /** Enough that reading the clock around an invocation does not show. */
  private static final int ENTRIES = 1024;

  private static final int NO_DESCRIPTOR = -1;
  private static final int BUFFER_GROUP = 7;

  /** A ring whose owner is the benchmark's thread. */
  @State(Scope.Thread)
  public static class OwnedRing implements CompletionSink {

    private Ring ring;
    private SubmissionQueue queue;

    /** On the benchmark's thread, which becomes the owner. */
    @Setup(Level.Trial)
    public void open() throws IOException {
      RingOptions options =
          RingOptions.proactorDefaults().toBuilder()
              .submissionEntries(ENTRIES)
              .completionEntries(2 * ENTRIES)
              .build();
      ring = Ring.open(options);
      ring.enable();
      queue = ring.submissionQueue();
    }

    /** Empties the queue. */
    @TearDown(Level.Invocation)
    public void submit() {
      int pending = queue.pending();
      int submitted = ring.submitAndWait(pending, -1);
      int completed = ring.completionQueue().drain(this, pending);
      if (submitted != pending || completed != pending) {
        throw new IllegalStateException("submitted " + submitted + ", completed " + completed);
      }
    }

    /** On the owner's thread again. */
    @TearDown(Level.Trial)
    public void close() {
      ring.close();
    }

    @Override
    public void completion(long userData, int result, int flags) {
      if (result > 0) {
        throw new IllegalStateException("result " + result + " of " + userData);
      }
    }
  }

  /** An operation without arguments. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void nop(OwnedRing state) {
    SubmissionQueue queue = state.queue;
    for (int number = 0; number < ENTRIES; number++) {
      queue.next().nop().userData(number);
    }
  }

  /** An operation with all the usual arguments. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void read(OwnedRing state) {
    SubmissionQueue queue = state.queue;
    for (int number = 0; number < ENTRIES; number++) {
      queue.next().read(NO_DESCRIPTOR, 4096L * number, 4096, 8192L * number).userData(number);
    }
  }

  /** An operation with flags of its own and of its entry. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void recvMultishot(OwnedRing state) {
    SubmissionQueue queue = state.queue;
    for (int number = 0; number < ENTRIES; number++) {
      queue.next().recvMultishot(NO_DESCRIPTOR, BUFFER_GROUP, 0).fixedFile().userData(number);
    }
  }

  /** Vectors, a registered buffer and flags. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void readvFixed(OwnedRing state) {
    SubmissionQueue queue = state.queue;
    for (int number = 0; number < ENTRIES; number++) {
      queue
          .next()
          .readvFixed(NO_DESCRIPTOR, 4096L * number, 1, 8192L * number, 0, 3)
          .userData(number);
    }
  }

  /** Two addresses and their lengths. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void sendto(OwnedRing state) {
    SubmissionQueue queue = state.queue;
    for (int number = 0; number < ENTRIES; number++) {
      queue
          .next()
          .sendto(NO_DESCRIPTOR, 4096L * number, 64, 0, 8192L * number, 16)
          .userData(number);
    }
  }

  /** A command, with the most fields of all. */
  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public void cmdSock(OwnedRing state) {
    SubmissionQueue queue = state.queue;
    for (int number = 0; number < ENTRIES; number++) {
      queue
          .next()
          .cmdSock(SocketCommands.GETSOCKOPT, NO_DESCRIPTOR, 1, 2, 8192L * number, 4)
          .userData(number);
    }
  }
}
