package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.buffer.ProvidedBufferGroup;

/** A provided buffer ring: what was added is seen when it is published, first in, first out. */
final class SimulatedBufferGroup implements ProvidedBufferGroup {

  record Buffer(MemorySegment memory, int id) {}

  private final World world;
  private final int count;
  private final Consumer<MemorySegment> givenBack;
  private final List<Buffer> unpublished = new ArrayList<>();
  private final ArrayDeque<Buffer> ring = new ArrayDeque<>();
  private final BitSet withKernel = new BitSet();

  SimulatedBufferGroup(World world, int count, Consumer<MemorySegment> givenBack) {
    this.world = world;
    this.count = count;
    this.givenBack = givenBack;
  }

  @Override
  public int groupId() {
    return 0;
  }

  @Override
  public void add(long address, int lengthBytes, int bufferId) {
    if (bufferId < 0 || bufferId >= count) {
      world.violated("buffer " + bufferId + " is none of the ring's");
    } else if (withKernel.get(bufferId)) {
      world.violated("buffer " + bufferId + " was given to the kernel twice");
    } else {
      withKernel.set(bufferId);
      MemorySegment memory = KernelMemory.at(address, lengthBytes);
      givenBack.accept(memory);
      unpublished.add(new Buffer(memory, bufferId));
    }
  }

  @Override
  public void publish() {
    ring.addAll(unpublished);
    unpublished.clear();
  }

  /** The next free buffer, which is the proactor's from the completion on; there is one. */
  Buffer take() {
    Buffer buffer = ring.remove();
    withKernel.clear(buffer.id());
    if (!KernelMemory.isPoisoned(buffer.memory())) {
      world.violated("buffer " + buffer.id() + " was written after it had been given back");
    }
    return buffer;
  }

  /** The length of the next free buffer; -1 when there is none. */
  int nextLengthBytes() {
    Buffer next = ring.peek();
    return next == null ? -1 : (int) next.memory().byteSize();
  }

  int available() {
    return ring.size();
  }
}
