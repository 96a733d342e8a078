package millrace.proactor.backend.uring;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import millrace.uring.Errno;
import millrace.uring.Feature;
import millrace.uring.KernelSupport;
import millrace.uring.Opcode;
import millrace.uring.Ring;
import millrace.uring.UringException;
import millrace.uring.UringUnavailableException;

/** What {@link UringBackend} cannot do without, and whether this kernel has it. */
public final class UringRequirements {

  /**
   * Names of operations, separated by commas, that are taken for missing: so that a kernel that has
   * all shows what happens on one that has not.
   */
  public static final String MASK_PROPERTY = "millrace.uring.mask";

  private static final Set<Opcode> OPCODES =
      EnumSet.of(
          Opcode.NOP,
          Opcode.READ,
          Opcode.WRITE,
          Opcode.RECV,
          Opcode.SEND,
          Opcode.SENDMSG,
          Opcode.RECVMSG,
          Opcode.ACCEPT,
          Opcode.CONNECT,
          Opcode.OPENAT,
          Opcode.OPENAT2,
          Opcode.STATX,
          Opcode.UNLINKAT,
          Opcode.FSYNC,
          Opcode.POLL_ADD,
          Opcode.CLOSE,
          Opcode.ASYNC_CANCEL,
          Opcode.TIMEOUT,
          Opcode.LINK_TIMEOUT,
          // Not used, but it came with Linux 6.0, as multishot receives did, of which no probe
          // tells.
          Opcode.SEND_ZC);

  private static final Set<Feature> FEATURES =
      EnumSet.of(
          Feature.NODROP, Feature.RW_CUR_POS, Feature.FAST_POLL, Feature.EXT_ARG, Feature.CQE_SKIP);

  private UringRequirements() {}

  /**
   * Asks the kernel; any thread.
   *
   * @throws UringUnavailableException when something is missing; says what
   */
  public static void check() throws UringUnavailableException {
    check(KernelSupport.probe(), mask());
    UringTrial.check();
  }

  /**
   * Whether the ring of a loop fits into what this process may lock; any thread.
   *
   * @param submissionEntries size of the submission queue
   * @param operations most operations in flight
   * @throws UringUnavailableException ENOMEM; says how much it may
   */
  public static void checkSize(int submissionEntries, int operations)
      throws UringUnavailableException {
    try {
      Ring.open(UringBackend.options(submissionEntries, operations)).close();
    } catch (UringUnavailableException e) {
      throw e;
    } catch (UringException e) {
      throw new UringUnavailableException(e.operation(), e.errno(), e.subject(), e.hint());
    }
  }

  private static Set<Opcode> mask() {
    Set<Opcode> masked = EnumSet.noneOf(Opcode.class);
    List<String> names = List.of(System.getProperty(MASK_PROPERTY, "").split(","));
    for (String name : names) {
      if (!name.isBlank()) {
        masked.add(
            Arrays.stream(Opcode.values())
                .filter(opcode -> opcode.name().equals(name.strip()))
                .findFirst()
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            MASK_PROPERTY + ": " + name + ", must be names of operations")));
      }
    }
    return masked;
  }

  private static void check(KernelSupport kernel, Set<Opcode> masked)
      throws UringUnavailableException {
    if (!kernel.usable()) {
      throw kernel.unavailable();
    }
    for (Opcode opcode : OPCODES) {
      if (!kernel.supports(opcode)) {
        throw missing("operation " + opcode, kernel.reason(opcode));
      }
      if (masked.contains(opcode)) {
        throw missing("operation " + opcode, "masked by -D" + MASK_PROPERTY);
      }
    }
    for (Feature feature : FEATURES) {
      if (!kernel.supports(feature)) {
        throw missing("feature " + feature, kernel.reason(feature));
      }
    }
    if (!kernel.supportsProvidedBufferRings()) {
      throw missing("provided buffer rings", kernel.providedBufferRingsReason());
    }
  }

  private static UringUnavailableException missing(String what, String why) {
    return new UringUnavailableException("io_uring", Errno.EOPNOTSUPP, what, why);
  }
}
