package millrace.examples.doctor;

import java.util.List;
import java.util.Map;

/** Renders the {@link Findings} for people. */
final class TextReport {
  private static final int COLUMNS = 4;
  private static final int COLUMN_WIDTH = 20;

  private final StringBuilder text = new StringBuilder();

  private TextReport() {}

  static String render(Findings findings, List<String> advice) {
    TextReport report = new TextReport();
    report.system(findings);
    if (findings.usable()) {
      report.ring(findings);
      report.table("Features", findings.features());
      report.table("Operations", findings.operations());
      report.text.append(System.lineSeparator());
    }
    report.limits(findings);
    report.advice(advice);
    return report.text.toString();
  }

  private void line(String label, String value) {
    text.append("%-16s %s%n".formatted(label, value));
  }

  private void system(Findings findings) {
    line("kernel", findings.kernelRelease() + " " + findings.architecture());
    line("jdk", findings.java() + ", " + findings.javaHome());
    line("io_uring", availability(findings));
    line("backend", backend(findings));
    if (findings.ioUringDisabled() >= 0) {
      line("sysctl", "kernel.io_uring_disabled=" + findings.ioUringDisabled());
    }
  }

  private static String availability(Findings findings) {
    if (findings.usable()) {
      return "available";
    }
    return "NOT available: " + findings.cause();
  }

  private static String backend(Findings findings) {
    String name = findings.backend() == null ? "none, a start fails" : findings.backend();
    return name + ": " + findings.backendReason();
  }

  private void ring(Findings findings) {
    line("granted flags", names(findings.grantedFlags()));
    line("refused flags", names(findings.refusedFlags()));
    line("buffer rings", findings.bufferRings());
    line("  incremental", findings.incrementalBufferRings());
  }

  private static String names(Map<String, String> map) {
    return map.isEmpty() ? "none" : String.join(" ", map.keySet());
  }

  /** What is there, in columns; then what is missing, with the reason. */
  private void table(String title, Map<String, String> entries) {
    List<String> present =
        entries.entrySet().stream()
            .filter(entry -> entry.getValue().equals(Findings.SUPPORTED))
            .map(Map.Entry::getKey)
            .toList();
    text.append("%n%s: %d of %d supported%n".formatted(title, present.size(), entries.size()));
    for (int i = 0; i < present.size(); i++) {
      boolean last = i % COLUMNS == COLUMNS - 1 || i == present.size() - 1;
      text.append(i % COLUMNS == 0 ? "  " : "");
      text.append(last ? present.get(i) + System.lineSeparator() : padded(present.get(i)));
    }
    entries.forEach(
        (name, reason) -> {
          if (!reason.equals(Findings.SUPPORTED)) {
            text.append("  %s missing: %s%n".formatted(padded(name), reason));
          }
        });
  }

  private static String padded(String name) {
    return name + " ".repeat(Math.max(1, COLUMN_WIDTH - name.length()));
  }

  private void limits(Findings findings) {
    limit("open files", findings.openFiles());
    limit("locked bytes", findings.lockedBytes());
    int backlog = findings.backlogLimit();
    line("somaxconn", backlog < 0 ? "unknown" : Integer.toString(backlog));
  }

  private void limit(String label, Limit limit) {
    line(label, Limit.text(limit.soft()) + " (hard limit " + Limit.text(limit.hard()) + ")");
  }

  private void advice(List<String> advice) {
    text.append(System.lineSeparator());
    if (advice.isEmpty()) {
      line("advice", "nothing to do");
    }
    for (String line : advice) {
      line("advice", line);
    }
  }
}
