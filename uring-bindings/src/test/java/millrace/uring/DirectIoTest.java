package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads and writes past the page cache, of the alignment that statx(2) asks for. */
class DirectIoTest {
  @TempDir private Path directory;
  private RingFixture ring;
  private Path file;
  private int fd;
  private int blockBytes;
  private int memoryAlignmentBytes;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    file = Files.createFile(directory.resolve("file"));
    int flags = Libc.O_RDWR | Libc.O_DIRECT;
    int opened = FileCalls.openat(Libc.AT_FDCWD, file.toString(), flags, 0);
    assumeTrue(opened != -Errno.EINVAL, "this file system has no O_DIRECT");
    fd = ring.own(opened);
    MemorySegment status = ring.arena.allocate(FileStat.BYTES, 8);
    int mask = Libc.STATX_DIOALIGN;
    Sqe statx = ring.next(1);
    statx.statx(Libc.AT_FDCWD, ring.path(file), 0, mask, status.address());
    assertEquals(0, ring.run(statx));
    assumeTrue((FileStat.mask(status) & mask) != 0, "this file system tells no alignment");
    blockBytes = FileStat.directOffsetAlignmentBytes(status);
    memoryAlignmentBytes = FileStat.directMemoryAlignmentBytes(status);
    assertTrue(blockBytes > 0 && memoryAlignmentBytes > 0, blockBytes + " " + memoryAlignmentBytes);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  /** Mirrors liburing test/read-write.c with O_DIRECT. */
  @Test
  void alignedBlocksAreWrittenAndRead() throws Exception {
    MemorySegment block = block('a');
    assertEquals(blockBytes, write(block, 0));
    assertEquals(blockBytes, write(block('b'), blockBytes));
    byte[] content = Files.readAllBytes(file);
    assertEquals(2 * blockBytes, content.length);
    assertEquals('a', content[blockBytes - 1]);
    assertEquals('b', content[blockBytes]);

    assertEquals(
        blockBytes, ring.run(ring.next(1).read(fd, block.address(), blockBytes, blockBytes)));
    assertEquals('b', block.get(ValueLayout.JAVA_BYTE, 0));
    assertEquals('b', block.get(ValueLayout.JAVA_BYTE, blockBytes - 1));
    assertEquals(0, ring.run(ring.next(1).read(fd, block.address(), blockBytes, 2L * blockBytes)));
  }

  @Test
  void manyBlocksAtOnceEachArriveAtTheirPlace() throws Exception {
    int blocks = 16;
    ring.forget();
    for (int i = 0; i < blocks; i++) {
      ring.next(i).write(fd, block('a' + i).address(), blockBytes, (long) i * blockBytes);
    }
    for (Completion completion : ring.await(blocks)) {
      assertEquals(blockBytes, completion.result(), completion::toString);
    }
    byte[] content = Files.readAllBytes(file);
    for (int i = 0; i < blocks; i++) {
      assertEquals('a' + i, content[i * blockBytes]);
      assertEquals('a' + i, content[(i + 1) * blockBytes - 1]);
    }
  }

  @Test
  void unalignedReadsAreRefusedOrGoThroughThePageCache() {
    assertEquals(blockBytes, write(block('a'), 0));
    MemorySegment read = block('.');
    int result = ring.run(ring.next(1).read(fd, read.address() + 1, 3, 2));
    if (result == 3) {
      assertEquals(".aaa.", text(read, 5));
    } else {
      assertFailed(Errno.EINVAL, result);
      assertEquals(".....", text(read, 5));
    }
  }

  @Test
  void vectorsOfAlignedBlocksAreOneWrite() throws Exception {
    MemorySegment iovecs = ring.arena.allocate(2L * Iovec.BYTES, 8);
    Iovec.set(iovecs, 0, block('x').address(), blockBytes);
    Iovec.set(iovecs, 1, block('y').address(), blockBytes);
    int sync = FileFlags.RWF_DSYNC;
    assertEquals(2 * blockBytes, ring.run(ring.next(1).writev2(fd, iovecs.address(), 2, 0, sync)));
    byte[] content = Files.readAllBytes(file);
    assertEquals('x', content[blockBytes - 1]);
    assertEquals('y', content[blockBytes]);
  }

  private int write(MemorySegment block, long offset) {
    return ring.run(ring.next(1).write(fd, block.address(), blockBytes, offset));
  }

  private MemorySegment block(int content) {
    int alignment = Math.max(memoryAlignmentBytes, 8);
    return ring.arena.allocate(blockBytes, alignment).fill((byte) content);
  }

  private static String text(MemorySegment bytes, int length) {
    byte[] array = bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return new String(array, StandardCharsets.US_ASCII);
  }
}
