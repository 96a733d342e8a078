package millrace.proactor.buffer;

/**
 * The buffers of one loop: native memory in five sizes, from 1 KiB to 256 KiB, up to a cap.
 *
 * <p><b>Threading.</b> {@code acquire} and {@code whenAvailable} belong to the loop thread; slices
 * may be released on any thread and come home at the loop's next turn. {@code acquire} and {@code
 * release} on the loop thread allocate nothing once the memory stands.
 *
 * <p><b>Bounds.</b> All buffers together never exceed the cap ({@code
 * ProactorOptions.bufferPoolBytes}). Then {@code acquire} answers null, and {@link #whenAvailable}
 * tells when to try again.
 */
public sealed interface BufferPool permits SlabPool {

  /** The largest size that {@link #acquire} gives, in bytes. */
  int LARGEST_BYTES = 1 << 18;

  /**
   * A buffer with one reference, which belongs to the caller, and the window {@code [0, capacity)}.
   *
   * @param minimumBytes 1 to {@link #LARGEST_BYTES}
   * @return null when the cap is reached
   * @throws IllegalStateException off the loop thread
   */
  BufferSlice acquire(int minimumBytes);

  /**
   * Runs {@code task} on the loop thread after a buffer has come back: once, first come first
   * served. For whoever was answered null.
   *
   * @param task what to run
   * @throws IllegalStateException off the loop thread
   */
  void whenAvailable(Runnable task);

  /** {@return buffers handed out and not yet back} */
  int outstanding();

  /** {@return bytes allocated, handed out or not} */
  long allocatedBytes();

  /** {@return how often {@code acquire} answered null} */
  long exhaustions();
}
