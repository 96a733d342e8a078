package millrace.uring;

import java.util.List;
import java.util.stream.Stream;

/** What each method of {@link Sqe} is to write, by the man pages of liburing's prep functions. */
final class SqeCases {
  // Every bit pattern differs, so that a mix-up of fields or a lost half is seen.
  static final long A = 0x1122_3344_5566_7788L;
  static final long B = 0x99AA_BBCC_DDEE_FF01L;
  static final long C = 0x1020_3040_5060_7080L;

  /** The same values in C. */
  static final List<String> VALUES_IN_C =
      List.of(
          "#define A 0x1122334455667788ULL",
          "#define B 0x99aabbccddeeff01ULL",
          "#define C 0x1020304050607080ULL");

  private SqeCases() {}

  static List<SqeCase> all() {
    return Stream.of(
            modifiers().stream(),
            fields().stream(),
            SqeFileCases.all(),
            SqeSocketCases.all(),
            SqeRingCases.all())
        .flatMap(cases -> cases)
        .toList();
  }

  static SqeCase sqe(String method, String fields, Object... arguments) {
    return new SqeCase(method, fields, List.of(arguments));
  }

  private static List<SqeCase> modifiers() {
    return List.of(
        sqe("userData", "user_data=B", B),
        sqe("flags", "flags=IOSQE_FIXED_FILE|IOSQE_CQE_SKIP_SUCCESS", 0x41),
        sqe("link", "flags=IOSQE_IO_LINK"),
        sqe("hardlink", "flags=IOSQE_IO_HARDLINK"),
        sqe("drain", "flags=IOSQE_IO_DRAIN"),
        sqe("async", "flags=IOSQE_ASYNC"),
        sqe("fixedFile", "flags=IOSQE_FIXED_FILE"),
        sqe("skipSuccessCqe", "flags=IOSQE_CQE_SKIP_SUCCESS"),
        sqe("bufferSelect", "flags=IOSQE_BUFFER_SELECT buf_group=65534", 65534),
        sqe("bufferIndex", "buf_index=65533", 65533),
        sqe("personality", "personality=65532", 65532),
        sqe("ioprio", "ioprio=0x8123", 0x8123),
        sqe("pollFirst", "ioprio=IORING_RECVSEND_POLL_FIRST"),
        sqe("writeStream", "write_stream=254", 254),
        sqe(
            "attributes",
            "attr_ptr=A attr_type_mask=IORING_RW_ATTR_FLAG_PI",
            A,
            (long) SqeFlags.RW_ATTR_FLAG_PI));
  }

  private static List<SqeCase> fields() {
    return List.of(
        sqe(
            "rw",
            "opcode=IORING_OP_WRITE fd=3 addr=A len=0x87654321 off=B",
            Opcode.WRITE.code(),
            3,
            A,
            0x87654321,
            B),
        sqe("offset", "off=A", A),
        sqe("address", "addr=B", B),
        sqe("length", "len=0x87654321", 0x87654321),
        sqe("operationFlags", "rw_flags=0x87654321", 0x87654321),
        sqe("address3", "addr3=A", A),
        sqe("commandData", "addr3=A", 0, A),
        sqe("commandData", "__pad2[0]=B", 8, B));
  }
}
