package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.__kernel_timespec;

/** A ring that the current thread owns, what it has completed, and memory for operations. */
final class RingFixture implements AutoCloseable {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final long CANCEL_ALL = -2;
  private static final long ALONE = -3;

  final Ring ring;
  final SubmissionQueue submissions;
  final CompletionQueue completions;
  final Arena arena = Arena.ofShared();
  final List<Completion> seen = new ArrayList<>();
  private final List<Integer> descriptors = new ArrayList<>();

  RingFixture(Ring ring) throws UringException {
    this.ring = ring;
    this.submissions = ring.submissionQueue();
    this.completions = ring.completionQueue();
    ring.enable();
  }

  static RingFixture open() throws UringException {
    return open(RingOptions.proactorDefaults());
  }

  static RingFixture open(int submissionEntries, int completionEntries) throws UringException {
    return open(
        RingOptions.proactorDefaults().toBuilder()
            .submissionEntries(submissionEntries)
            .completionEntries(completionEntries)
            .build());
  }

  static RingFixture open(RingOptions options) throws UringException {
    return new RingFixture(Ring.open(options));
  }

  Sqe next(long userData) {
    return submissions.next().userData(userData);
  }

  /** Runs the entry that was prepared last and gives its result. Forgets what was seen before. */
  int run(Sqe entry) {
    forget();
    entry.userData(ALONE);
    return await(ALONE).result();
  }

  /** Makes a table of registered files, all of its entries empty. */
  void registerFiles(int count) {
    MemorySegment files = arena.allocate(ValueLayout.JAVA_INT, count).fill((byte) -1);
    assertEquals(0, ring.register(IoUring.IORING_REGISTER_FILES(), files, count));
  }

  /** Drains all that is ready, without a system call. */
  int drain() {
    return completions.drain(
        (userData, result, flags) -> seen.add(new Completion(userData, result, flags)),
        Integer.MAX_VALUE);
  }

  /** Submits, waits for so many completions in all since the last {@link #forget}, and drains. */
  List<Completion> await(int count) {
    awaitThat(() -> seen.size() >= count, count + " completions");
    return List.copyOf(seen);
  }

  /** The completion with this user data; waits for it. */
  Completion await(long userData) {
    awaitThat(() -> find(userData) != null, "completion " + userData);
    return find(userData);
  }

  void awaitThat(BooleanSupplier condition, String wanted) {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    drain();
    while (!condition.getAsBoolean() || submissions.pending() > 0) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        fail("no " + wanted + " within the deadline: " + this);
      }
      int result = condition.getAsBoolean() ? ring.submit() : ring.submitAndWait(1, left);
      if (result < 0 && result != -Errno.ETIME && result != -Errno.EINTR) {
        fail("enter: " + Errno.describe(result) + ": " + this);
      }
      drain();
    }
  }

  /** Waits for what the kernel does by itself, without entering it. */
  void spinUntil(BooleanSupplier condition, String wanted) {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline >= 0) {
        fail("no " + wanted + " within the deadline: " + this);
      }
      Thread.onSpinWait();
    }
  }

  /** Closes a descriptor with this fixture. */
  int own(int descriptor) {
    if (descriptor < 0) {
      fail(Errno.describe(descriptor));
    }
    descriptors.add(descriptor);
    return descriptor;
  }

  /** A pipe, the reading end first. */
  int[] pipe() {
    int[] pipe = new int[2];
    int result = Libc.pipe2(pipe, Libc.O_CLOEXEC);
    if (result < 0) {
      fail(Errno.describe(result));
    }
    own(pipe[0]);
    own(pipe[1]);
    return pipe;
  }

  /** Two connected Unix sockets. */
  int[] socketPair(int type) {
    int[] pair = SocketPairs.unix(type);
    own(pair[0]);
    own(pair[1]);
    return pair;
  }

  /** Two connected TCP sockets. */
  int[] tcpPair() {
    int[] pair = SocketPairs.tcp();
    own(pair[0]);
    own(pair[1]);
    return pair;
  }

  void forget() {
    seen.clear();
  }

  private Completion find(long userData) {
    for (Completion completion : seen) {
      if (completion.userData() == userData) {
        return completion;
      }
    }
    return null;
  }

  /** The address of zeroed memory that lives as long as this fixture. */
  long buffer(int bytes) {
    return arena.allocate(bytes, Long.BYTES).address();
  }

  /** A relative __kernel_timespec that lives as long as this fixture. */
  long timespec(long nanos) {
    MemorySegment timespec = arena.allocate(__kernel_timespec.layout());
    __kernel_timespec.tv_sec(timespec, nanos / 1_000_000_000L);
    __kernel_timespec.tv_nsec(timespec, nanos % 1_000_000_000L);
    return timespec.address();
  }

  long path(Path path) {
    return arena.allocateFrom(path.toString()).address();
  }

  @Override
  public String toString() {
    return "pending "
        + submissions.pending()
        + ", ready "
        + completions.ready()
        + ", overflowed "
        + ring.completionOverflowed()
        + ", granted "
        + ring.grantedFlags()
        + ", seen "
        + seen;
  }

  /** Cancels what is in flight first, so that the kernel no longer uses the memory. */
  @Override
  public void close() {
    try {
      if (!ring.isClosed()) {
        quiesce();
      }
    } finally {
      ring.close();
      descriptors.forEach(Libc::close);
      arena.close();
    }
  }

  /** Cancels what is in flight and waits for it. */
  void quiesce() {
    int found;
    do {
      forget();
      next(CANCEL_ALL).cancelAll();
      found = await(CANCEL_ALL).result();
    } while (found > 0);
  }
}
