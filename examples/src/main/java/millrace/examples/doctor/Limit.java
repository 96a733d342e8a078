package millrace.examples.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import millrace.uring.ResourceLimit;

/**
 * A resource limit of this process.
 *
 * @param soft what is enforced; {@link #UNLIMITED} without a limit
 * @param hard up to where it may be raised without privileges
 */
record Limit(long soft, long hard) {
  static final long UNLIMITED = ResourceLimit.UNLIMITED;

  /** What getrlimit(2) tells of RLIMIT_*. */
  static Limit of(int resource) {
    ResourceLimit limit = ResourceLimit.of(resource);
    return new Limit(limit.soft(), limit.hard());
  }

  static String text(long value) {
    return value == UNLIMITED ? "unlimited" : Long.toString(value);
  }

  /** For JSON, where null stands for no limit. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("soft", soft == UNLIMITED ? null : soft);
    map.put("hard", hard == UNLIMITED ? null : hard);
    return map;
  }
}
