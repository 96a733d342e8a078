package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import millrace.uring.Libc;

/** A file or a directory: what reads see, and what would be left after a crash. */
final class SimulatedFile {

  /** Permissions of a file that nobody has given others. */
  static final int USUAL_MODE = 0644;

  private static final int SECTOR_BYTES = 512;
  private static final int PERMISSIONS = 07777;

  private final int inode;
  private int mode;
  private byte[] content = new byte[0];
  private byte[] durable = new byte[0];

  /** Sectors that count as written, and are not: a sync of them has failed. */
  private final BitSet lost = new BitSet();

  private Pipe pipe;

  private SimulatedFile(int inode, int mode) {
    this.inode = inode;
    this.mode = mode;
  }

  static SimulatedFile directory(int inode) {
    return new SimulatedFile(inode, Libc.S_IFDIR | 0755);
  }

  /** What the path of a UNIX socket leads to. */
  static SimulatedFile socket(int inode) {
    return new SimulatedFile(inode, Libc.S_IFSOCK | 0777);
  }

  /** A FIFO. */
  static SimulatedFile fifo(int inode, Pipe pipe) {
    SimulatedFile file = new SimulatedFile(inode, Libc.S_IFIFO | USUAL_MODE);
    file.pipe = pipe;
    return file;
  }

  /** A regular file with the permissions {@code mode}; there is no umask. */
  static SimulatedFile regular(int inode, int mode) {
    return new SimulatedFile(inode, Libc.S_IFREG | (mode & PERMISSIONS));
  }

  int inode() {
    return inode;
  }

  /** Type and permissions: st_mode. */
  int mode() {
    return mode;
  }

  /** chmod(2). */
  void setPermissions(int permissions) {
    mode = (mode & Libc.S_IFMT) | (permissions & PERMISSIONS);
  }

  boolean isSocket() {
    return (mode & Libc.S_IFMT) == Libc.S_IFSOCK;
  }

  /** What those who open it have in common; null unless it is a FIFO. */
  Pipe pipe() {
    return pipe;
  }

  boolean isDirectory() {
    return (mode & Libc.S_IFMT) == Libc.S_IFDIR;
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
    lost.clear();
  }

  void truncate() {
    content = new byte[0];
    lost.clear();
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
    lost.clear((int) offset / SECTOR_BYTES, sectors(end));
  }

  private static int sectors(int bytes) {
    return (bytes + SECTOR_BYTES - 1) / SECTOR_BYTES;
  }

  void sync() {
    byte[] written = content;
    if (!lost.isEmpty()) {
      written = content.clone();
      for (int sector = lost.nextSetBit(0); sector >= 0; sector = lost.nextSetBit(sector + 1)) {
        copySector(sector * SECTOR_BYTES, durable, written);
      }
    }
    durable = written;
  }

  /**
   * A sync that fails: what it could not write counts as written from then on, and no other sync
   * tries again (fsync(2)); reads see it nevertheless.
   *
   * @param loses whether the next sector is one of those
   */
  void syncFailed(BooleanSupplier loses) {
    for (int sector = 0; sector < sectors(content.length); sector++) {
      if (isDirty(sector * SECTOR_BYTES) && loses.getAsBoolean()) {
        lost.set(sector);
      }
    }
    sync();
  }

  private boolean isDirty(int at) {
    int end = Math.min(at + SECTOR_BYTES, content.length);
    int durableEnd = Math.min(at + SECTOR_BYTES, durable.length);
    return !Arrays.equals(content, at, end, durable, Math.min(at, durableEnd), durableEnd);
  }

  /** What {@code source} does not have is zero. */
  private static void copySector(int at, byte[] source, byte[] target) {
    int end = Math.min(at + SECTOR_BYTES, target.length);
    int count = Math.clamp(source.length - at, 0, end - at);
    System.arraycopy(source, Math.min(at, source.length), target, at, count);
    Arrays.fill(target, at + count, end, (byte) 0);
  }

  /**
   * After a crash each sector that was not synced is the old or the new one, whatever the order of
   * the writes was, and so is the size.
   *
   * @return whether it is torn: neither the old file nor the new one
   */
  boolean crash(SplittableRandom random) {
    int size = random.nextBoolean() ? content.length : durable.length;
    byte[] left = new byte[size];
    for (int at = 0; at < size; at += SECTOR_BYTES) {
      boolean written = random.nextBoolean() && !lost.get(at / SECTOR_BYTES);
      copySector(at, written ? content : durable, left);
    }
    boolean torn = !Arrays.equals(left, content) && !Arrays.equals(left, durable);
    // What was synced and not written since is the same in both.
    set(left);
    return torn;
  }
}
