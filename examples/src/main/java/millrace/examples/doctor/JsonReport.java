package millrace.examples.doctor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Renders the {@link Findings} for programs. Keys are only ever added. */
final class JsonReport {
  private JsonReport() {}

  static String render(Findings findings, List<String> advice) {
    Map<String, Object> limits = new LinkedHashMap<>();
    limits.put("nofile", findings.openFiles().toMap());
    limits.put("memlock", findings.lockedBytes().toMap());
    limits.put("somaxconn", findings.backlogLimit() < 0 ? null : findings.backlogLimit());

    Map<String, Object> report = new LinkedHashMap<>();
    report.put("usable", findings.usable());
    report.put("cause", findings.cause());
    report.put("backend", findings.backend());
    report.put("backend_reason", findings.backendReason());
    report.put("kernel", findings.kernelRelease());
    report.put("architecture", findings.architecture());
    report.put(
        "io_uring_disabled", findings.ioUringDisabled() < 0 ? null : findings.ioUringDisabled());
    report.put("granted_flags", List.copyOf(findings.grantedFlags().keySet()));
    report.put("refused_flags", findings.refusedFlags());
    report.put("buffer_rings", findings.bufferRings());
    report.put("incremental_buffer_rings", findings.incrementalBufferRings());
    report.put("features", findings.features());
    report.put("operations", findings.operations());
    report.put("limits", limits);
    report.put("jdk", findings.java());
    report.put("java_home", findings.javaHome());
    report.put("file_name_encoding", findings.nameEncoding());
    report.put("advice", advice);
    return Json.write(report);
  }
}
