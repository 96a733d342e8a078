package millrace.proactor.buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Objects;

/**
 * The receive buffers of one loop, given to the kernel as a provided buffer ring and lent to
 * handlers as {@link BufferSlice}s. A buffer is with the kernel, or out (received into and not yet
 * released); it goes back when it has neither references nor pins.
 *
 * <p>Whoever found the ring empty (ENOBUFS) waits in line here and is called when a buffer is back,
 * so that starvation never becomes a busy loop. Buffers may seem to be with the kernel that it has
 * used already, for completions that were not seen yet: so all in line are called once after each
 * buffer that comes or goes, and then not before a while.
 *
 * <p>Loop thread, except that slices may be released anywhere.
 */
public final class ProvidedBuffers {

  /** Somebody whose multishot receive ended with ENOBUFS. */
  public interface Starved {
    /** There is a buffer again. */
    void buffersAvailable();
  }

  /** How long those in line wait whom the kernel has refused a buffer that it should have. */
  private static final long REFUSED_NANOS = 100_000;

  private final Arena arena = Arena.ofShared();
  private final ProvidedBufferGroup group;
  private final BufferSlice[] slices;
  private final ReturnPath returnPath;
  private final ArrayDeque<Starved> starved = new ArrayDeque<>();
  private final int bufferBytes;
  private final int scarceBelow;
  private int withKernel;
  private boolean unpublished;
  private long exhaustions;

  /** Whether a buffer has come or gone since those in line were counted. */
  private boolean changed;

  /** How many of those in line may still be called. */
  private int callsLeft;

  private long countedNanos;

  /**
   * Allocates and publishes all buffers. To be called on the loop thread, which becomes the owner.
   *
   * @param group where the buffers are told to the kernel
   * @param count number of buffers, a power of two, 1 to 32768
   * @param bufferBytes size of each, in bytes
   * @param wakeUp called on another thread that released a slice, so that the loop turns
   */
  public ProvidedBuffers(ProvidedBufferGroup group, int count, int bufferBytes, Runnable wakeUp) {
    this.group = Objects.requireNonNull(group, "group");
    this.returnPath = new ReturnPath(this::give, Objects.requireNonNull(wakeUp, "wakeUp"));
    this.bufferBytes = bufferBytes;
    this.scarceBelow = Math.max(1, count / 4);
    this.slices = new BufferSlice[count];
    MemorySegment memory = arena.allocate((long) count * bufferBytes, 4096);
    for (int id = 0; id < count; id++) {
      MemorySegment part = memory.asSlice((long) id * bufferBytes, bufferBytes);
      slices[id] = new BufferSlice(part, returnPath, id, 0);
      give(slices[id]);
    }
    publish();
  }

  /** {@return the group's number, as a receive operation names it} */
  public int groupId() {
    return group.groupId();
  }

  /**
   * The buffer that a completion names, with one pin that the caller takes out.
   *
   * @param bufferId from the completion's flags
   * @param lengthBytes received bytes
   * @return the buffer
   */
  public BufferSlice take(int bufferId, int lengthBytes) {
    changed = true;
    withKernel--;
    return slices[Objects.checkIndex(bufferId, slices.length)].renewPinned(lengthBytes);
  }

  /**
   * Whether {@code slice} is one of these buffers and so few are left that it ought not to be held
   * for long: then its holder copies it, lest slow readers take every buffer from the others.
   *
   * @param slice the slice
   * @return whether to copy
   */
  public boolean shouldCopy(BufferSlice slice) {
    return withKernel < scarceBelow && isMine(slice);
  }

  private boolean isMine(BufferSlice slice) {
    int id = slice.bufferId();
    return id < slices.length && slices[id] == slice;
  }

  /**
   * Calls {@code waiter} once, at the end of a turn in which there are buffers again.
   *
   * @param waiter who waits
   */
  public void awaitBuffers(Starved waiter) {
    exhaustions++;
    starved.add(waiter);
  }

  /**
   * Takes {@code waiter} out of the line.
   *
   * @param waiter who waits
   */
  public void forget(Starved waiter) {
    starved.remove(waiter);
  }

  /** Takes in what other threads released; the loop calls it each turn. */
  public void collect() {
    returnPath.collect();
  }

  /**
   * Calls as many of those in line as there are buffers; the loop calls it each turn.
   *
   * @param nowNanos the loop's time
   */
  public void serveStarved(long nowNanos) {
    if (changed || nowNanos - countedNanos >= REFUSED_NANOS) {
      changed = false;
      callsLeft = starved.size();
      countedNanos = nowNanos;
    }
    int count = Math.min(Math.min(starved.size(), withKernel), callsLeft);
    callsLeft -= count;
    for (; count > 0; count--) {
      starved.poll().buffersAvailable();
    }
  }

  /**
   * How long the loop may wait.
   *
   * @param timeoutNanos how long it may wait otherwise; negative: without limit
   * @param nowNanos the loop's time
   * @return 0 when somebody in line can be called: those called before may have had nothing to
   *     receive, or buffers came back since
   */
  public long limitWait(long timeoutNanos, long nowNanos) {
    if (withKernel == 0 || starved.isEmpty()) {
      return timeoutNanos;
    }
    if (changed || callsLeft > 0) {
      return 0;
    }
    long most = Math.max(0, countedNanos + REFUSED_NANOS - nowNanos);
    return timeoutNanos < 0 ? most : Math.min(timeoutNanos, most);
  }

  /** Shows the kernel what came back; the loop calls it before it submits. */
  public void publish() {
    if (unpublished) {
      unpublished = false;
      group.publish();
    }
  }

  /** {@return number of all buffers} */
  public int count() {
    return slices.length;
  }

  /** {@return buffers received into and not yet released} */
  public int outstanding() {
    return slices.length - withKernel;
  }

  /** {@return how often a receive found no buffer} */
  public long exhaustions() {
    return exhaustions;
  }

  /** {@return how many wait for a buffer now} */
  public int starvedCount() {
    return starved.size();
  }

  /**
   * Frees the memory once the ring is gone, unless a buffer is still out or {@code kernelMayWrite}.
   *
   * @param kernelMayWrite whether an operation may still be in flight
   * @return the number of buffers that were not back
   */
  public int close(boolean kernelMayWrite) {
    collect();
    if (kernelMayWrite || outstanding() > 0) {
      Quarantine.keep(arena);
    } else {
      arena.close();
    }
    return outstanding();
  }

  private void give(BufferSlice slice) {
    group.add(slice.segment0().address(), bufferBytes, slice.bufferId());
    withKernel++;
    changed = true;
    unpublished = true;
  }
}
