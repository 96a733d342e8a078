package millrace.proactor.simulation.scenario;

import java.util.SplittableRandom;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.simulation.Simulation;

/**
 * How the two ends of pipes share a pool. One that holds a single slab has buffers of one size at a
 * time: would a writer wait with one of another size than its reader needs, both would wait for
 * ever. So with a small pool all buffers are of one size, and few of them wait to be written.
 */
final class PipeBuffers {

  private static final int LEAST_SMALL_BYTES = 1025;
  private static final int MOST_SMALL_BYTES = 4096;
  private static final int MOST_BYTES = 1 << 14;
  private static final int LEAST_EXPONENT = 6;
  private static final int SMALL_QUEUE_EXPONENT = 11;
  private static final int QUEUE_EXPONENT = 17;

  private final Simulation simulation;
  private final SplittableRandom random;
  private final boolean small;

  /**
   * @param small whether the pool holds a single slab
   */
  PipeBuffers(Simulation simulation, boolean small) {
    this.simulation = simulation;
    this.random = simulation.random();
    this.small = small;
  }

  /** A slice of {@code length} bytes; null when the pool is empty. */
  BufferSlice acquire(int length) {
    int capacity = small ? Math.max(length, LEAST_SMALL_BYTES) : length;
    BufferSlice slice = simulation.proactor().buffers().acquire(capacity);
    return slice == null ? null : slice.range(0, length);
  }

  /** How much may wait to be written. */
  int queueLimitBytes() {
    return 1 << random.nextInt(LEAST_EXPONENT, small ? SMALL_QUEUE_EXPONENT : QUEUE_EXPONENT);
  }

  /**
   * A size of reads.
   *
   * @param leastBytes less would take too long
   */
  int readBytes(int leastBytes) {
    int least = small ? LEAST_SMALL_BYTES : leastBytes;
    int most = small ? MOST_SMALL_BYTES : random.nextInt(leastBytes, MOST_BYTES);
    return random.nextInt(least, most + 1);
  }
}
