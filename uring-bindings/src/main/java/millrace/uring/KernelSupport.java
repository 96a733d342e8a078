package millrace.uring;

import java.util.EnumMap;
import java.util.Map;

/**
 * What io_uring can do in this process: found out by asking and by trying, never from a version.
 *
 * <p>Operations come from IORING_REGISTER_PROBE, features from a trial ring, set-up flags,
 * registrations and provided buffer rings from a trial each, flags in a combination that is legal.
 * A distribution's kernel may have more than its version says, and a container less.
 *
 * <p>Immutable, any thread.
 */
public final class KernelSupport {
  private static final String SUPPORTED = "supported";

  private final UringUnavailableException unavailable;
  private final KernelEnvironment environment;
  private final Map<Opcode, String> opcodes = new EnumMap<>(Opcode.class);
  private final Map<SetupFlag, String> setupFlags = new EnumMap<>(SetupFlag.class);
  private final Map<Feature, String> features = new EnumMap<>(Feature.class);
  private final Map<RegisterOpcode, String> registerOpcodes = new EnumMap<>(RegisterOpcode.class);
  private final String bufferRings;
  private final String incrementalBufferRings;
  private final String kernelBufferRings;

  KernelSupport(KernelProbe probe, KernelEnvironment environment) {
    this.environment = environment;
    this.unavailable = probe.unavailable();
    for (Opcode opcode : Opcode.values()) {
      opcodes.put(opcode, probe.missing(opcode));
    }
    for (SetupFlag flag : SetupFlag.values()) {
      setupFlags.put(flag, probe.missing(flag));
    }
    for (Feature feature : Feature.values()) {
      features.put(feature, probe.missing(feature));
    }
    for (RegisterOpcode opcode : RegisterOpcode.values()) {
      registerOpcodes.put(opcode, probe.missing(opcode));
    }
    this.kernelBufferRings = probe.missingKernelBufferRings();
    this.bufferRings = probe.missingBufferRings();
    this.incrementalBufferRings = probe.missingIncrementalBufferRings();
  }

  /**
   * Probes the kernel at the first call, which takes a few milliseconds; later calls give the same
   * answer.
   *
   * @return what was found
   */
  public static KernelSupport probe() {
    return Once.FOUND;
  }

  // Loaded, and so probed, at the first use.
  private static final class Once {
    static final KernelSupport FOUND = probeNow();
  }

  static KernelSupport probeNow() {
    return new KernelSupport(KernelProbe.run(), KernelEnvironment.read());
  }

  /**
   * Tells whether a ring can be opened at all.
   *
   * @return true when the trial ring was
   */
  public boolean usable() {
    return unavailable == null;
  }

  /**
   * Why no ring can be opened, with what to do about it.
   *
   * @return the message of the refusal, or null when io_uring is {@link #usable}
   */
  public String unavailableReason() {
    return unavailable == null ? null : unavailable.getMessage();
  }

  /**
   * As {@link #unavailableReason}, to be thrown.
   *
   * @return a new exception, or null when io_uring is {@link #usable}
   */
  public UringUnavailableException unavailable() {
    return unavailable == null
        ? null
        : new UringUnavailableException(
            unavailable.operation(),
            unavailable.errno(),
            unavailable.subject(),
            unavailable.hint());
  }

  /**
   * Tells whether the kernel has an operation.
   *
   * @param opcode the operation
   * @return what IORING_REGISTER_PROBE says
   */
  public boolean supports(Opcode opcode) {
    return opcodes.get(opcode) == null;
  }

  /**
   * Tells whether a set-up flag is taken.
   *
   * @param flag the flag
   * @return whether a trial set-up with it succeeded
   */
  public boolean supports(SetupFlag flag) {
    return setupFlags.get(flag) == null;
  }

  /**
   * Tells whether the kernel reports a feature.
   *
   * @param feature the feature
   * @return whether the trial ring had it
   */
  public boolean supports(Feature feature) {
    return features.get(feature) == null;
  }

  /**
   * Tells whether the kernel has a registration. Whether it will also be granted may depend on its
   * arguments and on privileges.
   *
   * @param opcode the registration
   * @return whether the kernel knows it
   */
  public boolean supports(RegisterOpcode opcode) {
    return registerOpcodes.get(opcode) == null;
  }

  /**
   * Tells whether {@link ProvidedBufferRing} works.
   *
   * @return whether a trial registration succeeded
   */
  public boolean supportsProvidedBufferRings() {
    return bufferRings == null;
  }

  /**
   * Tells whether provided buffers can be consumed bit by bit (IOU_PBUF_RING_INC, 6.12).
   *
   * @return whether a trial registration succeeded
   */
  public boolean supportsIncrementalBufferRings() {
    return incrementalBufferRings == null;
  }

  /**
   * Tells whether the kernel allocates the memory of provided buffer rings (IOU_PBUF_RING_MMAP,
   * 6.4).
   *
   * @return whether a trial registration succeeded
   */
  public boolean supportsKernelBufferRings() {
    return kernelBufferRings == null;
  }

  /**
   * Why a registration is there or not.
   *
   * @param opcode the registration
   * @return "supported", or the reason in words
   */
  public String reason(RegisterOpcode opcode) {
    return orSupported(registerOpcodes.get(opcode));
  }

  /**
   * Why the kernel allocates the memory of provided buffer rings or not.
   *
   * @return "supported", or the reason in words
   */
  public String kernelBufferRingsReason() {
    return orSupported(kernelBufferRings);
  }

  /**
   * Why an operation is there or not.
   *
   * @param opcode the operation
   * @return "supported", or the reason in words
   */
  public String reason(Opcode opcode) {
    return orSupported(opcodes.get(opcode));
  }

  /**
   * Why a set-up flag is taken or not.
   *
   * @param flag the flag
   * @return "supported", or the reason in words
   */
  public String reason(SetupFlag flag) {
    return orSupported(setupFlags.get(flag));
  }

  /**
   * Why a feature is there or not.
   *
   * @param feature the feature
   * @return "supported", or the reason in words
   */
  public String reason(Feature feature) {
    return orSupported(features.get(feature));
  }

  /**
   * Why provided buffer rings work or not.
   *
   * @return "supported", or the reason in words
   */
  public String providedBufferRingsReason() {
    return orSupported(bufferRings);
  }

  /**
   * Why provided buffers can be consumed bit by bit or not.
   *
   * @return "supported", or the reason in words
   */
  public String incrementalBufferRingsReason() {
    return orSupported(incrementalBufferRings);
  }

  /**
   * The running kernel's release, for people: nothing here is derived from it.
   *
   * @return such as "6.18.1", empty when not shown to this process
   */
  public String kernelRelease() {
    return environment.kernelRelease();
  }

  /**
   * The soft limit of locked memory, against which registered buffers count, and rings before Linux
   * 5.12 and in newer kernels (6.18).
   *
   * @return bytes, {@link Long#MAX_VALUE} for no limit
   */
  public long memlockLimitBytes() {
    return environment.memlockLimitBytes();
  }

  /**
   * The sysctl kernel.io_uring_disabled (6.6).
   *
   * @return 0 for all may use io_uring, 1 for the privileged and kernel.io_uring_group, 2 for
   *     nobody, -1 when the kernel does not have it
   */
  public int ioUringDisabled() {
    return environment.ioUringDisabled();
  }

  private static String orSupported(String missing) {
    return missing == null ? SUPPORTED : missing;
  }
}
