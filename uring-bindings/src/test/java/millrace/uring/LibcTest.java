package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static millrace.uring.Results.assertFailed;
import static millrace.uring.Results.succeeded;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class LibcTest {

  private static final long FIRST_PAGE = 1; // Never mapped: vm.mmap_min_addr.

  @Test
  void anonymousMemoryIsZeroedPageAlignedAndWritable() {
    long bytes = 3L * Libc.pageSize();
    long address = succeeded(Libc.mmapAnonymous(bytes));
    MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(bytes);
    assertEquals(0, address % Libc.pageSize());
    assertEquals(0, memory.get(JAVA_LONG, bytes - Long.BYTES));
    memory.set(JAVA_LONG, bytes - Long.BYTES, 42);
    assertEquals(42, memory.get(JAVA_LONG, bytes - Long.BYTES));
    assertEquals(0, Libc.madviseDontFork(address, bytes));
    assertEquals(0, Libc.munmap(address, bytes));
    assertFailed(Errno.ENOMEM, Libc.madviseDontFork(address, bytes));
  }

  @Test
  void memoryThatIsKeptFromChildrenIsMarkedSo() throws Exception {
    long bytes = Libc.pageSize();
    long address = succeeded(Libc.mmapAnonymous(bytes));
    try {
      succeeded(Libc.madviseDontFork(address, bytes));
      String start = Long.toHexString(address) + "-";
      boolean found = false;
      String flags = null;
      for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
        found |= line.startsWith(start);
        if (found && flags == null && line.startsWith("VmFlags:")) {
          flags = line;
        }
      }
      assertTrue(flags != null && flags.contains(" dc"), "dontcopy is not in " + flags);
    } finally {
      succeeded(Libc.munmap(address, bytes));
    }
  }

  @Test
  void refusedMemoryCallsAreResults() {
    assertFailed(Errno.EINVAL, Libc.mmapAnonymous(0));
    assertFailed(Errno.ENOMEM, Libc.mmapAnonymous(1L << 60));
    assertFailed(Errno.EINVAL, Libc.munmap(1, Libc.pageSize()));
    assertFailed(Errno.EBADF, Libc.mmapShared(-1, Libc.pageSize(), 0));
  }

  @Test
  void aPipeCarriesBytesAndEnds() {
    int[] pipe = new int[2];
    succeeded(Libc.pipe2(pipe, Libc.O_CLOEXEC | Libc.O_NONBLOCK));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom("mill");
      assertFailed(Errno.EAGAIN, Libc.read(pipe[0], memory.address(), 4));
      assertEquals(4, Libc.write(pipe[1], memory.address(), 4));
      memory.fill((byte) 0);
      assertEquals(4, Libc.read(pipe[0], memory.address(), 5));
      assertEquals("mill", memory.getString(0));
      succeeded(Libc.close(pipe[1]));
      assertEquals(0, Libc.read(pipe[0], memory.address(), 4));
    } finally {
      succeeded(Libc.close(pipe[0]));
    }
  }

  @Test
  void aDescriptorsFlagsAreReadAndSet() {
    int[] pipe = new int[2];
    succeeded(Libc.pipe2(pipe, Libc.O_CLOEXEC));
    assertEquals(Libc.FD_CLOEXEC, Libc.fcntl(pipe[0], Libc.F_GETFD, 0));
    assertEquals(0, Libc.fcntl(pipe[0], Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    succeeded(Libc.fcntl(pipe[0], Libc.F_SETFL, Libc.O_NONBLOCK));
    assertEquals(Libc.O_NONBLOCK, Libc.fcntl(pipe[0], Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    assertFailed(Errno.EINVAL, Libc.fcntl(pipe[0], 4711, 0));
    succeeded(Libc.close(pipe[0]));
    succeeded(Libc.close(pipe[1]));
  }

  @Test
  void readinessOfOneDescriptorIsTold() {
    int[] pipe = new int[2];
    succeeded(Libc.pipe2(pipe, Libc.O_CLOEXEC));
    assertEquals(0, Libc.poll(pipe[0], Libc.POLLIN, 0));
    assertEquals(Libc.POLLOUT, Libc.poll(pipe[1], Libc.POLLOUT | Libc.POLLIN, -1));
    succeeded(Libc.close(pipe[1]));
    assertEquals(Libc.POLLHUP, Libc.poll(pipe[0], Libc.POLLIN, -1));
    succeeded(Libc.close(pipe[0]));
    assertEquals(Libc.POLLNVAL, Libc.poll(pipe[0], Libc.POLLIN, -1));
  }

  @Test
  void eachSignalAddsOneToAnEventfd() {
    int fd = succeeded(Libc.eventfd(5, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counter = arena.allocate(JAVA_LONG);
      assertEquals(0, Libc.eventfdSignal(fd));
      assertEquals(0, Libc.eventfdSignal(fd));
      assertEquals(Long.BYTES, Libc.read(fd, counter.address(), Long.BYTES));
      assertEquals(7, counter.get(JAVA_LONG, 0));
      counter.set(JAVA_LONG, 0, -2);
      assertEquals(Long.BYTES, Libc.write(fd, counter.address(), Long.BYTES));
      assertFailed(Errno.EAGAIN, Libc.eventfdSignal(fd));
    } finally {
      succeeded(Libc.close(fd));
    }
    assertFailed(Errno.EBADF, Libc.eventfdSignal(fd));
  }

  @Test
  void refusedDescriptorCallsAreResults() {
    assertFailed(Errno.EBADF, Libc.close(-1));
    assertFailed(Errno.EBADF, Libc.read(-1, 0, 1));
    assertFailed(Errno.EBADF, Libc.write(-1, 0, 1));
    assertFailed(Errno.EBADF, Libc.fcntl(-1, Libc.F_GETFD, 0));
    assertFailed(Errno.EINVAL, Libc.eventfd(0, -1));
    assertFailed(Errno.EINVAL, Libc.pipe2(new int[2], -1));
    int fd = succeeded(Libc.eventfd(1, Libc.EFD_CLOEXEC));
    assertFailed(Errno.EFAULT, Libc.read(fd, FIRST_PAGE, Long.BYTES));
    succeeded(Libc.close(fd));
  }

  @Test
  void limitsAreThoseThatProcShows() throws Exception {
    long[] limits = new long[2];
    succeeded(Libc.getrlimit(Libc.RLIMIT_NOFILE, limits));
    String line =
        Files.readAllLines(Path.of("/proc/self/limits")).stream()
            .filter(text -> text.startsWith("Max open files"))
            .findFirst()
            .orElseThrow();
    String[] columns = line.replace("Max open files", "").trim().split("\\s+", -1);
    assertEquals(List.of(columns[0], columns[1]), List.of(text(limits[0]), text(limits[1])));
    assertFailed(Errno.EINVAL, Libc.getrlimit(4711, limits));
  }

  @Test
  void aThreadRunsWhereItsAffinityAllows() throws Exception {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              long[] allowed = new long[16];
              succeeded(Libc.schedGetAffinity(allowed));
              int index = 0;
              while (allowed[index] == 0) {
                index++;
              }
              long[] one = new long[16];
              one[index] = Long.highestOneBit(allowed[index]);
              succeeded(Libc.schedSetAffinity(one));
              long[] now = new long[16];
              succeeded(Libc.schedGetAffinity(now));
              assertArrayEquals(one, now);
              assertFailed(Errno.EINVAL, Libc.schedSetAffinity(new long[16]));
              return null;
            });
    inThreadOfItsOwn(task);
  }

  @Test
  void affinityMasksOutsideTheLimitsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Libc.schedGetAffinity(new long[0]));
    assertThrows(IllegalArgumentException.class, () -> Libc.schedSetAffinity(new long[65]));
    succeeded(Libc.schedGetAffinity(new long[64]));
  }

  @Test
  void theProcessAndItsThreadsHaveNumbers() throws Exception {
    assertEquals(ProcessHandle.current().pid(), Libc.getpid());
    FutureTask<Integer> other = new FutureTask<>(Libc::gettid);
    inThreadOfItsOwn(other);
    assertNotEquals(Libc.gettid(), other.get());
    assertTrue(Files.exists(Path.of("/proc/self/task/" + Libc.gettid())));
  }

  @Test
  void refusedIoUringCallsAreResults() {
    MemorySegment tooShort = MemorySegment.ofArray(new byte[8]);
    assertThrows(IndexOutOfBoundsException.class, () -> Libc.ioUringSetup(8, tooShort));
    MemorySegment parameters = MemorySegment.ofArray(new long[15]);
    int noEntries = Libc.ioUringSetup(0, parameters);
    // Where io_uring is forbidden, that is what the kernel says first.
    assertTrue(
        List.of(-Errno.EINVAL, -Errno.EPERM, -Errno.ENOSYS).contains(noEntries),
        Errno.describe(noEntries));
    if (noEntries == -Errno.EINVAL) {
      assertFailed(Errno.EBADF, Libc.ioUringEnter(-1, 0, 0, 0, 0, 0));
      assertFailed(Errno.EINVAL, Libc.ioUringRegister(-1, 4711, 0, 0));
    }
    assertEquals(0, parameters.get(JAVA_BYTE, 0));
  }

  private static String text(long limit) {
    return limit == Libc.RLIM_INFINITY ? "unlimited" : Long.toUnsignedString(limit);
  }

  private static void inThreadOfItsOwn(FutureTask<?> task) throws Exception {
    Thread thread = new Thread(task);
    thread.start();
    thread.join();
    task.get();
  }
}
