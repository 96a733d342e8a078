package millrace.uring;

import java.util.Set;

/** Turns the errno of a refused io_uring_setup(2) into its cause and what to do about it. */
final class SetupFailure {
  private static final String OPERATION = "io_uring_setup";

  private SetupFailure() {}

  static UringUnavailableException of(
      int errno, RingOptions options, Set<SetupFlag> lastTried, KernelEnvironment environment) {
    return new UringUnavailableException(
        OPERATION, errno, null, hint(errno, options, lastTried, environment));
  }

  static String hint(
      int errno, RingOptions options, Set<SetupFlag> lastTried, KernelEnvironment environment) {
    if (errno == Errno.ENOSYS) {
      return noSuchCall(environment);
    } else if (errno == Errno.EPERM || errno == Errno.EACCES) {
      return forbidden(lastTried, environment);
    } else if (errno == Errno.ENOMEM) {
      return "no memory for the ring; before Linux 5.12, and again in newer kernels (6.18),"
          + " rings of whoever has not CAP_IPC_LOCK count against RLIMIT_MEMLOCK, which is "
          + memlock(environment)
          + " here: raise it (ulimit -l), or ask for fewer than "
          + options.submissionEntries()
          + " entries";
    } else if (errno == Errno.EINVAL) {
      return "this kernel does not take "
          + lastTried
          + " with "
          + options.submissionEntries()
          + " submission and "
          + (options.completionEntries() == 0 ? "default" : options.completionEntries())
          + " completion entries; prefer a flag instead of requiring it to run without it";
    } else if (errno == Errno.EMFILE) {
      return "the process has no descriptor left: raise RLIMIT_NOFILE (ulimit -n)";
    } else if (errno == Errno.ENFILE) {
      return "the system has no file left: raise fs.file-max";
    } else if (errno == Errno.ENXIO || errno == Errno.EBADF) {
      return "the ring to share workers with is closed";
    }
    return null;
  }

  private static String noSuchCall(KernelEnvironment environment) {
    String cause = "the kernel has no io_uring (Linux 5.1 or later with CONFIG_IO_URING)";
    if (environment.seccompMode() == KernelEnvironment.SECCOMP_FILTER) {
      cause += ", or a seccomp filter hides it";
    }
    return cause + "; change the kernel or the container's seccomp profile";
  }

  private static String forbidden(Set<SetupFlag> lastTried, KernelEnvironment environment) {
    int disabled = environment.ioUringDisabled();
    if (disabled == 2) {
      return "kernel.io_uring_disabled=2; set it to 0";
    } else if (disabled == 1) {
      return "kernel.io_uring_disabled=1: only CAP_SYS_ADMIN and the group in"
          + " kernel.io_uring_group may use io_uring; join the group, or set it to 0";
    } else if (environment.seccompMode() == KernelEnvironment.SECCOMP_FILTER) {
      return "a seccomp filter forbids it, as the default profiles of container engines do; allow"
          + " io_uring_setup, io_uring_enter and io_uring_register";
    } else if (lastTried.contains(SetupFlag.SQPOLL)) {
      return "before Linux 5.13 SQPOLL needs CAP_SYS_NICE or root; leave it out";
    }
    return "neither kernel.io_uring_disabled nor seccomp forbids it: ask the security module"
        + " (SELinux class io_uring, AppArmor)";
  }

  private static String memlock(KernelEnvironment environment) {
    long bytes = environment.memlockLimitBytes();
    return bytes == Long.MAX_VALUE ? "unlimited" : (bytes >> 10) + " KiB";
  }
}
