package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.open_how;

/** Writes a {@code struct open_how} (openat2(2), since Linux 5.6). */
public final class OpenHow {

  /** Size of the struct in bytes. */
  public static final int BYTES = Math.toIntExact(open_how.sizeof());

  private OpenHow() {}

  /**
   * Writes the struct.
   *
   * @param memory at least {@link #BYTES} bytes, aligned to 8
   * @param flags O_*
   * @param mode permissions of a new file; must be 0 without O_CREAT or O_TMPFILE (EINVAL)
   * @param resolve RESOLVE_*
   */
  public static void set(MemorySegment memory, long flags, long mode, long resolve) {
    memory.set(ValueLayout.JAVA_LONG, open_how.flags$offset(), flags);
    memory.set(ValueLayout.JAVA_LONG, open_how.mode$offset(), mode);
    memory.set(ValueLayout.JAVA_LONG, open_how.resolve$offset(), resolve);
  }
}
