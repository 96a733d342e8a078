package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;

/**
 * Reads the {@code siginfo_t} that {@link Sqe#waitid} fills in: waitid(2), sigaction(2).
 *
 * <p>Stateless; each method takes the memory, of at least {@link #BYTES} bytes, aligned to 8.
 */
public final class ChildStatus {
  // asm-generic/siginfo.h for 64 bits, not part of the generated bindings: the same on x86-64 and
  // aarch64. FlagConstantsTest asks the C compiler.

  /** Size of the struct in bytes. */
  public static final int BYTES = 128;

  /** As an id's type: any child. */
  public static final int P_ALL = IoUring.P_ALL();

  /** As an id's type: a process. */
  public static final int P_PID = IoUring.P_PID();

  /** As an id's type: a process group. */
  public static final int P_PGID = IoUring.P_PGID();

  /** As an id's type: the descriptor of a process, pidfd_open(2). */
  public static final int P_PIDFD = IoUring.P_PIDFD();

  /** Waits for children that end. */
  public static final int WEXITED = IoUring.WEXITED();

  /** Waits for children that a signal stops. */
  public static final int WSTOPPED = IoUring.WSTOPPED();

  /** Waits for children that a signal continues. */
  public static final int WCONTINUED = IoUring.WCONTINUED();

  /** Does not wait: 0 with a process id of 0 when there is nothing to tell. */
  public static final int WNOHANG = IoUring.WNOHANG();

  /** Leaves the child to be waited for again. */
  public static final int WNOWAIT = IoUring.WNOWAIT();

  /** What happened: the child ended by itself; {@link #status} is its exit code. */
  public static final int CLD_EXITED = IoUring.CLD_EXITED();

  /** What happened: a signal ended the child; {@link #status} is the signal. */
  public static final int CLD_KILLED = IoUring.CLD_KILLED();

  /** What happened: a signal ended the child, which dumped core. */
  public static final int CLD_DUMPED = IoUring.CLD_DUMPED();

  /** What happened: a signal stopped the child. */
  public static final int CLD_STOPPED = IoUring.CLD_STOPPED();

  /** What happened: a traced child stopped. */
  public static final int CLD_TRAPPED = IoUring.CLD_TRAPPED();

  /** What happened: the child goes on. */
  public static final int CLD_CONTINUED = IoUring.CLD_CONTINUED();

  private static final long SIGNAL_OFFSET = 0;
  private static final long CODE_OFFSET = 8;
  private static final long PID_OFFSET = 16;
  private static final long UID_OFFSET = 20;
  private static final long STATUS_OFFSET = 24;

  private ChildStatus() {}

  /**
   * Reads the signal number, si_signo.
   *
   * @param memory a filled-in siginfo_t
   * @return SIGCHLD, or 0 when {@link #WNOHANG} found nothing
   */
  public static int signal(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, SIGNAL_OFFSET);
  }

  /**
   * Reads what happened, si_code.
   *
   * @param memory a filled-in siginfo_t
   * @return a CLD constant
   */
  public static int code(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, CODE_OFFSET);
  }

  /**
   * Reads the child's process id, si_pid.
   *
   * @param memory a filled-in siginfo_t
   * @return the process id, or 0 when {@link #WNOHANG} found nothing
   */
  public static int processId(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, PID_OFFSET);
  }

  /**
   * Reads the child's real user id, si_uid.
   *
   * @param memory a filled-in siginfo_t
   * @return the user id
   */
  public static int userId(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, UID_OFFSET);
  }

  /**
   * Reads the child's exit code or signal, si_status.
   *
   * @param memory a filled-in siginfo_t
   * @return the exit code for {@link #CLD_EXITED}, otherwise the signal
   */
  public static int status(MemorySegment memory) {
    return memory.get(ValueLayout.JAVA_INT, STATUS_OFFSET);
  }
}
