package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of the structures that operations take, against the C compiler's. */
class StructureViewsTest {
  private static final long A = 0x1122_3344_5566_7788L;
  private static final String A_C = "0x1122334455667788ULL";

  @TempDir private Path directory;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void writersFillTheFieldsOfTheirNames() throws Exception {
    MemorySegment iovecs = memory(2 * Iovec.BYTES);
    Iovec.set(iovecs, 1, A, 9);
    MemorySegment time = memory(KernelTimespec.BYTES);
    KernelTimespec.setNanos(time, 3_000_000_005L);
    MemorySegment waiters = memory(2 * FutexWaitv.BYTES);
    FutexWaitv.set(waiters, 1, A, 0xFFFF_FFFFL, FutexFlags.SIZE_U32 | FutexFlags.PRIVATE);
    MemorySegment event = memory(Epoll.EVENT_BYTES);
    Epoll.setEvent(event, Epoll.IN | Epoll.ET, A);
    assertEquals(
        List.of(hex(iovecs), hex(time), hex(waiters), hex(event)),
        CCompiler.ofThisMachine(directory)
            .run(
                List.of(
                    "#include \"headers.h\"",
                    "#include <string.h>",
                    "static void print(void *p, unsigned long n) {",
                    "  unsigned char *c = p; while (n--) printf(\"%02x\", *c++); printf(\"\\n"
                        + "\"); }",
                    "#define CLEAR(x) memset(&x, 0, sizeof x)",
                    "int main(void) {",
                    "  struct iovec i[2]; CLEAR(i);",
                    "  i[1].iov_base = (void *)" + A_C + "; i[1].iov_len = 9;",
                    "  struct __kernel_timespec t = {.tv_sec = 3, .tv_nsec = 5};",
                    "  struct futex_waitv w[2]; CLEAR(w);",
                    "  w[1].uaddr = " + A_C + "; w[1].val = 0xffffffffU; w[1].flags = 2 | 128;",
                    "  struct epoll_event e; CLEAR(e);",
                    "  e.events = EPOLLIN | EPOLLET; e.data.u64 = " + A_C + ";",
                    "  print(i, sizeof i); print(&t, sizeof t);",
                    "  print(w, sizeof w); print(&e, sizeof e);",
                    "}"))
            .lines()
            .toList());
  }

  @Test
  void messageHeaderHoldsNameAndControlData() throws Exception {
    MemorySegment header = memory(MessageHeader.bytes(0));
    MessageHeader.set(header, 0);
    MessageHeader.setName(header, A, 28);
    MessageHeader.setControl(header, A + 1, 64);
    // The iovecs are none, but where they would be is set.
    header.set(ValueLayout.JAVA_LONG, 16, 0);
    String printed =
        CCompiler.ofThisMachine(directory)
            .run(
                List.of(
                    "#include \"headers.h\"",
                    "#include <string.h>",
                    "int main(void) {",
                    "  struct msghdr m; memset(&m, 0, sizeof m);",
                    "  m.msg_name = (void *)" + A_C + "; m.msg_namelen = 28;",
                    "  m.msg_control = (void *)(" + A_C + " + 1); m.msg_controllen = 64;",
                    "  unsigned char *c = (void *)&m;",
                    "  for (unsigned i = 0; i < sizeof m; i++) printf(\"%02x\", c[i]);",
                    "}"));
    assertEquals(printed, hex(header.asSlice(0, printed.length() / 2)));
    assertEquals(28, MessageHeader.nameLengthBytes(header));
    assertEquals(64, MessageHeader.controlLengthBytes(header));
    assertEquals(0, MessageHeader.flags(header));
  }

  @Test
  void receivedMessageIsFoundBehindItsAreas() {
    MemorySegment buffer =
        arena.allocateFrom(ValueLayout.JAVA_INT, 16, 24, 100, Libc.MSG_TRUNC, 0, 0);
    assertEquals(16, RecvmsgOut.nameLengthBytes(buffer));
    assertEquals(24, RecvmsgOut.controlLengthBytes(buffer));
    assertEquals(100, RecvmsgOut.messageLengthBytes(buffer));
    assertEquals(Libc.MSG_TRUNC, RecvmsgOut.flags(buffer));
    assertEquals(16, RecvmsgOut.nameOffset());
    assertEquals(16 + 28, RecvmsgOut.controlOffset(28));
    assertEquals(16 + 28 + 64, RecvmsgOut.payloadOffset(28, 64));
    assertEquals(5, RecvmsgOut.payloadLengthBytes(16 + 28 + 64 + 5, 28, 64));
  }

  @Test
  void receivedMessageThatIsCutShortIsNotComplete() {
    assertTrue(RecvmsgOut.isComplete(16 + 28 + 64, 28, 64));
    assertFalse(RecvmsgOut.isComplete(16 + 28 + 63, 28, 64));
    assertFalse(RecvmsgOut.isComplete(-Errno.ENOBUFS, 0, 0));
    assertFalse(RecvmsgOut.isComplete(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE / 2));
    assertEquals(0, RecvmsgOut.payloadLengthBytes(16 + 28 + 64, 28, 64));
    assertEquals(0, RecvmsgOut.payloadLengthBytes(20, 28, 64));
  }

  private MemorySegment memory(int bytes) {
    return arena.allocate(bytes, 8);
  }

  private static String hex(MemorySegment memory) {
    return HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE));
  }
}
