package millrace.uring;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.UnionLayout;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import millrace.uring.abi.IoUring;

/** The package {@code millrace.uring.abi} by reflection: its constants and its structures. */
final class GeneratedAbi {

  private static final Path SOURCES = Path.of("src/main/java/millrace/uring/abi");
  private static final String OFFSET_SUFFIX = "$offset";
  private static final String LAYOUT_SUFFIX = "$layout";

  private GeneratedAbi() {}

  /** Returns an Integer or Long for each constant. */
  static Map<String, Number> constants() throws ReflectiveOperationException {
    Map<String, Number> constants = new TreeMap<>();
    for (Method method : IoUring.class.getMethods()) {
      boolean declaredHere =
          method.getDeclaringClass().getPackage().equals(IoUring.class.getPackage());
      if (declaredHere && method.getParameterCount() == 0) {
        method.setAccessible(true); // Its class may be one of jextract's package-private ones.
        constants.put(method.getName(), (Number) method.invoke(null));
      }
    }
    return constants;
  }

  /** Returns the structures and unions that have a name, each followed by what is nested in it. */
  static List<Structure> structures() throws IOException, ReflectiveOperationException {
    List<Structure> structures = new ArrayList<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        if (!name.startsWith("IoUring")) {
          Class<?> type = Class.forName("millrace.uring.abi." + name);
          GroupLayout layout = layout(type);
          String keyword = layout instanceof UnionLayout ? "union " : "struct ";
          add(structures, name, keyword + name, type, layout);
        }
      }
    }
    return structures;
  }

  private static void add(
      List<Structure> structures, String name, String typeName, Class<?> type, GroupLayout layout)
      throws ReflectiveOperationException {
    structures.add(new Structure(name, typeName, layout, fields(type)));
    // A structure without a name is nested under the name of the field whose type it is.
    for (Class<?> nested : type.getDeclaredClasses()) {
      String field = nested.getSimpleName();
      String nestedType = "__typeof__(((" + typeName + " *)0)->" + field + ")";
      add(structures, name + "." + field, nestedType, nested, layout(nested));
    }
  }

  private static GroupLayout layout(Class<?> type) throws ReflectiveOperationException {
    GroupLayout layout = (GroupLayout) type.getMethod("layout").invoke(null);
    long size = (long) type.getMethod("sizeof").invoke(null);
    if (size != layout.byteSize()) {
      throw new AssertionError(type + ": sizeof " + size + ", layout " + layout);
    }
    return layout;
  }

  private static List<Field> fields(Class<?> type) throws ReflectiveOperationException {
    List<Field> fields = new ArrayList<>();
    for (Method method : type.getDeclaredMethods()) {
      if (method.getName().endsWith(OFFSET_SUFFIX)) {
        String name = method.getName().replace(OFFSET_SUFFIX, "");
        MemoryLayout layout =
            (MemoryLayout) type.getDeclaredMethod(name + LAYOUT_SUFFIX).invoke(null);
        fields.add(new Field(name, (long) method.invoke(null), layout));
      }
    }
    return fields;
  }

  /** Returns what includes.txt allows of one kind, such as "constant". */
  static List<String> allowed(String kind) throws IOException {
    String option = "--include-" + kind + " ";
    return Files.readAllLines(CCompiler.HEADERS.resolve("includes.txt")).stream()
        .filter(line -> line.startsWith(option))
        .map(line -> line.substring(option.length()))
        .sorted()
        .toList();
  }

  /**
   * A structure or union.
   *
   * @param name the name in Java, the nested one's after a dot
   * @param typeName how C names the type
   */
  record Structure(String name, String typeName, GroupLayout layout, List<Field> fields) {

    boolean nested() {
      return name.contains(".");
    }
  }

  /** A field, of the structure itself or of a member without a name. */
  record Field(String name, long offset, MemoryLayout layout) {}
}
