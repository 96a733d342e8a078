package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A file or a directory: what reads see, and what would be left after a crash. */
final class SimulatedFile {

  private static final int SECTOR_BYTES = 512;

  private final int inode;
  private final boolean directory;
  private byte[] content = new byte[0];
  private byte[] durable = new byte[0];

  SimulatedFile(int inode, boolean directory) {
    this.inode = inode;
    this.directory = directory;
  }

  int inode() {
    return inode;
  }

  boolean isDirectory() {
    return directory;
  }

  int size() {
    return content.length;
  }

  byte[] content() {
    return content.clone();
  }

  /** Sets content that is on the disk already. */
  void set(byte[] bytes) {
    content = bytes.clone();
    durable = content;
  }

  void truncate() {
    content = new byte[0];
  }

  int read(long offset, MemorySegment target, int most) {
    if (offset >= content.length) {
      return 0;
    }
    int count = Math.min(content.length - (int) offset, most);
    MemorySegment.copy(content, (int) offset, target, ValueLayout.JAVA_BYTE, 0, count);
    return count;
  }

  void write(long offset, MemorySegment source, int count) {
    int end = Math.toIntExact(offset + count);
    // A copy: what is durable may share the array.
    content = Arrays.copyOf(content, Math.max(content.length, end));
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, content, (int) offset, count);
  }

  void sync() {
    durable = content;
  }

  /**
   * After a crash each sector that was not synced is the old or the new one, whatever the order of
   * the writes was, and so is the size.
   */
  void crash(SplittableRandom random) {
    int size = random.nextBoolean() ? content.length : durable.length;
    byte[] left = new byte[size];
    for (int at = 0; at < size; at += SECTOR_BYTES) {
      byte[] source = random.nextBoolean() ? content : durable;
      int count = Math.min(Math.min(SECTOR_BYTES, size - at), source.length - at);
      if (count > 0) {
        System.arraycopy(source, at, left, at, count);
      }
    }
    // What was synced and not written since is the same in both.
    set(left);
  }
}
