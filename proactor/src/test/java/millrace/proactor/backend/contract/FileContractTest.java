package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import millrace.proactor.backend.BackendUnderTest;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.FileStat;
import millrace.uring.Libc;
import millrace.uring.OpenHow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations on files: results and errors, the same on every backend. */
@BackendContract
class FileContractTest {

  private static final long OWN_POSITION = -1;

  private final Peers peers = new Peers();
  private BackendFixture fixture;
  private Path directory;
  private Path path;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers, 256);
    directory = peers.surroundings.directory();
    path = directory.resolve("file");
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  private long open(Path file, int flags) {
    return fixture.submit(
        OperationKind.OPEN,
        Libc.AT_FDCWD,
        operation -> {
          operation.address = fixture.path(file.toString());
          operation.operationFlags = flags | Libc.O_CLOEXEC;
          operation.mode = 0640;
        });
  }

  private int opened(int flags) throws Exception {
    return peers.keep(fixture.await(open(path, flags)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private long read(int file, BufferSlice buffer, long offset) {
    return fixture.transfer(OperationKind.READ, file, buffer, offset);
  }

  private long write(int file, BufferSlice buffer, long offset) {
    return fixture.transfer(OperationKind.WRITE, file, buffer, offset);
  }

  @Test
  void whatIsWrittenIsReadAtItsPositionAndTheEndIsTold() throws Exception {
    int file = opened(Libc.O_RDWR | Libc.O_CREAT);
    assertEquals(Libc.S_IFREG | 0640, peers.surroundings.fileMode(path));
    byte[] content = new byte[300_000];
    new Random(2).nextBytes(content);
    BufferSlice data = BufferSlice.copyOf(content);
    assertEquals(content.length, fixture.await(write(file, data, 0)));
    assertArrayEquals(content, peers.surroundings.readFile(path));
    assertEquals(0, fixture.await(fixture.submit(OperationKind.SYNC, file)));
    assertEquals(
        0, fixture.await(fixture.submit(OperationKind.SYNC, file, op -> op.operationFlags = 1)));
    BufferSlice buffer = BufferSlice.unpooled(content.length + 100);
    assertEquals(content.length, fixture.await(read(file, buffer, 0)));
    assertArrayEquals(content, buffer.range(0, content.length).toByteArray());
    assertEquals(1, fixture.await(read(file, buffer, content.length - 1)));
    assertEquals(content[content.length - 1], buffer.get(0));
    assertEquals(0, fixture.await(read(file, buffer, content.length)));
    assertEquals(0, fixture.await(read(file, buffer, content.length + 1000L)));
  }

  @Test
  void theOwnPositionMovesWithReadsAndWrites() throws Exception {
    int file = opened(Libc.O_RDWR | Libc.O_CREAT);
    assertEquals(3, fixture.await(write(file, Peers.slice("abc"), OWN_POSITION)));
    assertEquals(3, fixture.await(write(file, Peers.slice("def"), OWN_POSITION)));
    assertArrayEquals(bytes("abcdef"), peers.surroundings.readFile(path));
    BufferSlice buffer = BufferSlice.unpooled(10);
    assertEquals(0, fixture.await(read(file, buffer, OWN_POSITION)));
    int other = opened(Libc.O_RDONLY);
    assertEquals(4, fixture.await(read(other, BufferSlice.unpooled(4), OWN_POSITION)));
    assertEquals(2, fixture.await(read(other, buffer, OWN_POSITION)));
    assertEquals("ef", Peers.text(buffer, 2));
  }

  @Test
  void manyOperationsOnOneFileAreAllDone() throws Exception {
    int file = opened(Libc.O_RDWR | Libc.O_CREAT);
    List<Long> writes = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      writes.add(write(file, Peers.slice("%04d".formatted(i)), 4L * i));
    }
    for (long write : writes) {
      assertEquals(4, fixture.await(write));
    }
    List<Long> reads = new ArrayList<>();
    List<BufferSlice> buffers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      buffers.add(BufferSlice.unpooled(4));
      reads.add(read(file, buffers.get(i), 4L * i));
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(4, fixture.await(reads.get(i)));
      assertEquals("%04d".formatted(i), Peers.text(buffers.get(i), 4));
    }
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "no /proc there")
  void filesOfTheKernelAreReadThoughTheyHaveNoSize() throws Exception {
    path = Path.of("/proc/self/status");
    int file = opened(Libc.O_RDONLY);
    BufferSlice buffer = BufferSlice.unpooled(8192);
    int count = fixture.await(read(file, buffer, 0));
    assertTrue(Peers.text(buffer, count).startsWith("Name:"));
  }

  @Test
  void directInputAndOutputWork() throws Exception {
    byte[] content = new byte[8192];
    new Random(3).nextBytes(content);
    peers.surroundings.writeFile(path, content);
    long open = open(path, Libc.O_RDONLY | Libc.O_DIRECT);
    int file = fixture.await(open);
    org.junit.jupiter.api.Assumptions.assumeTrue(file >= 0, "this file system has no O_DIRECT");
    peers.keep(file);
    BufferSlice memory = BufferSlice.unpooled(3 * 4096);
    int skip = (int) (-memory.address() & 4095);
    BufferSlice aligned = memory.range(skip, 4096);
    assertEquals(4096, fixture.await(read(file, aligned, 4096)));
    byte[] second = java.util.Arrays.copyOfRange(content, 4096, 8192);
    assertArrayEquals(second, aligned.toByteArray());
  }

  @Test
  void openTellsWhyItCannot() throws Exception {
    assertEquals("ENOENT", fixture.error(open(path, Libc.O_RDONLY)));
    assertEquals("EISDIR", fixture.error(open(directory, Libc.O_RDWR)));
    peers.surroundings.writeFile(path, bytes("x"));
    assertEquals("ENOTDIR", fixture.error(open(path.resolve("child"), Libc.O_RDONLY)));
    assertEquals("EEXIST", fixture.error(open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL)));
    long nowhere =
        fixture.submit(
            OperationKind.OPEN, 999_999, operation -> operation.address = fixture.path("relative"));
    assertEquals("EBADF", fixture.error(nowhere));
  }

  private long openBeneath(int parent, String name) {
    BufferSlice how = BufferSlice.unpooled(OpenHow.BYTES);
    OpenHow.set(how.segment(), Libc.O_RDONLY | Libc.O_CLOEXEC, 0, Libc.RESOLVE_BENEATH);
    return fixture.submit(
        OperationKind.OPEN_HOW,
        parent,
        operation -> {
          operation.address = fixture.path(name);
          operation.secondAddress = fixture.keep(how).address();
        });
  }

  @Test
  void pathsAreConfinedByTheKernel() throws Exception {
    peers.surroundings.writeFile(path, bytes("inside"));
    int parent = peers.keep(fixture.await(open(directory, Libc.O_PATH | Libc.O_DIRECTORY)));
    int file = peers.keep(fixture.await(openBeneath(parent, "file")));
    assertEquals("inside", peers.read(file, 10));
    assertEquals("EXDEV", fixture.error(openBeneath(parent, "../x")));
    assertEquals("EXDEV", fixture.error(openBeneath(parent, path.toString())));
  }

  @Test
  @NotOn(value = BackendUnderTest.SIMULATED, because = "no symbolic links there")
  void symbolicLinksAreConfinedByTheKernel() throws Exception {
    Files.createSymbolicLink(directory.resolve("out"), Path.of("/etc/passwd"));
    int parent = peers.keep(fixture.await(open(directory, Libc.O_PATH | Libc.O_DIRECTORY)));
    assertEquals("EXDEV", fixture.error(openBeneath(parent, "out")));
  }

  @Test
  void statusTellsOfTheFile() throws Exception {
    peers.surroundings.writeFile(path, bytes("12345"));
    BufferSlice status = BufferSlice.unpooled(FileStat.BYTES);
    int file = opened(Libc.O_RDONLY);
    long ofFile =
        fixture.submit(
            OperationKind.STATUS,
            file,
            operation -> {
              operation.address = fixture.path("");
              operation.operationFlags = Libc.AT_EMPTY_PATH;
              operation.mode = Libc.STATX_BASIC_STATS;
              operation.secondAddress = fixture.keep(status).address();
            });
    assertEquals(0, fixture.await(ofFile));
    assertEquals(5, FileStat.sizeBytes(status.segment()));
    assertEquals(Libc.S_IFREG, FileStat.mode(status.segment()) & Libc.S_IFMT);
    long missing =
        fixture.submit(
            OperationKind.STATUS,
            Libc.AT_FDCWD,
            operation -> {
              operation.address = fixture.path(directory.resolve("missing").toString());
              operation.mode = Libc.STATX_BASIC_STATS;
              operation.secondAddress = fixture.keep(status).address();
            });
    assertEquals("ENOENT", fixture.error(missing));
  }

  @Test
  void operationsTellWhatAFileDoesNotDo() throws Exception {
    peers.surroundings.writeFile(path, bytes("x"));
    BufferSlice buffer = BufferSlice.unpooled(10);
    int readable = opened(Libc.O_RDONLY);
    assertEquals("EBADF", fixture.error(write(readable, buffer, 0)));
    assertEquals("EBADF", fixture.error(read(opened(Libc.O_WRONLY), buffer, 0)));
    int parent = peers.keep(fixture.await(open(directory, Libc.O_RDONLY)));
    assertEquals("EISDIR", fixture.error(read(parent, buffer, 0)));
    assertEquals("EBADF", fixture.error(fixture.submit(OperationKind.SYNC, 999_999)));
    int pipe = peers.pipe()[0];
    assertEquals("EINVAL", fixture.error(fixture.submit(OperationKind.SYNC, pipe)));
    assertEquals(
        "ENOTSOCK", fixture.error(fixture.transfer(OperationKind.SEND, readable, buffer, 0)));
  }

  private long status(int directoryDescriptor, String name, int flags) {
    BufferSlice status = fixture.keep(BufferSlice.unpooled(FileStat.BYTES));
    return fixture.submit(
        OperationKind.STATUS,
        directoryDescriptor,
        operation -> {
          operation.address = fixture.path(name);
          operation.operationFlags = flags;
          operation.mode = Libc.STATX_BASIC_STATS;
          operation.secondAddress = status.address();
        });
  }

  private long unlink(int directoryDescriptor, String name) {
    return fixture.submit(
        OperationKind.UNLINK,
        directoryDescriptor,
        operation -> operation.address = fixture.path(name));
  }

  @Test
  void operationsOnPathsTellWhyTheyCannot() throws Exception {
    peers.surroundings.writeFile(path, bytes("x"));
    int parent = peers.keep(fixture.await(open(directory, Libc.O_PATH | Libc.O_DIRECTORY)));
    int file = opened(Libc.O_RDONLY);
    String child = path.resolve("child").toString();
    assertEquals("ENOENT", fixture.error(openBeneath(parent, "missing")));
    assertEquals("EBADF", fixture.error(openBeneath(999_999, "file")));
    assertEquals("ENOTDIR", fixture.error(openBeneath(file, "file")));
    assertEquals("ENOTDIR", fixture.error(status(Libc.AT_FDCWD, child, 0)));
    assertEquals("ENOTDIR", fixture.error(status(Libc.AT_FDCWD, child + "/child", 0)));
    assertEquals("EBADF", fixture.error(status(999_999, "", Libc.AT_EMPTY_PATH)));
    assertEquals("ENOTDIR", fixture.error(unlink(Libc.AT_FDCWD, child)));
    assertEquals("ENOENT", fixture.error(unlink(Libc.AT_FDCWD, path.resolveSibling("no") + "")));
    assertArrayEquals(bytes("x"), peers.surroundings.readFile(path));
  }

  @Test
  void cancelledOperationsOnPathsAreDoneOrNot() throws Exception {
    peers.surroundings.writeFile(path, bytes("x"));
    for (int turns = 0; turns < 3; turns++) {
      int parent = peers.keep(fixture.await(open(directory, Libc.O_PATH | Libc.O_DIRECTORY)));
      int file = opened(Libc.O_RDWR);
      Path gone = directory.resolve("gone" + turns);
      peers.surroundings.writeFile(gone, bytes("y"));
      long[] opens = {open(path, Libc.O_RDONLY), openBeneath(parent, "file")};
      long unlink = unlink(Libc.AT_FDCWD, gone.toString());
      List<Long> others =
          List.of(
              status(Libc.AT_FDCWD, path.toString(), 0), fixture.submit(OperationKind.SYNC, file));
      for (int count = 0; count < turns; count++) {
        fixture.turn(0, 100);
      }
      fixture.backend.cancelAll();
      for (long open : opens) {
        int result = fixture.await(open);
        assertTrue(result >= 0 || isCancelled(result), fixture.last(open).toString());
        if (result >= 0) {
          assertEquals("x", peers.read(peers.keep(result), 10));
        }
      }
      for (long other : others) {
        int result = fixture.await(other);
        assertTrue(result == 0 || isCancelled(result), fixture.last(other).toString());
      }
      int result = fixture.await(unlink);
      assertTrue(result == 0 || isCancelled(result), fixture.last(unlink).toString());
      String later = fixture.await(unlink(Libc.AT_FDCWD, gone.toString())) == 0 ? "there" : "gone";
      assertEquals(result == 0 ? "gone" : "there", later);
    }
  }

  private static boolean isCancelled(int result) {
    return result == -Errno.ECANCELED || result == -Errno.EINTR;
  }

  @Test
  void closeClosesWhateverItIs() throws Exception {
    int[] pipe = peers.pipe();
    int[] pair = peers.connection();
    int file = opened(Libc.O_RDWR | Libc.O_CREAT);
    int eventfd = peers.keep(peers.surroundings.eventfd());
    for (int descriptor : new int[] {pipe[0], pipe[1], pair[0], pair[1], file, eventfd}) {
      peers.forget(descriptor);
      assertEquals(0, fixture.await(fixture.submit(OperationKind.CLOSE, descriptor)));
      assertFalse(peers.surroundings.isOpen(descriptor));
    }
  }

  @Test
  @NotOn(
      value = BackendUnderTest.SIMULATED,
      because = "it takes it for a bug of the loop, which ends the run")
  void closeOfWhatIsNotOpenIsEbadf() throws Exception {
    assertEquals("EBADF", fixture.error(fixture.submit(OperationKind.CLOSE, 999_999)));
    assertEquals("EBADF", fixture.error(fixture.submit(OperationKind.CLOSE, -1)));
  }
}
