package millrace.examples.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import millrace.proactor.BackendChoice;
import millrace.proactor.BackendSelection;
import millrace.uring.Errno;
import millrace.uring.Feature;
import millrace.uring.KernelSupport;
import millrace.uring.Libc;
import millrace.uring.Opcode;
import millrace.uring.Ring;
import millrace.uring.RingOptions;
import millrace.uring.SetupFlag;
import millrace.uring.UringException;
import millrace.uring.UringUnavailableException;

/** Collects the {@link Findings}: asks the kernel, the limits and the JVM. */
final class Examination {
  private static final Path BACKLOG_LIMIT = Path.of("/proc/sys/net/core/somaxconn");

  private Examination() {}

  static Findings run() {
    KernelSupport support = KernelSupport.probe();
    Map<String, String> granted = new LinkedHashMap<>();
    Map<String, String> refused = new LinkedHashMap<>();
    String ringRefusal = openRing(granted, refused);
    BackendSelection byItself = select(BackendChoice.AUTO);
    BackendSelection selected = null;
    String reason;
    try {
      selected = BackendSelection.of(BackendChoice.ofProperty());
      reason = selected.reason();
    } catch (UringUnavailableException | IllegalArgumentException failure) {
      reason = failure.getMessage();
    }
    return new Findings(
        support.kernelRelease(),
        System.getProperty("os.arch"),
        support.unavailableReason(),
        support.ioUringDisabled(),
        byItself.backend() == BackendChoice.IO_URING ? null : byItself.reason(),
        selected == null ? null : selected.backend().label(),
        reason,
        ringRefusal,
        granted,
        refused,
        features(support),
        operations(support),
        support.providedBufferRingsReason(),
        support.incrementalBufferRingsReason(),
        limit(Libc.RLIMIT_NOFILE),
        limit(Libc.RLIMIT_MEMLOCK),
        backlogLimit(),
        System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
        System.getProperty("java.home"),
        System.getProperty("sun.jnu.encoding", "unknown"));
  }

  private static BackendSelection select(BackendChoice choice) {
    try {
      return BackendSelection.of(choice);
    } catch (UringUnavailableException impossible) {
      throw new IllegalStateException("only thrown to those who insist", impossible);
    }
  }

  /** Opens the ring that a proactor would open, and notes its flags. */
  private static String openRing(Map<String, String> granted, Map<String, String> refused) {
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      for (SetupFlag flag : ring.grantedFlags()) {
        granted.put(flag.name(), flag.sinceKernel());
      }
      ring.refusedFlags().forEach((flag, reason) -> refused.put(flag.name(), reason));
      return null;
    } catch (UringException failure) {
      return failure.getMessage();
    }
  }

  private static Map<String, String> features(KernelSupport support) {
    Map<String, String> features = new LinkedHashMap<>();
    for (Feature feature : Feature.values()) {
      features.put(feature.name(), support.reason(feature));
    }
    return features;
  }

  private static Map<String, String> operations(KernelSupport support) {
    Map<String, String> operations = new LinkedHashMap<>();
    for (Opcode opcode : Opcode.values()) {
      operations.put(opcode.name(), support.reason(opcode));
    }
    return operations;
  }

  private static Limit limit(int resource) {
    long[] softAndHard = new long[2];
    int result = Libc.getrlimit(resource, softAndHard);
    if (Errno.isError(result)) {
      throw new IllegalStateException("getrlimit: " + Errno.describe(result));
    }
    return Limit.of(softAndHard);
  }

  private static int backlogLimit() {
    try {
      return Integer.parseInt(Files.readString(BACKLOG_LIMIT).strip());
    } catch (IOException | NumberFormatException hidden) {
      // A container may hide it; nothing depends on it.
      return -1;
    }
  }
}
