package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments that would reach the kernel as something else are refused, and leave a no-op. */
class SqeArgumentsTest {
  private static final String POSITIVE = "0..2147483647";
  private static final String INDEX = "0..2147483646";
  private static final String SHORT = "0..65535";
  private static final int BIG = 65536;

  private static SqeCase refused(String message, String method, Object... arguments) {
    return new SqeCase(method, message, List.of(arguments));
  }

  static List<SqeCase> lengths() {
    String length = "lengthBytes -1 is not in " + POSITIVE;
    return List.of(
        refused(length, "read", 0, 0L, -1, 0L),
        refused(length, "write", 0, 0L, -1, 0L),
        refused(length, "readFixed", 0, 0L, -1, 0L, 1),
        refused(length, "writeFixed", 0, 0L, -1, 0L, 1),
        refused(length, "fsync", 0, 0L, -1, 0),
        refused(length, "syncFileRange", 0, -1, 0L, 0),
        refused(length, "fadvise", 0, 0L, -1, 0),
        refused(length, "madvise", 0L, -1, 0),
        refused(length, "splice", 1, 0L, 0, 0L, -1, 0),
        refused(length, "tee", 1, 0, -1, 0),
        refused(length, "getxattr", 0L, 0L, 1L, -1),
        refused(length, "setxattr", 0L, 0L, 1L, 0, -1),
        refused(length, "fgetxattr", 0, 0L, 0L, -1),
        refused(length, "fsetxattr", 0, 0L, 0L, 0, -1),
        refused(length, "bind", 0, 0L, -1),
        refused(length, "connect", 0, 0L, -1),
        refused(length, "send", 0, 0L, -1, 0),
        refused(length, "sendto", 0, 0L, -1, 0, 0L, 0),
        refused(length, "sendZc", 0, 0L, -1, 0, 0),
        refused(length, "sendZcFixed", 0, 0L, -1, 0, 0, 0),
        refused(length, "recv", 0, 0L, -1, 0),
        refused(length, "recvZc", 0, 0, -1),
        refused("lengthBytes 0 is not in 1..2147483647", "provideBuffers", 0L, 0, 1, 0, 0),
        refused("optionLengthBytes -1 is not in " + POSITIVE, "cmdSock", 0, 0, 0, 0, 0L, -1));
  }

  static List<SqeCase> counts() {
    String count = "count -1 is not in " + POSITIVE;
    return List.of(
        refused(count, "readv", 0, 0L, -1, 0L),
        refused(count, "readv2", 0, 0L, -1, 0L, 0),
        refused(count, "writev", 0, 0L, -1, 0L),
        refused(count, "writev2", 0, 0L, -1, 0L, 0),
        refused(count, "readvFixed", 0, 0L, -1, 0L, 0, 1),
        refused(count, "writevFixed", 0, 0L, -1, 0L, 0, 1),
        refused(count, "timeout", 0L, -1, 0),
        refused(count, "filesUpdate", 0L, -1, 0),
        refused("count 65536 is not in 1..65535", "provideBuffers", 0L, 1, BIG, 0, 0),
        refused("count 0 is not in 1..65535", "removeBuffers", 0, 0));
  }

  static List<SqeCase> indexes() {
    return List.of(
        refused("fileIndex -1 is not in " + INDEX, "closeDirect", -1),
        refused("fileIndex -2 is not in " + INDEX, "openatDirect", 0, 0L, 0, 0, -2),
        refused("fileIndex -2 is not in " + INDEX, "openat2Direct", 0, 0L, 0L, -2),
        refused("fileIndex -2 is not in " + INDEX, "pipeDirect", 0L, 0, -2),
        refused("fileIndex -2 is not in " + INDEX, "socketDirect", 0, 0, 0, -2),
        refused(
            "fileIndex 2147483647 is not in " + INDEX,
            "acceptDirect",
            0,
            0L,
            0L,
            0,
            Integer.MAX_VALUE),
        refused("sourceIndex -1 is not in " + POSITIVE, "msgRingFd", 0, -1, 0, 0L, 0),
        refused("targetIndex -2 is not in " + INDEX, "msgRingFd", 0, 0, -2, 0L, 0),
        refused("firstIndex -2 is not in -1..2147483647", "filesUpdate", 0L, 0, -2),
        refused("interfaceQueueId -1 is not in " + POSITIVE, "recvZc", 0, -1, 0));
  }

  static List<SqeCase> fields() {
    String buffer = "bufferIndex 65536 is not in " + SHORT;
    String group = "bufferGroup 65536 is not in " + SHORT;
    return List.of(
        refused(buffer, "readFixed", 0, 0L, 0, 0L, BIG),
        refused(buffer, "writeFixed", 0, 0L, 0, 0L, BIG),
        refused(buffer, "readvFixed", 0, 0L, 0, 0L, 0, BIG),
        refused(buffer, "writevFixed", 0, 0L, 0, 0L, 0, BIG),
        refused(buffer, "sendZcFixed", 0, 0L, 0, 0, 0, BIG),
        refused(buffer, "sendmsgZcFixed", 0, 0L, 0, BIG),
        refused(buffer, "bufferIndex", BIG),
        refused(group, "bufferSelect", BIG),
        refused(group, "readMultishot", 0, 0L, BIG),
        refused(group, "sendBundle", 0, BIG, 0),
        refused(group, "recvBundle", 0, BIG, 0),
        refused(group, "recvMultishot", 0, BIG, 0),
        refused(group, "recvmsgMultishot", 0, 0L, BIG, 0),
        refused(group, "provideBuffers", 0L, 1, 1, BIG, 0),
        refused(group, "removeBuffers", 1, BIG),
        refused("firstBufferId -1 is not in " + SHORT, "provideBuffers", 0L, 1, 1, 0, -1),
        refused("sockaddrLengthBytes 65536 is not in " + SHORT, "sendSetAddr", 0L, BIG),
        refused("sockaddrLengthBytes -1 is not in " + SHORT, "sendto", 0, 0L, 0, 0, 0L, -1),
        refused("zeroCopyFlags 65536 is not in " + SHORT, "sendZc", 0, 0L, 0, 0, BIG),
        refused("ioprio 65536 is not in " + SHORT, "ioprio", BIG),
        refused("personality -1 is not in " + SHORT, "personality", -1),
        refused("writeStream 256 is not in 0..255", "writeStream", 256),
        refused("flags 256 is not in 0..255", "flags", 256),
        refused("offsetBytes -1 is not in 0..8", "commandData", -1, 0L));
  }

  @ParameterizedTest
  @MethodSource({"lengths", "counts", "indexes", "fields"})
  void theArgumentAndItsRangeAreNamedAndTheEntryIsANoOp(SqeCase call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entry = arena.allocate(SqeEntry.BYTES, Long.BYTES).fill((byte) 0x5a);
      Sqe sqe = new Sqe(entry);
      sqe.moveTo(0);
      var refusal = assertThrows(IllegalArgumentException.class, () -> call.call(sqe));
      assertEquals(call.fields(), refusal.getMessage());
      assertEquals(Opcode.NOP.code(), entry.get(ValueLayout.JAVA_BYTE, 0));
      assertEquals(0, entry.get(ValueLayout.JAVA_BYTE, 1), "flags");
    }
  }
}
