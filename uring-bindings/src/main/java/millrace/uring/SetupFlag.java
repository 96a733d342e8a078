package millrace.uring;

import java.util.Set;
import millrace.uring.abi.IoUring;

/**
 * A flag of {@code io_uring_setup(2)}, {@code IORING_SETUP_*} in the kernel header.
 *
 * <p>The constants stand in the order of their bits, which is also the order in which the kernel
 * got them. What a flag does is specified in {@code io_uring_setup(2)} and {@code
 * io_uring_setup_flags(7)}; the first kernel of each is taken from these pages and, for the flags
 * they give no release for, from the first release whose header has the flag.
 *
 * <p>Immutable, any thread.
 */
public enum SetupFlag {
  /** Busy-wait for completions of {@code O_DIRECT} storage. */
  IOPOLL(IoUring.IORING_SETUP_IOPOLL(), "5.1"),
  /** A kernel thread polls the submission queue. */
  SQPOLL(IoUring.IORING_SETUP_SQPOLL(), "5.1"),
  /** Pins the kernel thread of {@link #SQPOLL} to one CPU. */
  SQ_AFF(IoUring.IORING_SETUP_SQ_AFF(), "5.1"),
  /** The application chooses the size of the completion queue. */
  CQSIZE(IoUring.IORING_SETUP_CQSIZE(), "5.5"),
  /** Sizes above the kernel's limit are cut instead of refused. */
  CLAMP(IoUring.IORING_SETUP_CLAMP(), "5.6"),
  /** Shares the worker threads of another ring. */
  ATTACH_WQ(IoUring.IORING_SETUP_ATTACH_WQ(), "5.6"),
  /** The ring starts disabled and is enabled by its owner. */
  R_DISABLED(IoUring.IORING_SETUP_R_DISABLED(), "5.10"),
  /** A submission that fails does not stop the rest of its batch. */
  SUBMIT_ALL(IoUring.IORING_SETUP_SUBMIT_ALL(), "5.18"),
  /** Completion work does not interrupt a thread that runs in user space. */
  COOP_TASKRUN(IoUring.IORING_SETUP_COOP_TASKRUN(), "5.19"),
  /** The kernel sets {@code IORING_SQ_TASKRUN} while completion work is pending. */
  TASKRUN_FLAG(IoUring.IORING_SETUP_TASKRUN_FLAG(), "5.19"),
  /** Submission entries of 128 bytes. */
  SQE128(IoUring.IORING_SETUP_SQE128(), "5.19"),
  /** Completion entries of 32 bytes. */
  CQE32(IoUring.IORING_SETUP_CQE32(), "5.19"),
  /** One task submits; the kernel answers {@code EEXIST} to any other. */
  SINGLE_ISSUER(IoUring.IORING_SETUP_SINGLE_ISSUER(), "6.0"),
  /** Completion work runs only when the owner enters the kernel for events. */
  DEFER_TASKRUN(IoUring.IORING_SETUP_DEFER_TASKRUN(), "6.1"),
  /** The application brings the memory of the rings. */
  NO_MMAP(IoUring.IORING_SETUP_NO_MMAP(), "6.5"),
  /** The ring is only a registered descriptor, never a file descriptor. */
  REGISTERED_FD_ONLY(IoUring.IORING_SETUP_REGISTERED_FD_ONLY(), "6.5"),
  /** No index array between the submission queue and its entries. */
  NO_SQARRAY(IoUring.IORING_SETUP_NO_SQARRAY(), "6.6"),
  /** Sleeps a while before {@link #IOPOLL} polls. */
  HYBRID_IOPOLL(IoUring.IORING_SETUP_HYBRID_IOPOLL(), "6.13"),
  /** Completion entries of 16 and of 32 bytes in one queue. */
  CQE_MIXED(IoUring.IORING_SETUP_CQE_MIXED(), "6.18"),
  /** Submission entries of 64 and of 128 bytes in one queue. */
  SQE_MIXED(IoUring.IORING_SETUP_SQE_MIXED(), "6.19"),
  /** Each submission starts at the first entry of the queue. */
  SQ_REWIND(IoUring.IORING_SETUP_SQ_REWIND(), "7.0");

  private final int bit;
  private final String sinceKernel;

  SetupFlag(int bit, String sinceKernel) {
    this.bit = bit;
    this.sinceKernel = sinceKernel;
  }

  /**
   * The flag's bit in {@code io_uring_params.flags}.
   *
   * @return an int with one bit set
   */
  public int bit() {
    return bit;
  }

  /**
   * The first kernel release with this flag. For people and documents: what a running kernel can do
   * is found out by {@link KernelSupport}.
   *
   * @return a release such as {@code "6.1"}
   */
  public String sinceKernel() {
    return sinceKernel;
  }

  static int bits(Set<SetupFlag> flags) {
    int bits = 0;
    for (SetupFlag flag : flags) {
      bits |= flag.bit;
    }
    return bits;
  }
}
