package millrace.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceLimitTest {

  @ParameterizedTest
  @CsvSource({"-n 100, 100", "-l 64, 65536", "-l unlimited, 9223372036854775807"})
  void aLimitIsWhatTheShellHasSet(String option, long expected) throws Exception {
    String[] words = option.split(" ", -1);
    int resource = words[0].equals("-n") ? Libc.RLIMIT_NOFILE : Libc.RLIMIT_MEMLOCK;
    ResourceLimit now = ResourceLimit.of(resource);
    // Of several limits, an unprivileged process may only lower the hard one.
    long wanted = Math.min(expected, now.hard());
    assertEquals(wanted, limitUnder(words[0], wanted, resource).soft());
  }

  /** In a JVM of its own; the JVM raises the soft limit of open files to the hard one itself. */
  private static ResourceLimit limitUnder(String option, long value, int resource)
      throws Exception {
    String unit =
        value == ResourceLimit.UNLIMITED
            ? "unlimited"
            : Long.toString(option.equals("-l") ? value / 1024 : value);
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit " + option + " " + unit + " && exec \"$@\"",
                "sh",
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Printer.class.getName(),
                Integer.toString(resource))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    String[] numbers = output.strip().split(" ", -1);
    assertEquals(0, process.waitFor());
    return new ResourceLimit(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
  }

  /** Prints the limit whose number is its argument. */
  static final class Printer {
    private Printer() {}

    public static void main(String[] arguments) {
      ResourceLimit limit = ResourceLimit.of(Integer.parseInt(arguments[0]));
      System.out.println(limit.soft() + " " + limit.hard());
    }
  }

  @Test
  void anUnknownResourceIsRefused() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> ResourceLimit.of(4711));
    assertTrue(refusal.getMessage().contains("resource 4711: EINVAL"), refusal.getMessage());
  }
}
