package millrace.examples.doctor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A resource limit of this process.
 *
 * @param soft what is enforced; {@link #UNLIMITED} without a limit
 * @param hard up to where it may be raised without privileges
 */
record Limit(long soft, long hard) {
  static final long UNLIMITED = Long.MAX_VALUE;

  /** From getrlimit(2), whose RLIM_INFINITY is all ones. */
  static Limit of(long[] softAndHard) {
    return new Limit(number(softAndHard[0]), number(softAndHard[1]));
  }

  private static long number(long raw) {
    return raw < 0 ? UNLIMITED : raw;
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
