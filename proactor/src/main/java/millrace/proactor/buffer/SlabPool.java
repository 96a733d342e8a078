package millrace.proactor.buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The {@link BufferPool} of a loop, with what only the loop may do to it: slabs that are allocated
 * on demand up to a cap and kept. At the cap a slab that nobody uses is cut anew for the size that
 * is wanted, or a larger buffer is given; so what one load has shaped the slabs for does not starve
 * the next one.
 */
public final class SlabPool implements BufferPool {

  private static final int[] CLASS_BYTES = {1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18};
  private static final long SLAB_BYTES = 1 << 18;
  private static final long PAGE_BYTES = 4096;

  private final Arena arena = Arena.ofShared();
  private final List<Slab> slabs = new ArrayList<>();

  /** For each size class the slabs that have a free buffer, linked. */
  private final Slab[] available = new Slab[CLASS_BYTES.length];

  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private final long capacityBytes;
  private final ReturnPath returnPath;
  private final Consumer<MemorySegment> returnedMemory;
  private long allocatedBytes;
  private int outstanding;
  private int idleSlabs;
  private boolean cameBack;
  private long exhaustions;

  /**
   * An empty pool, which belongs to the calling thread.
   *
   * @param capacityBytes most bytes of all slabs together, at least 256 KiB
   * @param wakeUp called on another thread that returned a buffer, so that the loop turns
   */
  public SlabPool(long capacityBytes, Runnable wakeUp) {
    this(capacityBytes, wakeUp, null);
  }

  /**
   * As {@link #SlabPool(long, Runnable)}, with somebody who looks at memory that comes back.
   *
   * @param capacityBytes most bytes of all slabs together, at least 256 KiB
   * @param wakeUp called on another thread that returned a buffer, so that the loop turns
   * @param returnedMemory gets the whole memory of each buffer that came back; may be null
   */
  public SlabPool(long capacityBytes, Runnable wakeUp, Consumer<MemorySegment> returnedMemory) {
    if (capacityBytes < SLAB_BYTES) {
      throw new IllegalArgumentException(
          "capacityBytes: " + capacityBytes + ", must be >= " + SLAB_BYTES);
    }
    this.capacityBytes = capacityBytes;
    this.returnedMemory = returnedMemory;
    this.returnPath = new ReturnPath(this::takeBack, Objects.requireNonNull(wakeUp, "wakeUp"));
  }

  /** Makes the calling thread the owner; once, before the first {@code acquire}. */
  public void bindToCurrentThread() {
    returnPath.bindToCurrentThread();
  }

  @Override
  public BufferSlice acquire(int minimumBytes) {
    checkOwner("acquire");
    if (minimumBytes < 1 || minimumBytes > LARGEST_BYTES) {
      throw new IllegalArgumentException(
          "minimumBytes: " + minimumBytes + ", must be 1.." + LARGEST_BYTES);
    }
    int sizeClass = sizeClass(minimumBytes);
    if (available[sizeClass] == null) {
      collect();
    }
    Slab slab = available[sizeClass];
    if (slab == null) {
      slab = slabAtNeed(sizeClass);
    }
    if (slab == null) {
      exhaustions++;
      return null;
    }
    if (slab.isIdle()) {
      idleSlabs--;
    }
    BufferSlice slice = slab.take();
    if (!slab.hasFree()) {
      unlink(slab);
    }
    outstanding++;
    return slice.renew(slice.capacity());
  }

  @Override
  public void whenAvailable(Runnable task) {
    checkOwner("whenAvailable");
    waiting.add(Objects.requireNonNull(task, "task"));
  }

  private void checkOwner(String method) {
    if (!returnPath.isOwner()) {
      throw new IllegalStateException(
          method + " belongs to the loop thread, called on " + Thread.currentThread());
    }
  }

  @Override
  public int outstanding() {
    return outstanding;
  }

  @Override
  public long allocatedBytes() {
    return allocatedBytes;
  }

