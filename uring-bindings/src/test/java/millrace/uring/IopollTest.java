package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
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
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void blocksAreReadAndWrittenOrRefusedCleanly(boolean hybrid, boolean kernelThread)
      throws Exception {
    assumeHybrid(hybrid);
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

  /** Mirrors liburing test/iopoll.c: what cannot be polled. Needs no device. */
  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void operationsThatAreNeverPolledAreRefusedAndTheOthersComplete(
      boolean hybrid, boolean kernelThread) throws Exception {
    assumeHybrid(hybrid);
    try (RingFixture fixture = RingFixture.open(options(hybrid, kernelThread))) {
      assertEquals(hybrid, fixture.ring.grantedFlags().contains(SetupFlag.HYBRID_IOPOLL));
      int[] pipe = fixture.pipe();
      long buffer = fixture.buffer(64);
      List<UnaryOperator<Sqe>> illegal =
          List.of(
              sqe -> sqe.pollAdd(pipe[0], Libc.POLLIN),
              sqe -> sqe.timeout(fixture.timespec(1), 0, 0),
              sqe -> sqe.fsync(pipe[0], false),
              sqe -> sqe.send(pipe[1], buffer, 8, 0),
              sqe -> sqe.accept(pipe[0], 0, 0, 0),
              sqe -> sqe.openat(Libc.AT_FDCWD, fixture.path(directory), 0, 0),
              sqe -> sqe.splice(pipe[0], -1, pipe[1], -1, 8, 0));
      for (UnaryOperator<Sqe> operation : illegal) {
        assertFailed(Errno.EINVAL, run(fixture, operation));
        assertEquals(0, run(fixture, Sqe::nop), "the ring goes on");
      }
      assertEquals(0, run(fixture, sqe -> sqe.provideBuffers(buffer, 8, 4, 1, 0)));
      assertEquals(4, run(fixture, sqe -> sqe.removeBuffers(4, 1)));
      fixture.registerFiles(1);
      MemorySegment files = fixture.arena.allocateFrom(ValueLayout.JAVA_INT, pipe[0]);
      assertEquals(1, run(fixture, sqe -> sqe.filesUpdate(files.address(), 1, 0)));
      try (RingFixture other = RingFixture.open()) {
        assertEquals(0, run(fixture, sqe -> sqe.msgRing(other.ring.fd(), 5, 6, 0)));
        assertEquals(List.of(new Completion(6, 5, 0)), other.await(1));
      }
      fixture.forget();
      for (int index = 0; index < 8; index++) {
        fixture.next(index).nop();
      }
      assertEquals(8, fixture.await(8).size());
    }
  }

  /** Mirrors liburing test/iopoll.c and test/iopoll-overflow.c: files without a device to poll. */
  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void readOfAFileThatCannotBePolledIsRefusedByName(boolean hybrid, boolean kernelThread)
      throws Exception {
    assumeHybrid(hybrid);
    byte[] content = new byte[BLOCK_BYTES];
    Path path = Files.write(directory.resolve("file"), content);
    try (RingFixture fixture = RingFixture.open(options(hybrid, kernelThread))) {
      MemorySegment buffer = fixture.arena.allocate(BLOCK_BYTES, BLOCK_BYTES).fill((byte) 7);
      // Through the page cache: never polled, whatever the device.
      int cached = fixture.own(FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_RDWR, 0));
      int pipe = fixture.pipe()[0];
      for (int fd : new int[] {cached, pipe}) {
        long address = buffer.address();
        assertFailed(Errno.EOPNOTSUPP, run(fixture, sqe -> sqe.read(fd, address, BLOCK_BYTES, 0)));
      }
      assertFailed(
          Errno.EOPNOTSUPP,
          run(fixture, sqe -> sqe.write(cached, buffer.address(), BLOCK_BYTES, 0)));
      int direct = FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_RDWR | Libc.O_DIRECT, 0);
      if (direct >= 0 && !canBePolled(fixture.own(direct))) {
        assertFailed(
            Errno.EOPNOTSUPP,
            run(fixture, sqe -> sqe.read(direct, buffer.address(), BLOCK_BYTES, 0)));
      }
      assertEquals(7, buffer.get(ValueLayout.JAVA_BYTE, 0), "nothing was read");
      assertEquals(0, run(fixture, Sqe::nop), "the ring goes on");
    }
  }

  /** Mirrors liburing test/iopoll.c: RWF_HIPRI is for such rings alone. */
  @Test
  void pollingReadOnAnotherRingIsRefused() throws Exception {
    Path path = Files.write(directory.resolve("file"), new byte[BLOCK_BYTES]);
    try (RingFixture fixture = RingFixture.open()) {
      int fd = fixture.own(FileCalls.openat(Libc.AT_FDCWD, path.toString(), Libc.O_RDONLY, 0));
      long buffer = fixture.buffer(BLOCK_BYTES);
      assertFailed(
          Errno.EINVAL,
          run(
              fixture,
              sqe -> sqe.read(fd, buffer, BLOCK_BYTES, 0).operationFlags(FileFlags.RWF_HIPRI)));
    }
  }

  private static int run(RingFixture fixture, UnaryOperator<Sqe> operation) {
    return fixture.run(operation.apply(fixture.next(1)));
  }

  private static void assumeHybrid(boolean hybrid) {
    assumeTrue(
        !hybrid || KernelSupport.probe().supports(SetupFlag.HYBRID_IOPOLL),
        KernelSupport.probe().reason(SetupFlag.HYBRID_IOPOLL));
  }

  /**
   * Whether the driver of the file's disk has queues for polling; the disk's, not a partition's.
   */
  private static boolean canBePolled(int fd) throws IOException {
    long device;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(FileStat.BYTES, 8);
      assertEquals(0, FileCalls.statx(fd, "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, stat));
      device = FileStat.device(stat);
    }
    Path block = Path.of("/sys/dev/block/" + (device >>> 32) + ":" + (device & 0xffff_ffffL));
    if (!Files.exists(block)) {
      return false;
    }
    Path disk = block.toRealPath();
    Path queue = disk.resolve("queue/io_poll");
    Path ofDisk = Files.exists(queue) ? queue : disk.getParent().resolve("queue/io_poll");
    return Files.exists(ofDisk) && ProcFile.read(ofDisk).strip().equals("1");
  }
}
