package millrace.proactor;

import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Consumer;
import millrace.proactor.buffer.BufferPool;

/**
 * Sizes and limits of a {@link Proactor}. Immutable; {@link #builder()} checks each value and names
 * its legal range.
 *
 * @param name name of the loop thread
 * @param maxOperationsInFlight most operations in flight; three are set aside per connection
 * @param submissionEntries entries of the submission queue, a power of two
 * @param receiveBufferCount provided receive buffers, a power of two
 * @param receiveBufferBytes size of each, in bytes
 * @param bufferPoolBytes most bytes of the slab pool
 * @param taskQueueCapacity most tasks that wait for {@link Proactor#execute}, a power of two
 * @param taskBudget most tasks run in one turn
 * @param completionBudget most completions dispatched in one turn
 * @param timerTickNanos resolution of timers, in nanoseconds
 * @param maxTimers most timers of the application started at once; a start beyond that is refused
 * @param timerPolicy where these wait
 * @param pendingTimers what a shutdown does with those that are started
 * @param boundedWorkers most worker threads for files, of the kernel or, on epoll, of the backend;
 *     0 for the default
 * @param unboundedWorkers most kernel worker threads for the rest, 0 for the kernel's default
 * @param backend what the loop runs on
 * @param levelTriggered whether epoll, if it is that, works level-triggered
 * @param failureHandler gets what a handler or task throws; the loop thread calls it
 */
