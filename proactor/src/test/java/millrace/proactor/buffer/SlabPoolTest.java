package millrace.proactor.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SlabPoolTest {

  private final AtomicInteger wakeUps = new AtomicInteger();
  private final SlabPool pool = new SlabPool(1 << 20, wakeUps::incrementAndGet);

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
    while ((slice = pool.acquire(BufferPool.LARGEST_BYTES)) != null) {
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

  private List<BufferSlice> takeAll(int minimumBytes) {
    List<BufferSlice> all = new ArrayList<>();
    for (BufferSlice slice = pool.acquire(minimumBytes);
        slice != null;
        slice = pool.acquire(minimumBytes)) {
      all.add(slice);
    }
    return all;
  }

  @Test
  void slabsThatOneSizeHasTakenServeTheOthersWhenTheyAreBack() {
    for (int bytes : new int[] {1024, 1 << 18, 1 << 12, 1 << 16, 1 << 14, 1024}) {
      List<BufferSlice> all = takeAll(bytes);
      assertEquals((1 << 20) / bytes, all.size());
      all.forEach(BufferSlice::release);
    }
    assertEquals(1 << 20, pool.allocatedBytes());
    assertEquals(0, pool.close(false));
  }

  @Test
  void largerBufferIsGivenAtTheCapWhenNoSmallerOneIsFree() {
    List<BufferSlice> all = takeAll(1 << 16);
    // One of four of its slab: the others keep the slab from being cut anew.
    all.remove(0).release();
    BufferSlice slice = pool.acquire(1);
    assertEquals(1 << 16, slice.capacity());
    assertNull(pool.acquire(1));
    all.forEach(BufferSlice::release);
    slice.release();
    assertEquals(0, pool.close(false));
  }

  @Test
  void whoeverWaitsForMoreThanIsFreeDoesNotKeepTheLoopTurning() {
    List<BufferSlice> small = takeAll(1024);
    small.remove(0).release();
    List<BufferSlice> got = new ArrayList<>();
    waitForLarge(got);
    pool.serveWaiting();
    assertEquals(false, pool.hasWork());
    small.remove(0).release();
    assertTrue(pool.hasWork());
    small.forEach(BufferSlice::release);
    pool.serveWaiting();
    assertEquals(1, got.size());
    assertEquals(1, pool.outstanding());
  }

  private void waitForLarge(List<BufferSlice> got) {
    BufferSlice slice = pool.acquire(1 << 18);
    if (slice == null) {
      pool.whenAvailable(() -> waitForLarge(got));
    } else {
      got.add(slice);
    }
  }

  @Test
  void buffersThatAreOutNeverShareMemoryWhateverIsTakenAndGivenBack() {
    Random random = new Random(6);
    List<BufferSlice> out = new ArrayList<>();
    for (int step = 0; step < 50_000; step++) {
      BufferSlice slice =
          random.nextInt(100) < 55
              ? pool.acquire(1 + random.nextInt(1 << random.nextInt(19)))
              : null;
      if (slice != null) {
        slice.segment().fill((byte) 0);
        slice.segment().set(ValueLayout.JAVA_LONG, 0, slice.address());
        slice.segment().set(ValueLayout.JAVA_LONG, slice.capacity() - Long.BYTES, slice.address());
        out.add(slice);
      } else if (!out.isEmpty()) {
        BufferSlice back = out.remove(random.nextInt(out.size()));
        assertEquals(back.address(), back.segment().get(ValueLayout.JAVA_LONG, 0));
        assertEquals(
            back.address(),
            back.segment().get(ValueLayout.JAVA_LONG, back.capacity() - Long.BYTES));
        back.release();
      }
      assertEquals(out.size(), pool.outstanding());
    }
    out.forEach(BufferSlice::release);
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
    assertThrows(IllegalArgumentException.class, () -> pool.acquire(BufferPool.LARGEST_BYTES + 1));
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
