package millrace.uring;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What in this process and its kernel decides whether io_uring may be used.
 *
 * @param ioUringDisabled the sysctl kernel.io_uring_disabled, 0 to 2, or {@link #UNKNOWN} before
 *     Linux 6.6, which brought it
 * @param seccompMode 2 when a seccomp filter watches this thread, 1 strict, 0 none, {@link
 *     #UNKNOWN}
 * @param memlockLimitBytes the soft RLIMIT_MEMLOCK; {@link ResourceLimit#UNLIMITED} when there is
 *     none
 * @param kernelRelease such as "6.18.1", for people only
 */
record KernelEnvironment(
    int ioUringDisabled, int seccompMode, long memlockLimitBytes, String kernelRelease) {
  static final int UNKNOWN = -1;
  static final int SECCOMP_FILTER = 2;

  private static final Path DISABLED = Path.of("/proc/sys/kernel/io_uring_disabled");
  private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");

  // A seccomp filter is per thread: /proc/self would tell of the process's first thread.
  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final String SECCOMP_KEY = "Seccomp:";

  static KernelEnvironment read() {
    return new KernelEnvironment(
        number(firstLine(DISABLED)),
        readSeccompMode(),
        ResourceLimit.of(Libc.RLIMIT_MEMLOCK).soft(),
        firstLine(RELEASE));
  }

  private static int readSeccompMode() {
    return text(STATUS)
        .lines()
        .filter(line -> line.startsWith(SECCOMP_KEY))
        .mapToInt(line -> number(line.substring(SECCOMP_KEY.length()).strip()))
        .findFirst()
        .orElse(UNKNOWN);
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return UNKNOWN;
    }
  }

  private static String firstLine(Path file) {
    return text(file).lines().findFirst().orElse("").strip();
  }

  /** The file's text, empty when this kernel or container does not show it. */
  private static String text(Path file) {
    try {
      return ProcFile.read(file);
    } catch (IOException e) {
      return "";
    }
  }
}
