package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_cqring_offsets;
import millrace.uring.abi.io_sqring_offsets;
import millrace.uring.abi.io_uring_buf_reg;
import millrace.uring.abi.io_uring_params;
import millrace.uring.abi.io_uring_probe;
import millrace.uring.abi.io_uring_probe_op;

/** The questions that {@link KernelSupport} asks the kernel, each of a ring that lives for it. */
final class KernelProbe {
  // Two at least: SQE_MIXED and CQE_MIXED are refused where a wide entry has no place.
  static final int ENTRIES = 2;
  static final int COMPLETION_ENTRIES = 4;
  private static final int MAX_OPCODES = 256;
  private static final int GROUP = 0;
  private static final int MASK_LONGS = 64;

  private final Arena arena;
  private final MemorySegment parameters;
  private final Set<Opcode> opcodes = EnumSet.noneOf(Opcode.class);
  private Set<RegisterOpcode> registerOpcodes = EnumSet.noneOf(RegisterOpcode.class);
  private final Map<SetupFlag, Integer> refusedFlags = new EnumMap<>(SetupFlag.class);
  private Set<Feature> features = EnumSet.noneOf(Feature.class);
  private UringUnavailableException unavailable;
  private String registerRefusal;
  private String probeFailure;
  private boolean lackedResources;
  private int bufferRing;
  private int incrementalBufferRing;
  private int kernelBufferRing;

  private KernelProbe(Arena arena) {
    this.arena = arena;
    this.parameters = arena.allocate(io_uring_params.layout());
  }

  /**
   * Asks all questions, in a thread of its own: a registered ring belongs to the kernel's task, and
   * the caller may be virtual and change its carrier between two calls.
   */
  static KernelProbe run() {
    try (Arena arena = Arena.ofShared()) {
      KernelProbe probe = new KernelProbe(arena);
      Thread thread = new Thread(probe::ask, "millrace-kernel-probe");
      thread.setDaemon(true);
      Throwable[] failure = new Throwable[1];
      thread.setUncaughtExceptionHandler((ignored, thrown) -> failure[0] = thrown);
      thread.start();
      joinUninterruptibly(thread);
      if (failure[0] != null) {
        throw new IllegalStateException("kernel probe failed", failure[0]);
      }
      return probe;
    }
  }

  /** Null when a ring can be opened. */
  UringUnavailableException unavailable() {
    return unavailable;
  }

  /** Null when there is nothing missing, here and below. */
  String missing(Opcode opcode) {
    if (opcodes.contains(opcode)) {
      return null;
    }
    return probeFailure != null
        ? probeFailure
        : "the kernel's probe does not list it (since Linux " + opcode.sinceKernel() + ")";
  }

  String missing(Feature feature) {
    if (features.contains(feature)) {
      return null;
    }
    return unavailable != null
        ? unavailable.getMessage()
        : "the kernel does not report it (since Linux " + feature.sinceKernel() + ")";
  }

  String missing(SetupFlag flag) {
    if (unavailable != null) {
      return unavailable.getMessage();
    }
    Integer errno = refusedFlags.get(flag);
    return errno == null
        ? null
        : "a trial set-up was refused with "
            + Errno.describe(errno)
            + " (since Linux "
            + flag.sinceKernel()
            + ")";
  }

  String missing(RegisterOpcode opcode) {
    if (registerOpcodes.contains(opcode)) {
      return null;
    }
    if (unavailable == null && registerRefusal != null) {
      return registerRefusal;
    }
    return unavailable != null
        ? unavailable.getMessage()
        : "the kernel does not know it (since Linux " + opcode.sinceKernel() + ")";
  }

  String missingBufferRings() {
    return missingRegistration(bufferRing, "5.19");
  }

  String missingIncrementalBufferRings() {
    return missingRegistration(incrementalBufferRing, "6.12");
  }

  String missingKernelBufferRings() {
    return missingRegistration(kernelBufferRing, "6.4");
  }

  private String missingRegistration(int result, String sinceKernel) {
    if (unavailable != null) {
      return unavailable.getMessage();
    }
    if (registerRefusal != null) {
      return registerRefusal;
    }
    return result >= 0
        ? null
        : "a trial registration was refused with "
            + Errno.describe(result)
            + " (since Linux "
            + sinceKernel
            + ")";
  }

  /** Whether an answer was for want of descriptors or memory, and may be another one later. */
  boolean lackedResources() {
    return lackedResources;
  }

  private void ask() {
    int fd = setUp(EnumSet.noneOf(SetupFlag.class), -1);
    if (fd < 0) {
      RingOptions plain = RingOptions.builder().submissionEntries(ENTRIES).build();
      refused(SetupFailure.of(-fd, plain, plain.required(), KernelEnvironment.read()));
      return;
    }
    try {
      int entered = Libc.ioUringEnter(fd, 0, 0, 0, 0, 0);
      if (RegisterProbe.isRefused(entered)) {
        refused(SetupFailure.ofCall("io_uring_enter", -entered, KernelEnvironment.read()));
        return;
      }
      features = Feature.of(io_uring_params.features(parameters));
      askOpcodes(fd);
      bufferRing = tryBufferRing(fd, 0);
      incrementalBufferRing = tryBufferRing(fd, IoUring.IOU_PBUF_RING_INC());
      kernelBufferRing = tryBufferRing(fd, IoUring.IOU_PBUF_RING_MMAP());
      askRegisterOpcodes(fd);
      for (SetupFlag flag : SetupFlag.values()) {
        tryFlag(flag, fd);
      }
    } finally {
      Libc.close(fd);
    }
  }

