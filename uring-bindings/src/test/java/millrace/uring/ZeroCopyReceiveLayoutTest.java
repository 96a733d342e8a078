package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import millrace.uring.abi.io_uring_zcrx_ifq_reg;
import millrace.uring.abi.zcrx_event_desc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of each argument of zero-copy receive, against the C compiler's. */
class ZeroCopyReceiveLayoutTest {
  private static final long A = 0x1122_3344_5566_7000L;
  private static final long B = 0x0102_0304_0506_0708L;
  private static final int REGION_BYTES = 1 << 16;

  @TempDir private Path directory;

  /** A structure that Java filled, and the same in C. */
  private record Case(MemorySegment actual, String type, String fields) {}

  private static List<Case> cases(Arena arena) {
    ZeroCopyReceiveOptions telling =
        ZeroCopyReceiveOptions.device(3, 5)
            .events(B, ZeroCopyReceiveEvent.COPY, ZeroCopyReceiveEvent.ALLOC_FAIL)
            .statistics();
    MemorySegment pages =
        MemorySegment.ofAddress(A).reinterpret(8L * Libc.pageSize()); // never touched
    return List.of(
        new Case(
            ZeroCopyReceiveArea.of(pages).argument(arena),
            "io_uring_zcrx_area_reg",
            ".addr = A, .len = 8 * " + Libc.pageSize()),
        new Case(
            ZeroCopyReceiveArea.ofDmabuf(7, 1L << 33).argument(arena),
            "io_uring_zcrx_area_reg",
            ".len = 1ULL << 33, .flags = IORING_ZCRX_AREA_DMABUF, .dmabuf_fd = 7"),
        new Case(
            ZeroCopyReceiveOptions.device(3, 5)
                .entries(100)
                .receiveBufferBytes(1 << 16)
                .argument(arena, A, B, REGION_BYTES),
            "io_uring_zcrx_ifq_reg",
            ".if_idx = 3, .if_rxq = 5, .rq_entries = 100, .area_ptr = A, .region_ptr = B,"
                + " .rx_buf_len = 65536"),
        new Case(
            ZeroCopyReceiveOptions.noDevice().entries(1).argument(arena, A, B, REGION_BYTES),
            "io_uring_zcrx_ifq_reg",
            ".flags = ZCRX_REG_NODEV, .rq_entries = 1, .area_ptr = A, .region_ptr = B"),
        new Case(
            ZeroCopyReceiveQueue.importArgument(arena, 9),
            "io_uring_zcrx_ifq_reg",
            ".flags = ZCRX_REG_IMPORT, .if_idx = 9"),
        new Case(
            telling.eventDescription(arena, A),
            "zcrx_event_desc",
            ".user_data = B, .type_mask = 1 << ZCRX_EVENT_ALLOC_FAIL | 1 << ZCRX_EVENT_COPY,"
                + " .flags = ZCRX_EVENT_DESC_FLAG_STATS, .stats_offset = A"),
        new Case(
            ZeroCopyReceiveOptions.noDevice()
                .events(B, ZeroCopyReceiveEvent.COPY)
                .eventDescription(arena, A),
            "zcrx_event_desc",
            ".user_data = B, .type_mask = 1 << ZCRX_EVENT_COPY"),
        new Case(
            ZeroCopyReceiveControl.flush(arena, 4),
            "zcrx_ctrl",
            ".zcrx_id = 4, .op = ZCRX_CTRL_FLUSH_RQ"),
        new Case(
            ZeroCopyReceiveControl.export(arena, 4),
            "zcrx_ctrl",
            ".zcrx_id = 4, .op = ZCRX_CTRL_EXPORT"),
        new Case(
            ZeroCopyReceiveControl.armEvent(arena, 4, ZeroCopyReceiveEvent.COPY),
            "zcrx_ctrl",
            ".zcrx_id = 4, .op = ZCRX_CTRL_ARM_EVENT, .zc_arm_event.event_type = ZCRX_EVENT_COPY"),
        new Case(
            ZeroCopyReceiveControl.addArea(arena, 4, A),
            "zcrx_ctrl",
            ".zcrx_id = 4, .op = ZCRX_CTRL_ADD_AREA, .zc_area.area_ptr = A"));
  }

  @Test
  void everyArgumentHasTheBytesThatTheCompilerWritesByFieldNames() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      List<Case> cases = cases(arena);
      List<String> program =
          new ArrayList<>(
              List.of(
                  "#include \"headers.h\"",
                  "#include <string.h>",
                  "#define A 0x1122334455667000ULL",
                  "#define B 0x0102030405060708ULL",
                  "static void print(const void *p, unsigned long n) {",
                  "  for (unsigned long i = 0; i < n; i++) printf(\"%02x\", ((unsigned char"
                      + " *)p)[i]);",
                  "  printf(\"\\n\");",
                  "}",
                  "int main(void) {"));
      for (Case wanted : cases) {
        program.add(
            "{ struct %s s = { %s }; print(&s, sizeof s); }".formatted(wanted.type, wanted.fields));
      }
      program.add("}");
      List<String> printed = CCompiler.ofThisMachine(directory).run(program).lines().toList();
      List<String> actual = cases.stream().map(filled -> hex(filled.actual)).toList();
      assertEquals(printed, actual);
    }
  }

  @Test
  void countersAreAskedForAtTheEndOfTheRegionAndAligned() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument =
          ZeroCopyReceiveOptions.noDevice().statistics().argument(arena, A, B, REGION_BYTES);
      long description = io_uring_zcrx_ifq_reg.event_desc(argument);
      MemorySegment read =
          MemorySegment.ofAddress(description).reinterpret(zcrx_event_desc.sizeof());
      assertEquals(REGION_BYTES - 16, zcrx_event_desc.stats_offset(read));
      assertEquals(0, zcrx_event_desc.type_mask(read));
    }
  }

  private static String hex(MemorySegment structure) {
    return HexFormat.of().formatHex(structure.toArray(ValueLayout.JAVA_BYTE));
  }
}
