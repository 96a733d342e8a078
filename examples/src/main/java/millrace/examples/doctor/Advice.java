package millrace.examples.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What to do about the {@link Findings}: one line for each thing, nothing when all is well. */
final class Advice {
  private static final long GOOD_OPEN_FILES = 16_384;
  private static final int GOOD_BACKLOG = 1024;

  private Advice() {}

  static List<String> of(Findings findings) {
    List<String> lines = new ArrayList<>();
    if (findings.unavailableReason() != null) {
      lines.add("io_uring is not available: " + findings.unavailableReason() + ".");
    } else if (findings.ringRefusal() != null) {
      lines.add("The proactor cannot open its ring: " + findings.ringRefusal() + ".");
    } else if (findings.shortcoming() != null) {
      lines.add("io_uring lacks what loops need: " + findings.shortcoming() + ".");
    } else {
      kernel(findings, lines);
    }
    limits(findings, lines);
    if (!findings.nameEncoding().toUpperCase(Locale.ROOT).equals("UTF-8")) {
      lines.add(
          "File names are encoded as "
              + findings.nameEncoding()
              + ": directory listings cannot show others; set LC_ALL=C.UTF-8.");
    }
    return lines;
  }

  private static void kernel(Findings findings, List<String> lines) {
    findings
        .refusedFlags()
        .forEach(
            (flag, reason) ->
                lines.add("Runs without " + flag + ", which costs speed only: " + reason + "."));
    if (!findings.bufferRings().equals(Findings.SUPPORTED)) {
      lines.add(
          "Provided buffer rings are missing, and connections need them: "
              + findings.bufferRings()
              + ".");
    }
  }

  private static void limits(Findings findings, List<String> lines) {
    Limit files = findings.openFiles();
    if (files.soft() < GOOD_OPEN_FILES) {
      lines.add(
          "Open files are limited to "
              + files.soft()
              + ", which bounds connections: raise RLIMIT_NOFILE (ulimit -n, LimitNOFILE= in"
              + " systemd).");
    }
    int backlog = findings.backlogLimit();
    if (backlog >= 0 && backlog < GOOD_BACKLOG) {
      lines.add(
          "net.core.somaxconn is "
              + backlog
              + ": bursts of connections may be refused; raise it (sysctl -w"
              + " net.core.somaxconn=4096).");
    }
  }
}
