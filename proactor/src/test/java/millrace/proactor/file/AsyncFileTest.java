package millrace.proactor.file;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static millrace.proactor.file.FileFixture.failure;
import static millrace.proactor.file.FileFixture.into;
import static millrace.proactor.file.FileFixture.slice;
import static millrace.proactor.file.FileFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import millrace.proactor.LoopFixture;
import millrace.proactor.OperationChain;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OnEveryBackend({BackendUnderTest.IO_URING, BackendUnderTest.EPOLL})
class AsyncFileTest {

  @TempDir Path directory;

  private LoopFixture loop;
  private Path path;

  @BeforeEach
  void start() throws Exception {
    loop = LoopFixture.start();
    path = directory.resolve("file");
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  private AsyncFile open(OpenOption... options) {
    return loop.await(AsyncFile.open(loop.proactor(), path, options));
  }

  private void close(AsyncFile file) {
    assertEquals(0, loop.await(file.closeAsync()));
  }

  @Test
  void handlersWriteSyncDescribeReadAndClose() throws Exception {
    int flags = Libc.O_RDWR | Libc.O_CREAT;
    AsyncFile file = loop.await(FileFixture.open(loop, path, flags, 0640));
    BufferSlice out = slice("..hello, world..");
    out.range(2, 12);
    CompletableFuture<Integer> written = new CompletableFuture<>();
    loop.run(() -> file.write(out, 5, into(written)));
    assertEquals(12, loop.await(written));
    for (boolean dataOnly : new boolean[] {true, false}) {
      CompletableFuture<Integer> synced = new CompletableFuture<>();
      loop.run(() -> file.fsync(dataOnly, into(synced)));
      assertEquals(0, loop.await(synced));
    }
    CompletableFuture<FileStatus> status = new CompletableFuture<>();
    loop.run(() -> file.status((result, errno) -> status.complete(result)));
    FileStatus found = loop.await(status);
    assertEquals(17, found.sizeBytes());
    assertTrue(found.isRegularFile());
    assertFalse(found.isDirectory());
    assertEquals((long) (Integer) Files.getAttribute(path, "unix:mode"), found.mode());
    assertEquals(Files.getAttribute(path, "unix:ino"), found.inode());
    assertEquals(Files.getLastModifiedTime(path).toMillis() / 1000, found.modifiedSeconds());

    BufferSlice in = BufferSlice.unpooled(64).range(10, 20);
    CompletableFuture<Integer> read = new CompletableFuture<>();
    loop.run(() -> file.read(in, 4, into(read)));
    assertEquals(13, loop.await(read));
    assertEquals("\0hello, world", text(in, 13));
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    loop.run(() -> file.close(into(closed)));
    assertEquals(0, loop.await(closed));
    assertEquals("\0\0\0\0\0hello, world", Files.readString(path));
    assertEquals(0, FileFixture.descriptorsOf(path));
  }

  @Test
  void stagesWriteSyncDescribeReadAndClose() throws Exception {
    AsyncFile file = open(READ, WRITE, CREATE_NEW);
    assertEquals(3, loop.await(file.writeAsync(slice("abc"), 0)));
    assertEquals(3, loop.await(file.writeFullyAsync(slice("def"), 3)));
    assertEquals(0, loop.await(file.fsyncAsync(true)));
    assertEquals(6, loop.await(file.statusAsync()).sizeBytes());
    BufferSlice in = BufferSlice.unpooled(16);
    assertEquals(5, loop.await(file.readAsync(in, 1)));
    assertEquals("bcdef", text(in, 5));
    close(file);
    assertEquals("abcdef", Files.readString(path));
  }

  @Test
  void readsAreShortAtTheEndAndNothingBehindIt() throws Exception {
    Files.writeString(path, "0123456789");
    AsyncFile file = open();
    BufferSlice in = BufferSlice.unpooled(8);
    assertEquals(8, loop.await(file.readAsync(in, 0)));
    assertEquals(3, loop.await(file.readAsync(in, 7)));
    assertEquals("789", text(in, 3));
    assertEquals(0, loop.await(file.readAsync(in, 10)));
    assertEquals(0, loop.await(file.readAsync(in, Long.MAX_VALUE - 8)));
    assertEquals(3, loop.await(file.readFullyAsync(in, 7)));
    assertEquals(0, loop.await(file.readFullyAsync(in, 10)));
    assertEquals(0, loop.await(file.readFullyAsync(in.range(4, 0), 0)));
    close(file);
  }

  @Test
  void openOptionsMeanWhatTheyMeanToFileChannel() throws Exception {
    Files.writeString(path, "old content");
    UringException exists = failure(loop, AsyncFile.open(loop.proactor(), path, WRITE, CREATE_NEW));
    assertEquals(Errno.EEXIST, exists.errno());
    assertTrue(exists.getMessage().startsWith("open " + path + ": EEXIST (17)"));

    AsyncFile appending = open(APPEND);
    // As pwrite(2) says of O_APPEND: the position is ignored.
    assertEquals(5, loop.await(appending.writeAsync(slice(" more"), 0)));
    close(appending);
    assertEquals("old content more", Files.readString(path));

    AsyncFile kept = open(WRITE, CREATE);
    assertEquals(3, loop.await(kept.writeAsync(slice("new"), 0)));
    assertEquals(Errno.EBADF, failure(loop, kept.readAsync(BufferSlice.unpooled(4), 0)).errno());
    close(kept);
    assertEquals("new content more", Files.readString(path));

    close(open(TRUNCATE_EXISTING, CREATE));
    assertEquals("new content more", Files.readString(path), "not for writing: ignored");
    close(open(WRITE, TRUNCATE_EXISTING));
    assertEquals("", Files.readString(path));

    assertThrows(
        UnsupportedOperationException.class,
        () -> AsyncFile.open(loop.proactor(), path, DELETE_ON_CLOSE));
  }

  @Test
  void aFileOpenedForReadingIsNotWritten() throws Exception {
    Files.writeString(path, "x");
    AsyncFile file = open(READ);
    UringException e = failure(loop, file.writeAsync(slice("y"), 0));
    assertEquals(Errno.EBADF, e.errno());
    assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
    close(file);
    assertEquals("x", Files.readString(path));
  }

  @Test
  void positionsBeyondFourGigabytesAreReadAndWritten() throws Exception {
    long[] positions = {(1L << 32) - 3, (1L << 32) + 12345, 1L << 40};
    AsyncFile file = open(READ, WRITE, CREATE_NEW);
    for (long position : positions) {
      String written = "at " + position;
      assertEquals(written.length(), loop.await(file.writeFullyAsync(slice(written), position)));
    }
    try (RandomAccessFile other = new RandomAccessFile(path.toFile(), "r")) {
      for (long position : positions) {
        String expected = "at " + position;
        BufferSlice in = BufferSlice.unpooled(expected.length());
        assertEquals(expected.length(), loop.await(file.readFullyAsync(in, position)));
        assertEquals(expected, text(in, expected.length()));
        byte[] bytes = new byte[expected.length()];
        other.seek(position);
        other.readFully(bytes);
        assertEquals(expected, new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
      }
    }
    assertEquals((1L << 40) + 16, loop.await(file.statusAsync()).sizeBytes());
    close(file);
  }

  @Test
  void manyOperationsOnOneFileEachReadTheirOwnPlace() throws Exception {
    byte[] content = new byte[1 << 20];
    new Random(1).nextBytes(content);
    Files.write(path, content);
    AsyncFile file = open();
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    List<BufferSlice> buffers = new ArrayList<>();
    List<Integer> positions = new ArrayList<>();
    Random random = new Random(2);
    loop.run(
        () -> {
          for (int i = 0; i < 2000; i++) {
            BufferSlice buffer = loop.proactor().buffers().acquire(1024).range(0, 700);
            int position = random.nextInt(content.length - 700);
            CompletableFuture<Integer> result = new CompletableFuture<>();
            file.read(buffer, position, into(result));
            results.add(result);
            buffers.add(buffer);
            positions.add(position);
          }
        });
    for (int i = 0; i < results.size(); i++) {
      assertEquals(700, loop.await(results.get(i)));
      byte[] expected =
          java.util.Arrays.copyOfRange(content, positions.get(i), positions.get(i) + 700);
      assertTrue(java.util.Arrays.equals(expected, buffers.get(i).toByteArray()), "read " + i);
    }
    loop.run(() -> buffers.forEach(BufferSlice::release));
    close(file);
  }

  @Test
  void negativePositionsAndOtherThreadsAreRefusedByException() throws Exception {
    Files.writeString(path, "x");
    AsyncFile file = open();
    BufferSlice buffer = BufferSlice.unpooled(4);
    assertThrows(IllegalStateException.class, () -> file.read(buffer, 0, result -> {}));
    assertThrows(IllegalStateException.class, () -> file.close(null));
    loop.run(
        () -> {
          var e =
              assertThrows(
                  IllegalArgumentException.class, () -> file.read(buffer, -1, result -> {}));
          assertEquals("position: -1, must be >= 0", e.getMessage());
          assertThrows(NullPointerException.class, () -> file.read(buffer, 0, null));
        });
    close(file);
  }

  @Test
  void aDirectoryCanBeOpenedAndDescribedButNotRead() throws Exception {
    path = directory;
    AsyncFile file = open(READ);
    assertTrue(loop.await(file.statusAsync()).isDirectory());
    assertEquals(Errno.EISDIR, failure(loop, file.readAsync(BufferSlice.unpooled(4), 0)).errno());
    close(file);
    UringException e = failure(loop, AsyncFile.open(loop.proactor(), directory, WRITE));
    assertEquals(Errno.EISDIR, e.errno());
  }

  @Test
  void pathsThatCannotBeOpenedAreToldByErrno() throws Exception {
    assertEquals("ENOENT", FileFixture.openError(loop, path, Libc.O_RDONLY));
    Files.writeString(path, "x");
    assertEquals("ENOTDIR", FileFixture.openError(loop, path.resolve("below"), Libc.O_RDONLY));
    Path longName = directory.resolve("n".repeat(256));
    assertEquals("ENAMETOOLONG", FileFixture.openError(loop, longName, Libc.O_RDONLY));
    Path longPath = Path.of("/a".repeat(3000));
    assertEquals("ENAMETOOLONG", FileFixture.openError(loop, longPath, Libc.O_RDONLY));
    // 4095 bytes and the NUL are what the kernel takes (path_resolution(7)).
    assertEquals("ENOENT", FileFixture.openError(loop, Path.of("/aa".repeat(1365)), 0));
    assertEquals("ENAMETOOLONG", FileFixture.openError(loop, Path.of("/aaa".repeat(1024)), 0));
    Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    assertEquals("ELOOP", FileFixture.openError(loop, directory.resolve("loop"), Libc.O_RDONLY));
    UringException missing =
        failure(loop, AsyncFile.open(loop.proactor(), directory.resolve("no")));
    assertTrue(missing.getMessage().startsWith("open " + directory.resolve("no") + ": ENOENT (2)"));
  }

  @Test
  void aFileThatMayNotBeWrittenIsEacces() {
    // Root passes permission bits, except those of sysctls.
    path = Path.of("/proc/sys/kernel/osrelease");
    UringException e = failure(loop, AsyncFile.open(loop.proactor(), path, WRITE));
    assertEquals(Errno.EACCES, e.errno());
  }

  @Test
  void namesAreNotLimitedToAscii() throws Exception {
    for (String name : new String[] {"grüße", "日本語", "😀", "a b\tc\n", "%2e%2e"}) {
      path = directory.resolve(name);
      AsyncFile file = open(WRITE, CREATE_NEW);
      assertEquals(4, loop.await(file.writeAsync(slice("text"), 0)));
      close(file);
      assertEquals("text", Files.readString(path));
    }
  }

  @Test
  void aWriteToAFullDeviceIsEnospcAndTheFileLivesOn() {
    path = Path.of("/dev/full");
    AsyncFile file = open(READ, WRITE);
    assertEquals(Errno.ENOSPC, failure(loop, file.writeAsync(slice("x"), 0)).errno());
    assertEquals(Errno.ENOSPC, failure(loop, file.writeFullyAsync(slice("x"), 0)).errno());
    BufferSlice in = slice("abc");
    assertEquals(3, loop.await(file.readAsync(in, 0)));
    assertEquals("\0\0\0", text(in, 3));
    close(file);
  }

  @Test
  void writeAndSyncWritesTheWholeWindowAtItsPosition() throws Exception {
    AsyncFile file = open(WRITE, CREATE_NEW);
    assertEquals(3, loop.await(file.writeAndSyncAsync(slice("abc"), 0, false)));
    BufferSlice window = slice("xdefx").range(1, 3);
    assertEquals(3, loop.await(file.writeAndSyncAsync(window, 3, true)));
    assertEquals(0, loop.await(file.writeAndSyncAsync(slice(""), 0, true)));
    close(file);
    assertEquals("abcdef", Files.readString(path));
    assertEquals(Errno.EBADF, failure(loop, file.writeAndSyncAsync(window, 0, true)).errno());
  }

  @Test
  void writeAndSyncIsNotPossibleWhileAChainIsOpen() {
    AsyncFile file = open(WRITE, CREATE_NEW);
    loop.run(
        () -> {
          OperationChain chain = loop.proactor().operations().beginChain(1);
          IllegalStateException failure =
              assertThrows(
                  IllegalStateException.class,
                  () -> file.writeAndSync(slice("x"), 0, false, result -> fail("called")));
          assertTrue(failure.getMessage().contains("is open"), failure::getMessage);
          chain.close();
        });
    assertEquals(1, loop.await(file.writeAndSyncAsync(slice("y"), 0, false)));
    close(file);
  }

  @Test
  void writeAndSyncTellsTheErrorOfTheOneThatFailed() {
    path = Path.of("/dev/full");
    AsyncFile full = open(WRITE);
    assertEquals(Errno.ENOSPC, failure(loop, full.writeAndSyncAsync(slice("x"), 0, true)).errno());
    close(full);
    path = Path.of("/dev/null");
    AsyncFile device = open(WRITE);
    assertEquals(
        Errno.EINVAL, failure(loop, device.writeAndSyncAsync(slice("x"), 0, true)).errno());
    close(device);
    AsyncFile unwritable = open(READ);
    for (String text : List.of("x", "")) {
      assertEquals(
          Errno.EBADF, failure(loop, unwritable.writeAndSyncAsync(slice(text), 0, true)).errno());
    }
    close(unwritable);
  }

  @Test
  void openingManyFilesAtOnceGivesEachItsOwn() throws Exception {
    List<CompletableFuture<AsyncFile>> files = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Files.writeString(directory.resolve("f" + i), "content " + i);
    }
    loop.run(
        () -> {
          for (int i = 0; i < 200; i++) {
            CompletableFuture<AsyncFile> file = new CompletableFuture<>();
            AsyncFile.open(
                loop.proactor(),
                directory.resolve("f" + i),
                Libc.O_RDONLY,
                0,
                FileFixture.openInto(file));
            files.add(file);
          }
        });
    for (int i = 0; i < 200; i++) {
      AsyncFile file = loop.await(files.get(i));
      BufferSlice in = BufferSlice.unpooled(64);
      int length = loop.await(file.readAsync(in, 0));
      assertEquals("content " + i, text(in, length));
      close(file);
    }
  }

  @Test
  void aHandlerGetsNoStatusOfAFileThatIsClosed() {
    AsyncFile file = open(WRITE, CREATE_NEW);
    close(file);
    CompletableFuture<Integer> told = new CompletableFuture<>();
    loop.run(
        () ->
            file.status(
                (status, errno) -> {
                  assertNull(status);
                  told.complete(errno);
                }));
    assertEquals(Errno.EBADF, loop.await(told));
  }
}
