package millrace.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** HotSpot's count of the bytes that a thread has allocated; reading it allocates nothing. */
final class ThreadAllocation {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ThreadAllocation() {}

  static long ofCurrentThread() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