  private void refused(UringUnavailableException refusal) {
    unavailable = refusal;
    probeFailure = refusal.getMessage();
  }

  private void askOpcodes(int fd) {
    long bytes = io_uring_probe.sizeof() + MAX_OPCODES * io_uring_probe_op.sizeof();
    MemorySegment probe = arena.allocate(bytes, Long.BYTES);
    int result =
        Libc.ioUringRegister(fd, IoUring.IORING_REGISTER_PROBE(), probe.address(), MAX_OPCODES);
    if (RegisterProbe.isRefused(result)) {
      UringUnavailableException refusal =
          SetupFailure.ofCall("io_uring_register", -result, KernelEnvironment.read());
      registerRefusal = refusal.getMessage();
      probeFailure = registerRefusal;
      return;
    } else if (result < 0) {
      probeFailure =
          "the kernel does not tell its operations (IORING_REGISTER_PROBE, since Linux 5.6): "
              + Errno.describe(result);
      return;
    }
    int listed = Byte.toUnsignedInt(io_uring_probe.ops_len(probe));
    for (Opcode opcode : Opcode.values()) {
      if (opcode.code() < listed) {
        MemorySegment answer =
            probe.asSlice(
                io_uring_probe.sizeof() + opcode.code() * io_uring_probe_op.sizeof(),
                io_uring_probe_op.sizeof());
        if ((io_uring_probe_op.flags(answer) & IoUring.IO_URING_OP_SUPPORTED()) != 0) {
          opcodes.add(opcode);
        }
      }
    }
  }

  private void askRegisterOpcodes(int fd) {
    int full =
        setUp(EnumSet.of(SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN, SetupFlag.CQE32), fd);
    registerOpcodes = RegisterProbe.ask(fd, full < 0 ? fd : full);
    if (full >= 0) {
      Libc.close(full);
    }
  }

  private int tryBufferRing(int fd, int flags) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment memory = SharedMapping.anonymous(1, scratch);
      MemorySegment argument = scratch.allocate(io_uring_buf_reg.layout());
      boolean ofKernel = (flags & IoUring.IOU_PBUF_RING_MMAP()) != 0;
      io_uring_buf_reg.ring_addr(argument, ofKernel ? 0 : memory.address());
      io_uring_buf_reg.ring_entries(argument, 1);
      io_uring_buf_reg.bgid(argument, (short) GROUP);
      io_uring_buf_reg.flags(argument, (short) flags);
      int result =
          Libc.ioUringRegister(fd, IoUring.IORING_REGISTER_PBUF_RING(), argument.address(), 1);
      if (result < 0) {
        noteLack(result);
        return result;
      }
      argument.fill((byte) 0);
      io_uring_buf_reg.bgid(argument, (short) GROUP);
      return Libc.ioUringRegister(fd, IoUring.IORING_UNREGISTER_PBUF_RING(), argument.address(), 1);
    } catch (UringException e) {
      noteLack(-e.errno());
      return -e.errno();
    }
  }

  private void tryFlag(SetupFlag flag, int existingRing) {
    EnumSet<SetupFlag> flags = SetupRule.withNeeds(flag);
    int result = setUp(flags, existingRing);
    if (result < 0) {
      refusedFlags.put(flag, result);
    } else {
      RingDescriptor.release(result, flags.contains(SetupFlag.REGISTERED_FD_ONLY));
    }
  }

  private int setUp(Set<SetupFlag> flags, int existingRing) {
    parameters.fill((byte) 0);
    io_uring_params.flags(parameters, SetupFlag.bits(flags));
    io_uring_params.cq_entries(parameters, COMPLETION_ENTRIES);
    io_uring_params.sq_thread_cpu(parameters, firstAllowedCpu());
    io_uring_params.wq_fd(parameters, Math.max(existingRing, 0));
    try (Arena scratch = Arena.ofConfined()) {
      if (flags.contains(SetupFlag.NO_MMAP)) {
        long rings = SharedMapping.anonymous(1, scratch).address();
        long entries = SharedMapping.anonymous(1, scratch).address();
        io_cqring_offsets.user_addr(io_uring_params.cq_off(parameters), rings);
        io_sqring_offsets.user_addr(io_uring_params.sq_off(parameters), entries);
      }
      int result = Libc.ioUringSetup(ENTRIES, parameters);
      noteLack(result);
      return result;
    } catch (UringException e) {
      noteLack(-e.errno());
      return -e.errno();
    }
  }

  private void noteLack(int result) {
    lackedResources |=
        result == -Errno.EMFILE
            || result == -Errno.ENFILE
            || result == -Errno.ENOMEM
            || result == -Errno.EAGAIN;
  }

  // SQ_AFF is refused for a CPU outside the process's cpuset, and 0 may be outside.
  private static int firstAllowedCpu() {
    long[] mask = new long[MASK_LONGS];
    int result = Libc.schedGetAffinity(mask);
    BitSet cpus = BitSet.valueOf(mask);
    return result < 0 || cpus.isEmpty() ? 0 : cpus.nextSetBit(0);
  }

  private static void joinUninterruptibly(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
