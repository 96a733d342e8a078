package millrace.proactor.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ProvidedBuffersTest {

  /** The naive model of the kernel's side: published buffers in order. */
  private static final class Group implements ProvidedBufferGroup {
    final Queue<Integer> published = new ArrayDeque<>();
    final List<Integer> added = new ArrayList<>();

    @Override
    public int groupId() {
      return 7;
    }

    @Override
    public void add(long address, int lengthBytes, int bufferId) {
      assertEquals(128, lengthBytes);
      assertTrue(address != 0);
      assertFalse(added.contains(bufferId) || published.contains(bufferId), "given twice");
      added.add(bufferId);
    }

    @Override
    public void publish() {
      published.addAll(added);
      added.clear();
    }
  }

  private final Group group = new Group();

  @Property(tries = 200)
  void everyBufferIsWithTheKernelOrOutAndNeverBoth(
      @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 3) Integer> steps) {
    Group kernel = new Group();
    ProvidedBuffers buffers = new ProvidedBuffers(kernel, 8, 128, () -> {});
    List<BufferSlice> out = new ArrayList<>();
    for (int step : steps) {
      switch (step) {
        case 0 -> {
          Integer id = kernel.published.poll();
          if (id != null) {
            BufferSlice slice = buffers.take(id, id + 1);
            assertEquals(id + 1, slice.length());
            out.add(slice);
          }
        }
        case 1 -> {
          if (!out.isEmpty()) {
            out.remove(0).unpin();
          }
        }
        case 2 -> {
          if (!out.isEmpty()) {
            out.get(out.size() - 1).retain().release();
          }
        }
        default -> buffers.publish();
      }
      assertEquals(out.size(), buffers.outstanding());
      assertEquals(8, out.size() + kernel.published.size() + kernel.added.size());
    }
    out.forEach(BufferSlice::unpin);
    assertEquals(0, buffers.close(false));
  }

  @Test
  void servesAsManyOfTheStarvedAsThereAreBuffersInOrder() {
    ProvidedBuffers buffers = new ProvidedBuffers(group, 2, 128, () -> {});
    BufferSlice first = buffers.take(group.published.poll(), 1);
    BufferSlice second = buffers.take(group.published.poll(), 1);
    List<String> served = new ArrayList<>();
    ProvidedBuffers.Starved dropped = () -> served.add("dropped");
    buffers.awaitBuffers(() -> served.add("a"));
    buffers.awaitBuffers(dropped);
    buffers.awaitBuffers(() -> served.add("b"));
    buffers.awaitBuffers(() -> served.add("c"));
    buffers.forget(dropped);
    buffers.serveStarved(0);
    assertEquals(List.of(), served);
    first.unpin();
    second.unpin();
    buffers.serveStarved(0);
    assertEquals(List.of("a", "b"), served);
    assertEquals(1, buffers.starvedCount());
    assertEquals(4, buffers.exhaustions());
  }

  @Test
  void asksAgainAfterAPauseWhenTheKernelHasNoneOfTheBuffersThatItShouldHave() {
    long pauseNanos = 100_000;
    ProvidedBuffers buffers = new ProvidedBuffers(group, 2, 128, () -> {});
    // Their completions were not seen yet.
    int used = group.published.poll();
    group.published.clear();
    int[] calls = new int[1];
    ProvidedBuffers.Starved[] waiter = new ProvidedBuffers.Starved[1];
    waiter[0] =
        () -> {
          calls[0]++;
          if (group.published.isEmpty()) {
            buffers.awaitBuffers(waiter[0]);
          }
        };
    buffers.awaitBuffers(waiter[0]);
    assertEquals(0, buffers.limitWait(-1, 0));
    for (long now = 0; now < pauseNanos; now += 1_000) {
      buffers.serveStarved(now);
      assertEquals(1, calls[0]);
      assertEquals(pauseNanos - now, buffers.limitWait(-1, now));
      assertEquals(1, buffers.limitWait(1, now));
    }
    buffers.serveStarved(pauseNanos);
    assertEquals(2, calls[0]);
    buffers.serveStarved(pauseNanos);
    assertEquals(2, calls[0]);
    // One is seen, and comes back.
    buffers.take(used, 1).unpin();
    buffers.publish();
    assertEquals(0, buffers.limitWait(-1, pauseNanos));
    buffers.serveStarved(pauseNanos);
    assertEquals(3, calls[0]);
    assertEquals(-1, buffers.limitWait(-1, pauseNanos));
  }

  @Test
  void asksForCopiesOnlyOfItsOwnBuffersAndOnlyWhenFewAreLeft() {
    ProvidedBuffers buffers = new ProvidedBuffers(group, 8, 128, () -> {});
    List<BufferSlice> out = new ArrayList<>();
    while (group.published.size() > 2) {
      out.add(buffers.take(group.published.poll(), 1));
    }
    assertFalse(buffers.shouldCopy(out.get(0)));
    out.add(buffers.take(group.published.poll(), 1));
    assertTrue(buffers.shouldCopy(out.get(0)));
    assertFalse(buffers.shouldCopy(BufferSlice.unpooled(10)));
  }

  @Test
  void aSliceReleasedElsewhereComesBackAtTheNextCollect() throws Exception {
    List<String> wakeUps = new ArrayList<>();
    ProvidedBuffers buffers = new ProvidedBuffers(group, 2, 128, () -> wakeUps.add("wake"));
    BufferSlice slice = buffers.take(group.published.poll(), 1);
    Thread thread = Thread.ofPlatform().start(slice::unpin);
    thread.join();
    assertEquals(List.of("wake"), wakeUps);
    assertEquals(1, buffers.outstanding());
    buffers.collect();
    buffers.publish();
    assertEquals(0, buffers.outstanding());
    assertEquals(2, group.published.size());
  }
}