  @Override
  public long exhaustions() {
    return exhaustions;
  }

  /** Takes in what other threads released; the loop calls it each turn. */
  public void collect() {
    returnPath.collect();
  }

  /** Runs those who wait, when something has come back; the loop calls it each turn. */
  public void serveWaiting() {
    if (!cameBack) {
      return;
    }
    // Whoever needs more than what came back waits again, and for the next one: without this a
    // free buffer of a size that nobody wants would keep the loop turning.
    cameBack = false;
    for (int count = waiting.size(); count > 0 && hasFree(); count--) {
      Runnable task = waiting.poll();
      boolean ended = false;
      try {
        task.run();
        ended = true;
      } finally {
        // Those behind one that throws are not to wait for the next buffer: this one is theirs.
        cameBack |= !ended;
      }
    }
  }

  /** {@return whether somebody waits and could be served now} */
  public boolean hasWork() {
    return cameBack && !waiting.isEmpty() && hasFree();
  }

  /**
   * Frees the slabs, unless a buffer is still out or the kernel may still write: then they are kept
   * for ever.
   *
   * @param kernelMayWrite whether an operation may still be in flight
   * @return the number of buffers that were not back
   */
  public int close(boolean kernelMayWrite) {
    collect();
    if (outstanding == 0 && !kernelMayWrite) {
      arena.close();
    } else {
      Quarantine.keep(arena);
    }
    return outstanding;
  }

  private boolean hasFree() {
    for (Slab slab : available) {
      if (slab != null) {
        return true;
      }
    }
    return allocatedBytes + SLAB_BYTES <= capacityBytes;
  }

  private static int sizeClass(int bytes) {
    int sizeClass = 0;
    while (CLASS_BYTES[sizeClass] < bytes) {
      sizeClass++;
    }
    return sizeClass;
  }

  /** A slab with a free buffer, of the class or of a larger one; null when there is none. */
  private Slab slabAtNeed(int sizeClass) {
    Slab slab = newSlab();
    if (slab == null) {
      slab = idleSlab();
    }
    if (slab != null) {
      slab.cut(sizeClass, CLASS_BYTES[sizeClass]);
      link(slab);
      return slab;
    }
    for (int larger = sizeClass + 1; larger < CLASS_BYTES.length; larger++) {
      if (available[larger] != null) {
        return available[larger];
      }
    }
    return null;
  }

  private Slab newSlab() {
    if (allocatedBytes + SLAB_BYTES > capacityBytes) {
      return null;
    }
    allocatedBytes += SLAB_BYTES;
    Slab slab = new Slab(arena.allocate(SLAB_BYTES, PAGE_BYTES), slabs.size(), returnPath);
    slabs.add(slab);
    idleSlabs++;
    return slab;
  }

  private Slab idleSlab() {
    if (idleSlabs > 0) {
      for (Slab slab : slabs) {
        if (slab.isIdle()) {
          unlink(slab);
          return slab;
        }
      }
    }
    return null;
  }

  private void link(Slab slab) {
    Slab head = available[slab.sizeClass()];
    slab.next = head;
    slab.previous = null;
    if (head != null) {
      head.previous = slab;
    }
    available[slab.sizeClass()] = slab;
  }

  private void unlink(Slab slab) {
    if (slab.previous == null) {
      available[slab.sizeClass()] = slab.next;
    } else {
      slab.previous.next = slab.next;
    }
    if (slab.next != null) {
      slab.next.previous = slab.previous;
    }
    slab.next = null;
    slab.previous = null;
  }

  private void takeBack(BufferSlice slice) {
    if (returnedMemory != null) {
      returnedMemory.accept(slice.segment0());
    }
    Slab slab = slabs.get(slice.bufferId());
    if (!slab.hasFree()) {
      link(slab);
    }
    slab.takeBack(slice);
    if (slab.isIdle()) {
      idleSlabs++;
    }
    outstanding--;
    cameBack = true;
  }
}