public record ProactorOptions(
    String name,
    int maxOperationsInFlight,
    int submissionEntries,
    int receiveBufferCount,
    int receiveBufferBytes,
    long bufferPoolBytes,
    int taskQueueCapacity,
    int taskBudget,
    int completionBudget,
    long timerTickNanos,
    int maxTimers,
    TimerPolicy timerPolicy,
    PendingTimers pendingTimers,
    int boundedWorkers,
    int unboundedWorkers,
    BackendChoice backend,
    boolean levelTriggered,
    Consumer<Throwable> failureHandler) {

  /** Name of the system property that, when "true", makes epoll level-triggered by default. */
  public static final String LEVEL_TRIGGERED_PROPERTY = "millrace.epoll.levelTriggered";

  private static final System.Logger LOGGER = System.getLogger("millrace.proactor");

  /** Checks all values. */
  public ProactorOptions {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(timerPolicy, "timerPolicy");
    Objects.requireNonNull(pendingTimers, "pendingTimers");
    Objects.requireNonNull(backend, "backend");
    Objects.requireNonNull(failureHandler, "failureHandler");
    check("maxOperationsInFlight", maxOperationsInFlight, 16, 1 << 20);
    checkPowerOfTwo("submissionEntries", submissionEntries, 8, 32768);
    checkPowerOfTwo("receiveBufferCount", receiveBufferCount, 1, 32768);
    check("receiveBufferBytes", receiveBufferBytes, 64, BufferPool.LARGEST_BYTES);
    check("bufferPoolBytes", bufferPoolBytes, 1 << 18, 1L << 40);
    checkPowerOfTwo("taskQueueCapacity", taskQueueCapacity, 2, 1 << 24);
    check("taskBudget", taskBudget, 1, Integer.MAX_VALUE);
    check("completionBudget", completionBudget, 1, Integer.MAX_VALUE);
    check("timerTickNanos", timerTickNanos, 1000, 1_000_000_000L);
    check("maxTimers", maxTimers, 1, 1 << 28);
    check("boundedWorkers", boundedWorkers, 0, 1 << 16);
    check("unboundedWorkers", unboundedWorkers, 0, 1 << 16);
  }

  /**
   * What {@link Proactor#start()} uses.
   *
   * @return the default values
   */
  public static ProactorOptions defaults() {
    return builder().build();
  }

  /**
   * A builder with the defaults in it.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  private static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(name + ": " + value + ", must be " + least + ".." + most);
    }
  }

  private static void checkPowerOfTwo(String name, int value, int least, int most) {
    if (value < least || value > most || Integer.bitCount(value) != 1) {
      throw new IllegalArgumentException(
          name + ": " + value + ", must be a power of two, " + least + ".." + most);
    }
  }

  /** Collects the values; each method returns the builder. */
  public static final class Builder {
    private String name = "millrace-loop";
    private int maxOperationsInFlight = 32768;
    private int submissionEntries = 1024;
    private int receiveBufferCount = 1024;
    private int receiveBufferBytes = 8192;
    private long bufferPoolBytes = 256L << 20;
    private int taskQueueCapacity = 65536;
    private int taskBudget = 1024;
    private int completionBudget = 4096;
    private long timerTickNanos = 1_000_000;
    private OptionalInt maxTimers = OptionalInt.empty();
    private TimerPolicy timerPolicy = TimerPolicy.WHEEL;
    private PendingTimers pendingTimers = PendingTimers.CANCEL;
    private int boundedWorkers = 4;
    private int unboundedWorkers = 64;
    private BackendChoice backend = BackendChoice.ofProperty();
    private boolean levelTriggered = Boolean.getBoolean(LEVEL_TRIGGERED_PROPERTY);
    private Consumer<Throwable> failureHandler =
        failure -> LOGGER.log(System.Logger.Level.ERROR, "uncaught on a loop", failure);

    private Builder() {}

    /**
     * Name of the loop thread.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder name(String value) {
      name = value;
      return this;
    }

    /**
     * Most operations in flight, 16 to 2^20.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder maxOperationsInFlight(int value) {
      maxOperationsInFlight = value;
      return this;
    }

    /**
     * Entries of the submission queue, a power of two, 8 to 32768.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder submissionEntries(int value) {
      submissionEntries = value;
      return this;
    }

    /**
     * Provided receive buffers: how many (a power of two, 1 to 32768), and bytes of each, 64 to 256
     * KiB.
     *
     * @param count how many
     * @param bytes size of each, in bytes
     * @return this builder
     */
    public Builder receiveBuffers(int count, int bytes) {
      receiveBufferCount = count;
      receiveBufferBytes = bytes;
      return this;
    }

    /**
     * Most bytes of the slab pool, at least 256 KiB.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder bufferPoolBytes(long value) {
      bufferPoolBytes = value;
      return this;
    }

    /**
     * Most tasks that wait, a power of two, 2 to 2^24.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder taskQueueCapacity(int value) {
      taskQueueCapacity = value;
      return this;
    }

    /**
     * Most tasks run in one turn.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder taskBudget(int value) {
      taskBudget = value;
      return this;
    }

    /**
     * Most completions dispatched in one turn.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder completionBudget(int value) {
      completionBudget = value;
      return this;
    }

    /**
     * Resolution of timers in nanoseconds, 1000 to 10^9.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder timerTickNanos(long value) {
      timerTickNanos = value;
      return this;
    }

    /**
     * Most timers of the application started at once, 1 to 2^28; by default twice {@link
     * #maxOperationsInFlight}, which is six for each connection that there can be, and 65536 with
     * the default of that. What the loop and its connections need does not count: closing, resting,
     * {@link millrace.proactor.net.ConnectionOptions#idleTimeout idle timeouts}, and deadlines of
     * operations, which are the kernel's.
     *
     * <p>{@link Proactor#startTimer} refuses more. The memory is taken when the loop starts: {@link
     * TimerPolicy} tells how much. A million timers in a wheel or a heap take about 20 MiB.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder maxTimers(int value) {
      maxTimers = OptionalInt.of(value);
      return this;
    }

    /**
     * Where the application's timers wait; {@link TimerPolicy#WHEEL} by default.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder timerPolicy(TimerPolicy value) {
      timerPolicy = value;
      return this;
    }

    /**
     * What a shutdown does with timers that are started; {@link PendingTimers#CANCEL} by default.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder pendingTimers(PendingTimers value) {
      pendingTimers = value;
      return this;
    }

    /**
     * Most kernel worker threads for files and for the rest; 0 leaves the kernel's default.
     *
     * @param bounded for files
     * @param unbounded for the rest
     * @return this builder
     */
    public Builder kernelWorkers(int bounded, int unbounded) {
      boundedWorkers = bounded;
      unboundedWorkers = unbounded;
      return this;
    }

    /**
     * What the loop runs on. By default what the system property {@link BackendChoice#PROPERTY}
     * says, else {@link BackendChoice#AUTO}.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder backend(BackendChoice value) {
      backend = value;
      return this;
    }

    /**
     * Whether epoll works level-triggered; edge-triggered is faster. Without effect on io_uring.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder levelTriggered(boolean value) {
      levelTriggered = value;
      return this;
    }

    /**
     * Gets what a handler or task throws, and what ended a running loop; called on the loop thread.
     * Logs by default.
     *
     * @param value the new value
     * @return this builder
     */
    public Builder failureHandler(Consumer<Throwable> value) {
      failureHandler = value;
      return this;
    }

    /**
     * The options.
     *
     * @return the values of this builder, checked
     * @throws IllegalArgumentException naming the value that is out of its range
     */
    public ProactorOptions build() {
      return new ProactorOptions(
          name,
          maxOperationsInFlight,
          submissionEntries,
          receiveBufferCount,
          receiveBufferBytes,
          bufferPoolBytes,
          taskQueueCapacity,
          taskBudget,
          completionBudget,
          timerTickNanos,
          maxTimers.orElse(2 * maxOperationsInFlight),
          timerPolicy,
          pendingTimers,
          boundedWorkers,
          unboundedWorkers,
          backend,
          levelTriggered,
          failureHandler);
    }
  }
}
