package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import millrace.uring.GeneratedAbi.Field;
import millrace.uring.GeneratedAbi.Structure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every constant, size, offset and sign of the generated bindings against the C compiler.
 *
 * <p>The io_uring headers are the committed ones, so nothing of io_uring can be missing. All others
 * are the machine's, which may be older than the bindings: what they lack is checked as soon as
 * they have it, and only what {@link #NEWER_THAN_SOME_SYSTEMS} names may be lacking. None of those
 * names is in a committed header. With the environment variable KERNEL_HEADERS, the include
 * directory of a newer linux-libc-dev, none may be lacking.
 */
class AbiTest {

  /** What a system's headers may lack, with the version of Linux that brought it. */
  private static final Map<String, String> NEWER_THAN_SOME_SYSTEMS =
      Map.ofEntries(
          Map.entry("EFSBADCRC", "7.3 or earlier, not in 6.1"),
          Map.entry("EFSCORRUPTED", "7.3 or earlier, not in 6.1"),
          Map.entry("EFTYPE", "7.3 or earlier, not in 6.1"),
          Map.entry("FUTEX2_MPOL", "6.16"),
          Map.entry("FUTEX2_NUMA", "6.7"),
          Map.entry("FUTEX2_PRIVATE", "6.7"),
          Map.entry("FUTEX2_SIZE_MASK", "6.7"),
          Map.entry("FUTEX2_SIZE_U16", "6.7"),
          Map.entry("FUTEX2_SIZE_U32", "6.7"),
          Map.entry("FUTEX2_SIZE_U64", "6.7"),
          Map.entry("FUTEX2_SIZE_U8", "6.7"),
          Map.entry("RWF_ATOMIC", "6.11"),
          Map.entry("RWF_DONTCACHE", "6.14"),
          Map.entry("RWF_NOAPPEND", "6.9"),
          Map.entry("RWF_NOSIGNAL", "6.18"),
          Map.entry("STATX_ATTR_WRITE_ATOMIC", "6.11"),
          Map.entry("STATX_DIO_READ_ALIGN", "6.14"),
          Map.entry("STATX_MNT_ID_UNIQUE", "6.8"),
          Map.entry("STATX_SUBVOL", "6.10"),
          Map.entry("STATX_WRITE_ATOMIC", "6.11"),
          Map.entry("__NR_futex_requeue", "6.7"),
          Map.entry("__NR_futex_wait", "6.7"),
          Map.entry("__NR_futex_wake", "6.7"),
          Map.entry("statx.stx_subvol", "6.10"),
          Map.entry("statx.stx_atomic_write_unit_min", "6.11"),
          Map.entry("statx.stx_atomic_write_unit_max", "6.11"),
          Map.entry("statx.stx_atomic_write_segments_max", "6.11"),
          Map.entry("statx.stx_dio_read_offset_align", "6.14"),
          Map.entry("statx.stx_atomic_write_unit_max_opt", "6.16"));

  /**
   * The room left in a structure: it moves when a field is added. The value is the newest field.
   */
  private static final Map<String, String> MOVED_BY_NEW_FIELDS =
      Map.of(
          "statx.__spare2", "statx.stx_atomic_write_unit_max_opt",
          "statx.__spare3", "statx.stx_atomic_write_unit_max_opt");

  /** The fields that are signed in C. All others are unsigned, and Java has to read them so. */
  private static final Set<String> SIGNED_FIELDS =
      Set.of(
          "__kernel_timespec.tv_nsec",
          "__kernel_timespec.tv_sec",
          "cmsghdr.cmsg_level",
          "cmsghdr.cmsg_type",
          "epoll_data.fd",
          "in_pktinfo.ipi_ifindex",
          "io_uring_cqe.res",
          "io_uring_query_hdr.result",
          "io_uring_sqe.fd",
          "io_uring_sqe.splice_fd_in",
          "io_uring_sync_cancel_reg.fd",
          "ip_mreqn.imr_ifindex",
          "linger.l_linger",
          "linger.l_onoff",
          "msghdr.msg_flags",
          "pollfd.events",
          "pollfd.fd",
          "pollfd.revents",
          "statx_timestamp.__reserved",
          "statx_timestamp.tv_sec",
          "timespec.tv_nsec",
          "timespec.tv_sec",
          "ucred.pid");

  /** Negative in Java by their highest bit, and not in C. */
  private static final Set<String> POSITIVE_IN_C =
      Set.of(
          "EPOLLET",
          "FUTEX_BITSET_MATCH_ANY",
          "FUTEX_WAITERS",
          "IORING_FILE_INDEX_ALLOC",
          "IORING_NOTIF_USAGE_ZC_COPIED",
          "IORING_REGISTER_USE_REGISTERED_RING",
          "IORING_ZCRX_AREA_MASK",
          "RLIM_INFINITY",
          "SPLICE_F_FD_IN_FIXED",
          "STATX__RESERVED");

  private static final List<Path> IO_URING_HEADERS =
      List.of(
          Path.of("linux/io_uring.h"),
          Path.of("linux/io_uring/bpf_filter.h"),
          Path.of("linux/io_uring/query.h"),
          Path.of("linux/io_uring/zcrx.h"));

  @TempDir private Path directory;

  @Test
  void everyConstantSizeAndOffsetIsWhatTheCompilerOfThisMachineSays() throws Exception {
    assertNoErrors(CCompiler.ofThisMachine(directory));
  }

  @Test
  void everyConstantSizeAndOffsetIsWhatACrossCompilerForAarch64Says() throws Exception {
    assertNoErrors(CCompiler.ofAarch64(directory));
  }

  @Test
  void signsOfThisMachineAreThoseThatTheCodeAssumes() throws Exception {
    assertSigns(CCompiler.ofThisMachine(directory));
  }

  @Test
  void signsOfAarch64AreThoseThatTheCodeAssumes() throws Exception {
    assertSigns(CCompiler.ofAarch64(directory));
  }

  @Test
  void wrongValuesSizesAndOffsetsAreFound() throws Exception {
    List<String> wrong =
        List.of(
            constant("IORING_OP_READ", 7),
            constant("IORING_OFF_SQES", 7L),
            constant("IORING_OFF_MMAP_MASK", 7),
            "_Static_assert(sizeof(struct io_uring_sqe) == 63, \"\");",
            "_Static_assert(__builtin_offsetof(struct io_uring_sqe, user_data) == 0, \"\");",
            constant("IORING_OP_NO_SUCH_OPERATION", 0));
    CCompiler.Diagnostics diagnostics = CCompiler.ofThisMachine(directory).check(program(wrong));
    assertEquals(Set.of(2, 3, 4, 5, 6, 7), diagnostics.errorLines(), diagnostics.output());
  }

  @Test
  void nothingOfTheIoUringHeadersIsMissing() throws Exception {
    Set<String> constants = GeneratedAbi.constants().keySet();
    Map<String, Set<String>> generatedFields = generatedFields();
    Set<String> missing = new TreeSet<>();
    for (Path path : IO_URING_HEADERS) {
      KernelHeader header = KernelHeader.read(CCompiler.HEADERS.resolve("include").resolve(path));
      assertFalse(header.constants().isEmpty(), path + ": no constant found in it");
      assertFalse(header.structures().isEmpty(), path + ": no structure found in it");
      missing.addAll(header.constants());
      missing.removeAll(constants);
      header
          .structures()
          .forEach(
              (structure, fields) -> {
                Set<String> found = generatedFields.getOrDefault(structure, Set.of());
                fields.stream()
                    .filter(field -> !found.contains(field))
                    .forEach(field -> missing.add(structure + "." + field));
              });
    }
    assertEquals(Set.of(), missing);
  }

  @Test
  void allIoUringHeadersAreRead() throws Exception {
    Path include = CCompiler.HEADERS.resolve("include");
    try (Stream<Path> files = Files.walk(include)) {
      List<Path> headers =
          files.filter(Files::isRegularFile).map(include::relativize).sorted().toList();
      assertEquals(IO_URING_HEADERS.stream().sorted().toList(), headers);
    }
  }

  @Test
  void theBindingsHoldExactlyWhatTheAllowListNames() throws Exception {
    List<String> structures = new ArrayList<>(GeneratedAbi.allowed("struct"));
    structures.addAll(GeneratedAbi.allowed("union"));
    assertEquals(
        new TreeSet<>(structures),
        new TreeSet<>(
            GeneratedAbi.structures().stream()
                .filter(structure -> !structure.nested())
                .map(Structure::name)
                .toList()));
    assertEquals(
        new TreeSet<>(GeneratedAbi.allowed("constant")), GeneratedAbi.constants().keySet());
  }

  @Test
  void anUnknownArchitectureIsRefusedByName() {
    UnsupportedOperationException refusal =
        assertThrows(UnsupportedOperationException.class, () -> Architecture.of("riscv64"));
    assertTrue(refusal.getMessage().contains("riscv64"), refusal.getMessage());
  }

  private static void assertSigns(CCompiler compiler) throws Exception {
    Set<String> absent = absent(compiler);
    Map<String, String> signChecks = new TreeMap<>();
    for (Structure structure : GeneratedAbi.structures()) {
      for (Field field : structure.fields()) {
        String name = structure.name() + "." + field.name();
        if (isInteger(field.layout()) && !absent.contains(name)) {
          String value = "((" + structure.typeName() + " *)0)->" + field.name();
          signChecks.put(name, "_Static_assert((__typeof__(" + value + "))-1 > 0, \"\");");
        }
      }
    }
    assertEquals(SIGNED_FIELDS, refused(compiler, signChecks));

    Map<String, String> negativeChecks = new TreeMap<>();
    GeneratedAbi.constants()
        .forEach(
            (name, value) -> {
              if (value.longValue() < 0 && !absent.contains(name)) {
                negativeChecks.put(name, "_Static_assert((" + name + ") < 0, \"\");");
              }
            });
    assertEquals(POSITIVE_IN_C, refused(compiler, negativeChecks));
  }

  private static boolean isInteger(MemoryLayout layout) {
    return layout instanceof ValueLayout value && !(value instanceof AddressLayout);
  }

  /** Returns the names of the checks that fail. */
  private static Set<String> refused(CCompiler compiler, Map<String, String> checks)
      throws Exception {
    List<String> names = List.copyOf(checks.keySet());
    Set<String> refused = new TreeSet<>();
    for (int line : compiler.check(program(List.copyOf(checks.values()))).errorLines()) {
      refused.add(names.get(line - 2));
    }
    return refused;
  }

  private static void assertNoErrors(CCompiler compiler) throws Exception {
    Architecture architecture = compiler.architecture();
    Set<String> absent = absent(compiler);
    List<String> checks = new ArrayList<>();
    Map<String, Integer> overridden = architecture.constants();
    GeneratedAbi.constants()
        .forEach(
            (name, value) -> {
              if (!absent.contains(name)) {
                checks.add(
                    constant(name, overridden.containsKey(name) ? overridden.get(name) : value));
              }
            });
    for (Structure structure : GeneratedAbi.structures()) {
      checks.addAll(
          structure.name().equals("epoll_event")
              ? epollEvent(structure, architecture)
              : structure(structure, absent));
    }
    CCompiler.Diagnostics diagnostics = compiler.check(program(checks));
    assertEquals(List.of(), diagnostics.errors());
    assertFalse(diagnostics.failed(), diagnostics.output());
  }

  /** What the compiler does not know of the names that it may not know. */
  private static Set<String> absent(CCompiler compiler) throws Exception {
    Map<String, String> probes = new TreeMap<>();
    NEWER_THAN_SOME_SYSTEMS.keySet().forEach(name -> probes.put(name, mention(name)));
    Set<String> absent = refused(compiler, probes);
    if (CCompiler.KERNEL_HEADERS != null) {
      assertEquals(Set.of(), absent, "lacking in " + CCompiler.KERNEL_HEADERS);
    }
    MOVED_BY_NEW_FIELDS.forEach(
        (room, newest) -> {
          if (absent.contains(newest)) {
            absent.add(room);
          }
        });
    return absent;
  }

  private static String mention(String name) {
    int dot = name.indexOf('.');
    return dot < 0
        ? "_Static_assert((" + name + ") || 1, \"\");"
        : "_Static_assert(sizeof(((struct %s *)0)->%s), \"\");"
            .formatted(name.substring(0, dot), name.substring(dot + 1));
  }

  private static List<String> program(List<String> checks) {
    List<String> lines = new ArrayList<>(checks.size() + 1);
    lines.add("#include \"headers.h\"");
    lines.addAll(checks);
    return lines;
  }

  private static String constant(String name, Number value) {
    // An unsigned int of C is an int in Java, by its bits; a larger value must not pass for one.
    String check =
        value instanceof Integer bits
            ? "(unsigned)(%1$s) == 0x%2$xu && (%1$s) + 0LL >= -0x80000000LL && (%1$s) + 0LL <= 0xffffffffLL"
                .formatted(name, bits)
            : "(unsigned long long)(%s) == 0x%xULL".formatted(name, value.longValue());
    return "_Static_assert(%s, \"in Java %s is %s\");".formatted(check, name, value);
  }

  private static List<String> structure(Structure structure, Set<String> absent) {
    List<String> checks = new ArrayList<>();
    String type = structure.typeName();
    checks.add(equal("sizeof(" + type + ")", structure.layout().byteSize()));
    checks.add(equal("_Alignof(" + type + ")", structure.layout().byteAlignment()));
    for (Field field : structure.fields()) {
      if (!absent.contains(structure.name() + "." + field.name())) {
        checks.add(equal("__builtin_offsetof(" + type + ", " + field.name() + ")", field.offset()));
        checks.add(size("((" + type + " *)0)->" + field.name(), field.layout()));
      }
    }
    return checks;
  }

  private static String size(String expression, MemoryLayout layout) {
    // An array at the end has a size in C only if it is written [0], but its elements always have.
    return layout instanceof SequenceLayout array && array.byteSize() == 0
        ? equal("sizeof((" + expression + ")[0])", array.elementLayout().byteSize())
        : equal("sizeof(" + expression + ")", layout.byteSize());
  }

  /** The one structure whose layout depends on the architecture; its fields do not. */
  private static List<String> epollEvent(Structure structure, Architecture architecture) {
    assertEquals(2, structure.fields().size(), "events and data");
    boolean packed = architecture == Architecture.X86_64;
    List<String> checks = new ArrayList<>();
    checks.add(equal("sizeof(struct epoll_event)", architecture.epollEventBytes));
    checks.add(equal("_Alignof(struct epoll_event)", packed ? 1 : Long.BYTES));
    for (Field field : structure.fields()) {
      long offset = field.name().equals("data") ? architecture.epollDataOffset : field.offset();
      checks.add(equal("__builtin_offsetof(struct epoll_event, " + field.name() + ")", offset));
      checks.add(size("((struct epoll_event *)0)->" + field.name(), field.layout()));
    }
    return checks;
  }

  private static String equal(String expression, long value) {
    return "_Static_assert(%s == %d, \"in Java %s is %d\");"
        .formatted(expression, value, expression, value);
  }

  private static Map<String, Set<String>> generatedFields() throws Exception {
    Map<String, Set<String>> fields = new TreeMap<>();
    for (Structure structure : GeneratedAbi.structures()) {
      String outermost = structure.name().replaceFirst("\\..*", "");
      fields
          .computeIfAbsent(outermost, key -> new TreeSet<>())
          .addAll(structure.fields().stream().map(Field::name).toList());
    }
    return fields;
  }
}
