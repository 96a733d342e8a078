package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is said when the kernel gives no ring. */
class SetupFailureTest {
  private static final RingOptions OPTIONS = RingOptions.builder().submissionEntries(64).build();

  @Test
  void seccompThatForbidsIsNamed() throws Exception {
    UringUnavailableException thrown = openRefusedWith(Errno.EPERM);
    assertEquals(Errno.EPERM, thrown.errno());
    assertEquals("io_uring_setup", thrown.operation());
    assertTrue(thrown.hint().startsWith("a seccomp filter forbids it"), thrown.hint());
    assertTrue(thrown.getMessage().startsWith("io_uring_setup: EPERM (1): "), thrown.getMessage());
  }

  @Test
  void seccompThatHidesTheCallIsNamed() throws Exception {
    UringUnavailableException thrown = openRefusedWith(Errno.ENOSYS);
    assertEquals(Errno.ENOSYS, thrown.errno());
    assertTrue(thrown.hint().contains("Linux 5.1"), thrown.hint());
    assertTrue(thrown.hint().contains("seccomp filter hides it"), thrown.hint());
  }

  @Test
  void memoryLimitIsTold() throws Exception {
    UringUnavailableException thrown = openRefusedWith(Errno.ENOMEM);
    assertTrue(thrown.hint().contains("RLIMIT_MEMLOCK"), thrown.hint());
    assertTrue(thrown.hint().contains("256 entries"), thrown.hint());
  }

  private static UringUnavailableException openRefusedWith(int errno) throws Exception {
    return SeccompThread.callWithRefusedSetup(
        errno,
        () ->
            assertThrows(
                UringUnavailableException.class, () -> Ring.open(RingOptions.proactorDefaults())));
  }

  @Test
  void requiredFlagsThatTheKernelRefusesAreListed() {
    String hint =
        SetupFailure.hint(Errno.EINVAL, OPTIONS, Set.of(SetupFlag.SQ_REWIND), environment(0, 0));
    assertTrue(hint.contains("[SQ_REWIND]"), hint);
    assertTrue(hint.contains("64 submission"), hint);
  }

  @Test
  void sysctlThatForbidsIsNamedBeforeSeccomp() {
    assertEquals(
        "kernel.io_uring_disabled=2; set it to 0",
        hint(Errno.EPERM, environment(2, KernelEnvironment.SECCOMP_FILTER)));
    String restricted = hint(Errno.EPERM, environment(1, 0));
    assertTrue(restricted.startsWith("kernel.io_uring_disabled=1: "), restricted);
    assertTrue(restricted.contains("kernel.io_uring_group"), restricted);
  }

  @Test
  void permissionWithoutAKnownCausePointsToTheSecurityModule() {
    for (int disabled : new int[] {0, KernelEnvironment.UNKNOWN}) {
      String hint = hint(Errno.EPERM, environment(disabled, KernelEnvironment.UNKNOWN));
      assertTrue(hint.contains("SELinux"), hint);
      String kernelThread =
          SetupFailure.hint(
              Errno.EPERM, OPTIONS, Set.of(SetupFlag.SQPOLL), environment(disabled, 0));
      assertTrue(kernelThread.contains("CAP_SYS_NICE"), kernelThread);
    }
  }

  @Test
  void missingCallWithoutSeccompIsTheKernels() {
    assertEquals(
        "the kernel has no io_uring (Linux 5.1 or later with CONFIG_IO_URING); change the kernel or"
            + " the container's seccomp profile",
        hint(Errno.ENOSYS, environment(0, 0)));
  }

  @Test
  void limitsAreToldInTheirUnits() {
    String limited = hint(Errno.ENOMEM, new KernelEnvironment(0, 0, 65536, "5.4"));
    assertTrue(limited.contains("64 KiB"), limited);
    assertTrue(limited.contains("64 entries"), limited);
    String unlimited = hint(Errno.ENOMEM, new KernelEnvironment(0, 0, Long.MAX_VALUE, "5.4"));
    assertTrue(unlimited.contains("unlimited"), unlimited);
    assertTrue(hint(Errno.EMFILE, environment(0, 0)).contains("RLIMIT_NOFILE"));
    assertTrue(hint(Errno.ENFILE, environment(0, 0)).contains("fs.file-max"));
    assertTrue(hint(Errno.ENXIO, environment(0, 0)).contains("closed"));
    assertNull(hint(Errno.EFAULT, environment(0, 0)));
  }

  @Test
  void environmentOfThisThreadIsRead() throws Exception {
    KernelEnvironment here = KernelEnvironment.read();
    assertTrue(here.kernelRelease().matches("\\d+\\.\\d+.*"), here.kernelRelease());
    assertTrue(here.memlockLimitBytes() > 0);
    KernelEnvironment filtered =
        SeccompThread.callWithRefusedSetup(Errno.EPERM, KernelEnvironment::read);
    assertEquals(KernelEnvironment.SECCOMP_FILTER, filtered.seccompMode());
    assertEquals(here.ioUringDisabled(), filtered.ioUringDisabled());
    assertEquals(here.memlockLimitBytes(), filtered.memlockLimitBytes());
  }

  private static String hint(int errno, KernelEnvironment environment) {
    return SetupFailure.hint(errno, OPTIONS, Set.of(), environment);
  }

  private static KernelEnvironment environment(int ioUringDisabled, int seccompMode) {
    return new KernelEnvironment(ioUringDisabled, seccompMode, 1 << 20, "6.18.1");
  }
}
