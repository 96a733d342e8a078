package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every flag that io_uring's classes offer is given to the kernel, or looked for, by a test. */
class FlagUseTest {
  private static final List<Class<?>> OFFERING =
      List.of(
          SqeFlags.class,
          CqeFlags.class,
          FileFlags.class,
          MemoryAdvice.class,
          FutexFlags.class,
          SocketCommands.class,
          ChildStatus.class,
          BpfFilter.class,
          ProvidedBufferRing.class,
          MemoryRegion.class,
          RegisteredFiles.class,
          KernelQuery.class,
          Iowq.class,
          Epoll.class);

  /** Those that compare values only. */
  private static final Set<String> COMPARING =
      Set.of("FlagConstantsTest", "FlagUseTest", "HeaderConstantsTest");

  private static final Map<String, String> BY_NOBODY =
      Map.of(
          "CqeFlags.F_SKIP",
          "the queue passes over such completions; WideEntriesTest makes the kernel post them",
          "CqeFlags.F_TSTAMP_HW",
          "only a network card sets it",
          "SocketCommands.GETSOCKNAME",
          "given by cmdGetsockname",
          "ChildStatus.CLD_DUMPED",
          "depends on the limits and handlers of core dumps",
          "ChildStatus.CLD_TRAPPED",
          "told only to a debugger");

  @Test
  void everyFlagIsInATest() throws Exception {
    Set<String> used = used();
    Set<String> unused = new TreeSet<>();
    int flags = 0;
    for (Class<?> type : OFFERING) {
      for (Field field : type.getFields()) {
        // Sizes and limits are no flags.
        if (field.getType() != String.class
            && !field.getName().matches("BYTES|\\w+_BYTES|MAX_\\w+")) {
          flags++;
          String name = type.getSimpleName() + "." + field.getName();
          if (!used.contains(name)) {
            unused.add(name);
          }
        }
      }
    }
    assertTrue(flags > 150, flags + " flags");
    assertEquals(new TreeSet<>(BY_NOBODY.keySet()), unused);
  }

  private static Set<String> used() throws IOException {
    Pattern mention = Pattern.compile("\\b([A-Z]\\w+\\.[A-Z][A-Z0-9_]+)\\b");
    Set<String> used = new TreeSet<>();
    try (Stream<Path> tests = Files.list(Readme.source("FlagUseTest").getParent())) {
      for (Path test : tests.filter(file -> file.toString().endsWith(".java")).toList()) {
        if (!COMPARING.contains(test.getFileName().toString().replace(".java", ""))) {
          mention
              .matcher(Files.readString(test))
              .results()
              .map((MatchResult found) -> found.group(1))
              .forEach(used::add);
        }
      }
    }
    return used;
  }
}
