package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rings that poll the storage device. */
class IopollTest {
  private static final int BLOCK_BYTES = 4096;

  @TempDir Path directory;

  private static RingOptions options(boolean hybrid, boolean kernelThread) {
    RingOptions.Builder builder = RingOptions.builder().require(SetupFlag.IOPOLL);
    if (hybrid) {
      builder.require(SetupFlag.HYBRID_IOPOLL);
    }
    if (kernelThread) {
      builder.require(SetupFlag.SQPOLL).pollThreadIdleMillis(1);
    }
    return builder.build();
  }

  /** Mirrors liburing test/iopoll.c: reads and writes, or EOPNOTSUPP of the file system. */
  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true"})
  void blocksAreReadAndWrittenOrRefusedCleanly(boolean hybrid, boolean kernelThread)
      throws Exception {
    assumeTrue(
        !hybrid || KernelSupport.probe().supports(SetupFlag.HYBRID_IOPOLL),
        KernelSupport.probe().reason(SetupFlag.HYBRID_IOPOLL));
    byte[] content = new byte[2 * BLOCK_BYTES];
    Arrays.fill(content, (byte) 7);
    Path path = Files.write(directory.resolve("file"), content);
    try (RingFixture fixture = RingFixture.open(options(hybrid, kernelThread))) {
      int fd = FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_RDWR | Libc.O_DIRECT, 0);
      assumeTrue(fd >= 0, "no O_DIRECT here: " + Errno.describe(fd));
      fixture.own(fd);
      MemorySegment buffer = fixture.arena.allocate(BLOCK_BYTES, BLOCK_BYTES);
      fixture.next(1).read(fd, buffer.address(), BLOCK_BYTES, BLOCK_BYTES);
      int read = fixture.await(1L).result();
      if (read == -Errno.EOPNOTSUPP) {
        fixture.next(2).nop();
        assertEquals(0, fixture.await(2L).result(), "the ring goes on");
        Assumptions.abort("refused cleanly: no device here that can be polled");
      }
      assertEquals(BLOCK_BYTES, read);
      assertEquals(7, buffer.get(ValueLayout.JAVA_BYTE, BLOCK_BYTES - 1));
      buffer.fill((byte) 9);
      fixture.next(2).write(fd, buffer.address(), BLOCK_BYTES, 0);
      assertEquals(BLOCK_BYTES, fixture.await(2L).result());
      assertEquals(9, Files.readAllBytes(path)[BLOCK_BYTES - 1]);
    }
  }

  /** Mirrors liburing test/iopoll.c: what cannot be polled. */
  @Test
  void operationsThatCannotBePolledAreRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open(options(false, false))) {
      int[] pipe = fixture.pipe();
      fixture.next(1).pollAdd(pipe[0], 1);
      assertEquals(-Errno.EINVAL, fixture.await(1L).result());
      fixture.next(2).read(pipe[0], fixture.buffer(8), 8, 0);
      int result = fixture.await(2L).result();
      assertTrue(
          result == -Errno.EOPNOTSUPP || result == -Errno.EINVAL, () -> Errno.describe(result));
      fixture.next(3).nop();
      assertEquals(0, fixture.await(3L).result());
    }
  }
}
