package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Extended attributes. Mirrors liburing test/xattr.c. */
class ExtendedAttributesTest {
  private static final int ROOM = 64;

  @TempDir private Path directory;
  private RingFixture ring;
  private Path file;
  private long path;
  private int fd;
  private long name;
  private MemorySegment value;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    file = Files.createFile(directory.resolve("file"));
    assumeTrue(
        Files.getFileStore(file).supportsFileAttributeView(UserDefinedFileAttributeView.class),
        "this file system has no extended attributes");
    path = ring.path(file);
    fd = ring.own(FileCalls.openat(Libc.AT_FDCWD, file.toString(), Libc.O_RDWR, 0));
    name = ring.arena.allocateFrom("user.millrace").address();
    value = ring.arena.allocate(ROOM);
  }

  @AfterEach
  void close() {
    ring.close();
  }

  @Test
  void whatIsSetByPathIsReadByPathAndByDescriptor() throws Exception {
    assertEquals(0, ring.run(ring.next(1).setxattr(name, text("first"), path, 0, 5)));
    assertEquals(5, ring.run(ring.next(1).getxattr(name, value.address(), path, ROOM)));
    assertEquals("first", value(5));
    value.fill((byte) 0);
    assertEquals(5, ring.run(ring.next(1).fgetxattr(fd, name, value.address(), ROOM)));
    assertEquals("first", value(5));
    assertEquals("first", attributeByTheJdk());
  }

  @Test
  void whatIsSetByDescriptorIsReadByPath() throws Exception {
    assertEquals(0, ring.run(ring.next(1).fsetxattr(fd, name, text("second"), 0, 6)));
    assertEquals(6, ring.run(ring.next(1).getxattr(name, value.address(), path, ROOM)));
    assertEquals("second", value(6));
    assertEquals("second", attributeByTheJdk());
  }

  @Test
  void theLengthAloneIsToldWithoutRoom() {
    assertEquals(0, ring.run(ring.next(1).setxattr(name, text("12345"), path, 0, 5)));
    assertEquals(5, ring.run(ring.next(1).getxattr(name, 0, path, 0)));
    assertEquals(5, ring.run(ring.next(1).fgetxattr(fd, name, 0, 0)));
    assertFailed(Errno.ERANGE, ring.run(ring.next(1).getxattr(name, value.address(), path, 4)));
  }

  @Test
  void createAndReplaceSayWhatMustBeThere() {
    int replace = FileFlags.XATTR_REPLACE;
    int create = FileFlags.XATTR_CREATE;
    assertFailed(Errno.ENODATA, ring.run(ring.next(1).setxattr(name, text("a"), path, replace, 1)));
    assertEquals(0, ring.run(ring.next(1).fsetxattr(fd, name, text("b"), create, 1)));
    assertFailed(Errno.EEXIST, ring.run(ring.next(1).fsetxattr(fd, name, text("c"), create, 1)));
    assertEquals(0, ring.run(ring.next(1).setxattr(name, text("dd"), path, replace, 2)));
    assertEquals(2, ring.run(ring.next(1).fgetxattr(fd, name, value.address(), ROOM)));
    assertEquals("dd", value(2));
  }

  @Test
  void missingAttributesFilesAndNamesAreToldApart() {
    long address = value.address();
    assertFailed(Errno.ENODATA, ring.run(ring.next(1).getxattr(name, address, path, ROOM)));
    assertFailed(Errno.EBADF, ring.run(ring.next(1).fgetxattr(-1, name, address, ROOM)));
    long missing = ring.path(directory.resolve("missing"));
    assertFailed(Errno.ENOENT, ring.run(ring.next(1).getxattr(name, address, missing, ROOM)));
    long unknown = ring.arena.allocateFrom("no.such.namespace").address();
    assertFailed(Errno.EOPNOTSUPP, ring.run(ring.next(1).setxattr(unknown, text("a"), path, 0, 1)));
    assertFailed(Errno.EFAULT, ring.run(ring.next(1).setxattr(0x10, text("a"), path, 0, 1)));
  }

  private long text(String text) {
    return ring.arena.allocateFrom(text).address();
  }

  private String value(int length) {
    byte[] bytes = value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String attributeByTheJdk() throws Exception {
    return new String((byte[]) Files.getAttribute(file, "user:millrace"), StandardCharsets.UTF_8);
  }
}
