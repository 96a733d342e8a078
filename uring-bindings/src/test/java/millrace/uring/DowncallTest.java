package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class DowncallTest {

  private static final int CALLS = 20_000;
  // CallState tells why; the module's build gives it to the tests.
  private static final String INLINE_CHECK_NATIVE =
      "-XX:CompileCommand=inline,jdk.internal.foreign.abi.SharedUtils::checkNative";

  private static final int MAXIMUM_ROUNDS = 200;

  @Test
  void aFunctionThatTheLibcDoesNotHaveIsNotImplemented() {
    for (int arguments = 0; arguments <= 2; arguments++) {
      Downcall missing = Downcall.ofInt("millrace_has_no_such_function", arguments);
      long result =
          switch (arguments) {
            case 0 -> missing.call();
            case 1 -> missing.call(1);
            default -> missing.call(1, 2);
          };
      assertFailed(Errno.ENOSYS, result);
    }
  }

  @Test
  void theUpperHalfOfAnIntResultDoesNotCount() {
    Downcall abs = Downcall.ofInt("abs", 1);
    assertEquals(5, abs.call(-5));
    assertEquals(5, abs.call(0xffff_ffff_0000_0005L));
  }

  @Test
  void aWordKeepsItsUpperHalf() {
    Downcall labs = Downcall.ofWord("labs", 1);
    assertEquals(1L << 40, labs.call(-(1L << 40)));
  }

  @Test
  void platformThreadsSeeOnlyTheirOwnErrors() throws Exception {
    assertOwnErrors(Thread.ofPlatform().factory());
  }

  @Test
  void virtualThreadsSeeOnlyTheirOwnErrors() throws Exception {
    assertOwnErrors(Thread.ofVirtual().factory());
  }

  @Test
  void callsOfTheHotPathsDoNotAllocateOnceTheyAreCompiled() {
    assumeTrue(
        ManagementFactory.getRuntimeMXBean().getInputArguments().contains(INLINE_CHECK_NATIVE),
        "C2 decides by chance without " + INLINE_CHECK_NATIVE);
    assertAllocatesNothing("io_uring_enter", () -> Libc.ioUringEnter(-1, 0, 0, 0, 0, 0));
    assertAllocatesNothing("io_uring_register", () -> Libc.ioUringRegister(-1, 0, 0, 0));
    assertAllocatesNothing("read", () -> Libc.read(-1, 0, 0));
    assertAllocatesNothing("recv", () -> Libc.recv(-1, 0, 0, 0));
    assertAllocatesNothing("eventfdSignal", () -> Libc.eventfdSignal(-1));
    assertAllocatesNothing("setsockopt", () -> Libc.setsockopt(-1, 0, 0, 0));
    assertAllocatesNothing("getsockopt", () -> Libc.getsockopt(-1, 0, 0));
    assertAllocatesNothing("epoll_ctl", () -> Epoll.control(-1, 0, 0, 0, 0));
    assertAllocatesNothing("epoll_wait", () -> Epoll.await(-1, 0, 0, 0));
    assertAllocatesNothing("epoll_pwait2", () -> Epoll.awaitNanos(-1, 0, 0, 1));
  }

  // The JIT decides when; a call that really allocates never has a round without.
  private static void assertAllocatesNothing(String name, Runnable call) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < MAXIMUM_ROUNDS && allocated >= CALLS; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int index = 0; index < CALLS; index++) {
        call.run();
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    // Less than a byte per call: the smallest object has 16.
    assertTrue(allocated < CALLS, name + ": " + allocated + " bytes in " + CALLS + " calls");
  }

  @SuppressWarnings("ThreadPriorityCheck") // Nothing relies on it: it only makes changes likelier.
  private static void assertOwnErrors(ThreadFactory factory) throws Exception {
    int threads = 8;
    CyclicBarrier start = new CyclicBarrier(threads);
    try (ExecutorService executor = Executors.newThreadPerTaskExecutor(factory)) {
      List<Future<?>> results = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        boolean even = thread % 2 == 0;
        results.add(
            executor.submit(
                () -> {
                  start.await();
                  for (int call = 0; call < CALLS; call++) {
                    if (even) {
                      assertFailed(Errno.EBADF, Libc.close(-1));
                    } else {
                      assertFailed(Errno.EINVAL, Libc.mmapAnonymous(0));
                    }
                    if (call % 1000 == 0) {
                      Thread.yield(); // A virtual thread may go on with another carrier.
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
  }
}
