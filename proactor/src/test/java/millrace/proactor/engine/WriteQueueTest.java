package millrace.proactor.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.buffer.BufferSlice;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class WriteQueueTest {

  @Property(tries = 300)
  void givesTheBytesInOrderHoweverTheyAreSplitAndReleasesEachSliceOnce(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 50) Integer> lengths,
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 70) Integer> sends) {
    WriteQueue queue = new WriteQueue();
    List<BufferSlice> slices = new ArrayList<>();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    int next = 0;
    int send = 0;
    byte value = 0;
    while (next < lengths.size() || !queue.isEmpty()) {
      if (next < lengths.size()) {
        int length = lengths.get(next++);
        BufferSlice slice = BufferSlice.unpooled(length + 7).range(3, length);
        for (int i = 0; i < length; i++) {
          slice.put(i, value);
          written.write(value++);
        }
        slices.add(slice);
        queue.add(slice.pinReference(), slice.offset(), length);
        // The window counts as it was when written.
        slice.range(0, 1);
      }
      int amount = (int) Math.min(sends.get(send++ % sends.size()), queue.bytes());
      take(queue, amount, sent);
      queue.consume(amount);
      assertEquals(written.size() - sent.size(), queue.bytes());
    }
    assertArrayEquals(written.toByteArray(), sent.toByteArray());
    for (BufferSlice slice : slices) {
      assertThrows(IllegalStateException.class, slice::retain, "still pinned");
    }
  }

  @Property(tries = 300)
  void copiesAtTheTailTakeInFurtherBytesAndTheOrderStays(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = -20, max = 20) Integer> writes,
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 0, max = 70) Integer> sends) {
    WriteQueue queue = new WriteQueue();
    List<BufferSlice> slices = new ArrayList<>();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    byte value = 0;
    int send = 0;
    for (int write : writes) {
      int length = Math.abs(write) + 1;
      BufferSlice slice = BufferSlice.unpooled(length + 3).range(2, length);
      for (int i = 0; i < length; i++) {
        slice.put(i, value);
        written.write(value++);
      }
      if (write > 0) {
        queue.add(slice.pinReference(), slice.offset(), length);
        slices.add(slice);
      } else {
        if (!queue.pack(slice)) {
          BufferSlice copy = BufferSlice.unpooled(48);
          copy.copyWindow(slice);
          queue.addCopy(copy.pinReference());
          slices.add(copy);
        }
        slice.release();
      }
      int amount = (int) Math.min(sends.get(send++ % sends.size()), queue.bytes());
      take(queue, amount, sent);
      queue.consume(amount);
      assertEquals(written.size() - sent.size(), queue.bytes());
    }
    take(queue, (int) queue.bytes(), sent);
    queue.consume((int) queue.bytes());
    assertTrue(queue.isEmpty());
    assertArrayEquals(written.toByteArray(), sent.toByteArray());
    for (BufferSlice slice : slices) {
      assertThrows(IllegalStateException.class, slice::retain, "still pinned");
    }
  }

  @Property(tries = 50)
  void clearReleasesWhatIsLeft(@ForAll @IntRange(min = 0, max = 100) int count) {
    WriteQueue queue = new WriteQueue();
    List<BufferSlice> slices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      slices.add(BufferSlice.unpooled(1));
      queue.add(slices.get(i).pinReference(), 0, 1);
    }
    queue.clear();
    assertTrue(queue.isEmpty());
    assertEquals(0, queue.bytes());
    for (BufferSlice slice : slices) {
      assertThrows(IllegalStateException.class, slice::retain);
    }
  }

  private static void take(WriteQueue queue, int amount, ByteArrayOutputStream target) {
    int left = amount;
    for (int index = 0; left > 0; index++) {
      int length = Math.min(left, queue.length(index));
      byte[] bytes = new byte[length];
      BufferSlice slice = queue.slice(index);
      for (int i = 0; i < length; i++) {
        bytes[i] =
            slice.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, queue.offset(index) + i);
      }
      target.writeBytes(bytes);
      left -= length;
    }
  }
}
