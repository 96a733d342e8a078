package millrace.benchmarks.echo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Waits until nothing else runs, by the kernel's count of idle time in {@code /proc/stat}. */
final class CalmMachine {

  private static final Path STATISTICS = Path.of("/proc/stat");
  private static final int SAMPLE_MILLIS = 1000;
  private static final double CALM_IDLE_PART = 0.95;

  /** Columns of the line "cpu": idle time is the fourth, iowait the fifth, both unused CPU. */
  private static final int IDLE = 4;

  private static final int IOWAIT = 5;
  private static final int STEAL = 8;

  private record Ticks(long idle, long total) {
    static Ticks read() throws IOException {
      try (BufferedReader reader = Files.newBufferedReader(STATISTICS)) {
        String[] columns = reader.readLine().split(" +", -1);
        long total = 0;
        for (int column = 1; column <= STEAL; column++) {
          total += Long.parseLong(columns[column]);
        }
        return new Ticks(Long.parseLong(columns[IDLE]) + Long.parseLong(columns[IOWAIT]), total);
      }
    }
  }

  private CalmMachine() {}

  /** Returns after a second in which the CPUs were idle, or when {@code limitSeconds} are over. */
  static void await(int limitSeconds) throws IOException, InterruptedException {
    Ticks before = Ticks.read();
    for (int second = 0; second < limitSeconds; second++) {
      Thread.sleep(SAMPLE_MILLIS);
      Ticks after = Ticks.read();
      if (after.idle - before.idle >= CALM_IDLE_PART * (after.total - before.total)) {
        return;
      }
      before = after;
    }
  }
}
