package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SequenceLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
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
 * Every constant, size and offset of the generated bindings against the C compiler.
 *
 * <p>The io_uring headers are the committed ones, so nothing of io_uring can be missing. All others
 * are the machine's, which may be older than the bindings: what they lack is checked as soon as
 * they have it, and only what {@link #NEWER_THAN_SOME_SYSTEMS} names may be lacking.
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

  private static final List<Path> IO_URING_HEADERS =
      List.of(
          Path.of("linux/io_uring.h"),
          Path.of("linux/io_uring/bpf_filter.h"),
          Path.of("linux/io_uring/query.h"),
          Path.of("linux/io_uring/zcrx.h"));

  @TempDir private Path directory;

  @Test
  void everyConstantSizeAndOffsetIsWhatTheCompilerOfThisMachineSays() throws Exception {
    assertNoErrors(CCompiler.ofThisMachine(directory), Architecture.current());
  }

  @Test
  void everyConstantSizeAndOffsetIsWhatACrossCompilerForAarch64Says() throws Exception {
    CCompiler compiler = CCompiler.find("aarch64-linux-gnu-gcc", directory);
    if (compiler == null) {
      abort("no aarch64-linux-gnu-gcc on the PATH");
    }
    assertNoErrors(compiler, Architecture.AARCH64);
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

  private static void assertNoErrors(CCompiler compiler, Architecture architecture)
      throws Exception {
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
              ? epollEvent(architecture)
              : structure(structure, absent));
    }
    CCompiler.Diagnostics diagnostics = compiler.check(program(checks));
    assertEquals(List.of(), diagnostics.errors());
    assertFalse(diagnostics.failed(), diagnostics.output());
  }

  /** What the compiler does not know of the names that it may not know. */
  private static Set<String> absent(CCompiler compiler) throws Exception {
    List<String> names = List.copyOf(new TreeSet<>(NEWER_THAN_SOME_SYSTEMS.keySet()));
    List<String> probes = names.stream().map(AbiTest::mention).toList();
    Set<String> absent = new HashSet<>();
    for (int line : compiler.check(program(probes)).errorLines()) {
      absent.add(names.get(line - 2));
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

  private static List<String> epollEvent(Architecture architecture) {
    String offsetOfData = "__builtin_offsetof(struct epoll_event, data)";
    return List.of(
        equal("sizeof(struct epoll_event)", architecture.epollEventBytes),
        equal("__builtin_offsetof(struct epoll_event, events)", 0),
        equal(offsetOfData, architecture.epollDataOffset));
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
