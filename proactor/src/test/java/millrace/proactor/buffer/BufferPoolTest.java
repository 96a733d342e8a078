package millrace.proactor.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BufferPoolTest {

  private final AtomicInteger wakeUps = new AtomicInteger();
  private final BufferPool pool = new BufferPool(1 << 20, wakeUps::incrementAndGet);

  @Test
  void givesTheSmallestClassThatFitsAndNoMemoryTwice() {
    Set<Long> addresses = new HashSet<>();
    int[][] expected = {{1, 1024}, {1024, 1024}, {1025, 4096}, {16384, 16384}, {16385, 65536}};
    List<BufferSlice> slices = new ArrayList<>();
    for (int[] pair : expected) {
      BufferSlice slice = pool.acquire(pair[0]);
      assertEquals(pair[1], slice.capacity());
      assertEquals(pair[1], slice.length());
      assertEquals(0, slice.offset());
      assertTrue(addresses.add(slice.address()));
      slices.add(slice);
    }
    assertEquals(5, pool.outstanding());
    slices.forEach(BufferSlice::release);
    assertEquals(0, pool.outstanding());
    assertEquals(0, pool.close(false));
  }

  @Test
  void answersNullAtTheCapAndServesWhoWaitsInOrder() {
    List<BufferSlice> all = new ArrayList<>();
    BufferSlice slice;
    while ((slice = pool.acquire(BufferPool.largestBytes())) != null) {
      all.add(slice);
    }
    assertEquals(4, all.size());
    assertEquals(1 << 20, pool.allocatedBytes());
    assertEquals(1, pool.exhaustions());
    List<String> served = new ArrayList<>();
    pool.whenAvailable(() -> served.add("first"));
    pool.whenAvailable(() -> served.add("second"));
    pool.serveWaiting();
    assertEquals(List.of(), served);
    all.remove(3).release();
    pool.serveWaiting();
    assertEquals(List.of("first", "second"), served);
    all.forEach(BufferSlice::release);
    assertEquals(0, pool.close(false));
  }

  @Test
  void takesInWhatOtherThreadsReleaseAndIsWokenForIt() throws Exception {
    BufferSlice slice = pool.acquire(100);
    Thread thread = Thread.ofPlatform().start(slice::release);
    thread.join();
    assertEquals(1, wakeUps.get());
    assertEquals(1, pool.outstanding());
    pool.collect();
    assertEquals(0, pool.outstanding());
    assertNotNull(pool.acquire(100));
  }

  @Test
  void oneReferenceTooManyIsRefused() {
    BufferSlice slice = pool.acquire(1);
    slice.retain();
    slice.release();
    assertEquals(1, pool.outstanding());
    slice.release();
    assertEquals(0, pool.outstanding());
    assertThrows(IllegalStateException.class, slice::release);
    assertThrows(IllegalStateException.class, slice::retain);
    assertEquals(0, pool.outstanding());
  }

  @Test
  void quarantinesItsMemoryWhenABufferIsOutAtTheEnd() {
    BufferSlice slice = pool.acquire(1);
    int before = Quarantine.size();
    assertEquals(1, pool.close(false));
    assertEquals(before + 1, Quarantine.size());
    slice.put(0, (byte) 1);
    assertEquals(1, slice.get(0));
  }

  @Test
  void checksSizesAndWindows() {
    assertThrows(IllegalArgumentException.class, () -> pool.acquire(0));
    assertThrows(IllegalArgumentException.class, () -> pool.acquire(BufferPool.largestBytes() + 1));
    BufferSlice slice = pool.acquire(16);
    assertThrows(IndexOutOfBoundsException.class, () -> slice.range(1000, 100));
    slice.range(10, 5);
    assertThrows(IndexOutOfBoundsException.class, () -> slice.get(5));
    assertThrows(IndexOutOfBoundsException.class, () -> slice.put(-1, (byte) 0));
    byte[] bytes = {1, 2, 3, 4, 5};
    slice.copyFrom(bytes, 0, 0, 5);
    assertEquals(3, slice.get(2));
    assertEquals(5, slice.toByteArray()[4]);
    assertEquals(2, slice.asByteBuffer().get(1));
    assertNull(slice.nextFree);
  }
}
