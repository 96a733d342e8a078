package millrace.examples.doctor;

import java.util.Map;

/**
 * What {@code doctor} has found out, as plain data.
 *
 * @param kernelRelease such as "6.18.1"
 * @param architecture as the JVM names it
 * @param unavailableReason why no ring can be opened; null when one can
 * @param ioUringDisabled the sysctl kernel.io_uring_disabled; negative when there is none
 * @param shortcoming why io_uring is not what a loop runs on by itself; null when it is
 * @param backend what a loop started now would run on; null when it would fail
 * @param backendReason why
 * @param ringRefusal why the proactor's own ring cannot be opened; null when it can
 * @param grantedFlags the set-up flags of the proactor's ring, with the kernel that brought each
 * @param refusedFlags those it did without, with the reason
 * @param features what the kernel reports, each "supported" or the reason why not
 * @param operations every operation, each "supported" or the reason why not
 * @param bufferRings "supported" or the reason why not
 * @param incrementalBufferRings "supported" or the reason why not
 * @param openFiles RLIMIT_NOFILE
 * @param lockedBytes RLIMIT_MEMLOCK
 * @param backlogLimit net.core.somaxconn; negative when unknown
 * @param java version and vendor of the JDK
 * @param javaHome where it is
 * @param nameEncoding how this JVM encodes file names outside of the proactor
 */
record Findings(
    String kernelRelease,
    String architecture,
    String unavailableReason,
    int ioUringDisabled,
    String shortcoming,
    String backend,
    String backendReason,
    String ringRefusal,
    Map<String, String> grantedFlags,
    Map<String, String> refusedFlags,
    Map<String, String> features,
    Map<String, String> operations,
    String bufferRings,
    String incrementalBufferRings,
    Limit openFiles,
    Limit lockedBytes,
    int backlogLimit,
    String java,
    String javaHome,
    String nameEncoding) {
  static final String SUPPORTED = "supported";

  /** Why io_uring is not usable; null when it is. */
  String cause() {
    if (unavailableReason != null) {
      return unavailableReason;
    }
    return ringRefusal != null ? ringRefusal : shortcoming;
  }

  /** Whether Millrace runs on io_uring here. */
  boolean usable() {
    return unavailableReason == null && ringRefusal == null && shortcoming == null;
  }
}
