package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Started in a JVM of its own by {@link KernelSupportRefusalTest}: prints what io_uring can do
 * there, a name and an answer on each line.
 */
final class KernelSupportProgram {
  private static final Downcall CAPGET = Downcall.ofInt("capget", 2);
  private static final Downcall CAPSET = Downcall.ofInt("capset", 2);
  private static final int CAPABILITY_VERSION_3 = 0x2008_0522;
  private static final int CAP_IPC_LOCK = 14;
  private static final int LARGE_PAGES = 256;

  private KernelSupportProgram() {}

  /** Arguments: {@code NUMBER:ERRNO} of a call to be refused, or {@code no-ipc-lock}. */
  public static void main(String[] arguments) {
    for (String argument : arguments) {
      if (argument.equals("no-ipc-lock")) {
        dropIpcLock();
      } else {
        int colon = argument.indexOf(':');
        SeccompFilter.refuse(
            Integer.parseInt(argument.substring(0, colon)),
            Integer.parseInt(argument.substring(colon + 1)));
      }
    }
    KernelSupport support = KernelSupport.probe();
    print("usable", support.usable());
    print("unavailable", support.unavailableReason());
    print("same", support == KernelSupport.probe());
    print("operation", support.reason(Opcode.NOP));
    print("flag", support.reason(SetupFlag.CLAMP));
    print("feature", support.reason(Feature.NODROP));
    print("registration", support.reason(RegisterOpcode.REGISTER_BUFFERS));
    print("rings", support.providedBufferRingsReason());
    print("incremental", support.incrementalBufferRingsReason());
    print("kernel", support.kernelBufferRingsReason());
    print("memlock", support.memlockLimitBytes());
    print("plain", use(RingOptions.builder().build(), 1));
    print("loop", use(RingOptions.proactorDefaults(), 1));
    print("large", use(RingOptions.proactorDefaults(), LARGE_PAGES));
  }

  private static void print(String name, Object answer) {
    System.out.println(name + ": " + answer);
  }

  /** What became of a NOP and of a registered buffer, or who said no. */
  private static String use(RingOptions options, int pages) {
    try (Ring ring = Ring.open(options)) {
      ring.enable();
      ring.submissionQueue().next().nop().userData(1);
      int entered = ring.submitAndWait(1, -1);
      if (entered != 1) {
        return "enter " + Errno.describe(entered);
      }
      long page = Libc.pageSize();
      try (Arena arena = Arena.ofConfined();
          RegisteredBuffers table =
              RegisteredBuffers.register(ring, arena.allocate(pages * page, page))) {
        return "works with " + table.count() + " buffer";
      }
    } catch (UringException e) {
      return e.toString();
    }
  }

  /** Of this thread, and of those that it starts: root's memory would not be counted otherwise. */
  private static void dropIpcLock() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(8, 4);
      MemorySegment data = arena.allocate(24, 4);
      header.set(ValueLayout.JAVA_INT, 0, CAPABILITY_VERSION_3);
      assertEquals(0, CAPGET.call(header.address(), data.address()));
      int effective = data.get(ValueLayout.JAVA_INT, 0);
      data.set(ValueLayout.JAVA_INT, 0, effective & ~(1 << CAP_IPC_LOCK));
      assertEquals(0, CAPSET.call(header.address(), data.address()));
    }
  }
}
