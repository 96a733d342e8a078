package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every constant of io_uring's headers, and every flag of other headers that is an argument of
 * operations, is used by the code that offers it: nothing of the kernel's interface is left out
 * unless it is named here, with the reason.
 */
class HeaderConstantsTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "millrace", "uring");
  private static final Pattern USE = Pattern.compile("\\bIoUring\\s*\\.\\s*(\\w+)\\s*\\(");

  private static final List<Path> HEADERS =
      List.of(
          Path.of("linux/io_uring.h"),
          Path.of("linux/io_uring/bpf_filter.h"),
          Path.of("linux/io_uring/query.h"),
          Path.of("linux/io_uring/zcrx.h"));

  /** Flags of operations that other headers define; others of those headers are no arguments. */
  private static final Pattern ARGUMENTS =
      Pattern.compile(
          "(SPLICE_F|RWF|FALLOC_FL|POSIX_FADV|MADV|XATTR|RENAME|RESOLVE|FUTEX2|SHUT)_\\w+");

  private static final String COUNT = "a count that tests compare with the number of constants";
  private static final String SUM = "a sum of other constants, which is what the kernel tests for";
  private static final String BIT = "the number of a bit that has a constant of its own";

  private static final Map<String, String> LEFT_OUT =
      Map.ofEntries(
          Map.entry("IORING_OP_LAST", COUNT),
          Map.entry("IORING_REGISTER_LAST", COUNT),
          Map.entry("IORING_RESTRICTION_LAST", COUNT),
          Map.entry("__IO_URING_QUERY_MAX", COUNT),
          Map.entry("__ZCRX_CTRL_LAST", COUNT),
          Map.entry("__ZCRX_EVENT_TYPE_LAST", COUNT),
          Map.entry("IORING_TIMEOUT_CLOCK_MASK", SUM),
          Map.entry("IORING_TIMEOUT_UPDATE_MASK", SUM),
          Map.entry("IORING_URING_CMD_MASK", SUM),
          Map.entry("FUTEX2_SIZE_MASK", SUM),
          Map.entry("IORING_OFF_MMAP_MASK", "the kernel's, to tell its own offsets apart"),
          Map.entry("IORING_TIMESTAMP_HW_SHIFT", "the place of the bit of IORING_CQE_F_TSTAMP_HW"),
          Map.entry("IOSQE_FIXED_FILE_BIT", BIT),
          Map.entry("IOSQE_IO_DRAIN_BIT", BIT),
          Map.entry("IOSQE_IO_LINK_BIT", BIT),
          Map.entry("IOSQE_IO_HARDLINK_BIT", BIT),
          Map.entry("IOSQE_ASYNC_BIT", BIT),
          Map.entry("IOSQE_BUFFER_SELECT_BIT", BIT),
          Map.entry("IOSQE_CQE_SKIP_SUCCESS_BIT", BIT),
          Map.entry("SPLICE_F_GIFT", "only vmsplice(2) takes it"),
          Map.entry("FALLOC_FL_NO_HIDE_STALE", "reserved: the kernel refuses it everywhere"),
          Map.entry("MADV_HWPOISON", "breaks a page of the machine, to test the kernel"));

  @Test
  void everyConstantOfTheHeadersIsOfferedOrLeftOutForAReason() throws Exception {
    Set<String> constants = new TreeSet<>();
    for (Path header : HEADERS) {
      constants.addAll(
          KernelHeader.read(CCompiler.HEADERS.resolve("include", header.toString())).constants());
    }
    assertTrue(constants.size() > 250, constants.size() + " constants");
    assertOffered(constants);
  }

  @Test
  void everyFlagOfOperationsIsOfferedOrLeftOutForAReason() throws Exception {
    Set<String> flags = new TreeSet<>(GeneratedAbi.constants().keySet());
    flags.removeIf(name -> !ARGUMENTS.matcher(name).matches());
    assertTrue(flags.size() > 60, flags.size() + " flags");
    assertOffered(flags);
  }

  @Test
  void reasonsAreForConstantsThatAreThereAndUsedNowhere() throws Exception {
    Set<String> generated = GeneratedAbi.constants().keySet();
    Map<String, Path> used = used();
    for (String name : LEFT_OUT.keySet()) {
      assertTrue(generated.contains(name), () -> name + " is in no header");
      assertTrue(!used.containsKey(name), () -> name + " is used by " + used.get(name));
    }
  }

  private static void assertOffered(Set<String> constants) throws Exception {
    Set<String> missing = new TreeSet<>(constants);
    missing.retainAll(GeneratedAbi.constants().keySet());
    missing.removeAll(used().keySet());
    missing.removeAll(LEFT_OUT.keySet());
    assertEquals(Set.of(), missing, "no class of millrace.uring offers");
  }

  /** The constants that classes of the package use, each with one of these. */
  private static Map<String, Path> used() throws IOException {
    Map<String, Path> used = new TreeMap<>();
    try (Stream<Path> sources = Files.list(SOURCES)) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        USE.matcher(Files.readString(source))
            .results()
            .map((MatchResult use) -> use.group(1))
            .forEach(name -> used.put(name, source.getFileName()));
      }
    }
    return used;
  }
}
