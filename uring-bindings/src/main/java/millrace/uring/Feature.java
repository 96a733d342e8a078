package millrace.uring;

import java.util.EnumSet;
import java.util.Set;
import millrace.uring.abi.IoUring;

/**
 * A feature the kernel reports when a ring is set up, {@code IORING_FEAT_*} in the kernel header.
 *
 * <p>Specified in {@code io_uring_setup(2)}, where the first kernel of each comes from; for the
 * features this page gives no release for, it is the page of the function that uses the feature, or
 * the first release whose header has it.
 *
 * <p>Immutable, any thread.
 */
public enum Feature {
  /** One mmap(2) maps both rings. */
  SINGLE_MMAP(IoUring.IORING_FEAT_SINGLE_MMAP(), "5.4"),
  /** Completions that find the queue full are kept by the kernel. */
  NODROP(IoUring.IORING_FEAT_NODROP(), "5.5"),
  /** What a submission points to has been read when the entry is consumed. */
  SUBMIT_STABLE(IoUring.IORING_FEAT_SUBMIT_STABLE(), "5.5"),
  /** Offset -1 reads and writes at the file position. */
  RW_CUR_POS(IoUring.IORING_FEAT_RW_CUR_POS(), "5.6"),
  /** Operations run with the credentials of the task that submitted them. */
  CUR_PERSONALITY(IoUring.IORING_FEAT_CUR_PERSONALITY(), "5.6"),
  /** Sockets and pipes wait by an internal poll, not in a worker thread. */
  FAST_POLL(IoUring.IORING_FEAT_FAST_POLL(), "5.7"),
  /** Poll takes all 32 bits of epoll events. */
  POLL_32BITS(IoUring.IORING_FEAT_POLL_32BITS(), "5.9"),
  /** SQPOLL works on descriptors that are not registered. */
  SQPOLL_NONFIXED(IoUring.IORING_FEAT_SQPOLL_NONFIXED(), "5.11"),
  /** io_uring_enter takes a timeout. */
  EXT_ARG(IoUring.IORING_FEAT_EXT_ARG(), "5.11"),
  /** Workers are threads of the process. */
  NATIVE_WORKERS(IoUring.IORING_FEAT_NATIVE_WORKERS(), "5.12"),
  /** Registered files and buffers have tags and can be updated in place. */
  RSRC_TAGS(IoUring.IORING_FEAT_RSRC_TAGS(), "5.13"),
  /** A success can be told not to post a completion. */
  CQE_SKIP(IoUring.IORING_FEAT_CQE_SKIP(), "5.17"),
  /** The file of a linked entry is looked up when the entry runs. */
  LINKED_FILE(IoUring.IORING_FEAT_LINKED_FILE(), "5.17"),
  /** io_uring_register takes a registered ring descriptor. */
  REG_REG_RING(IoUring.IORING_FEAT_REG_REG_RING(), "6.3"),
  /** Send and receive take several provided buffers at once. */
  RECVSEND_BUNDLE(IoUring.IORING_FEAT_RECVSEND_BUNDLE(), "6.10"),
  /** A wait takes a minimum time to gather a batch. */
  MIN_TIMEOUT(IoUring.IORING_FEAT_MIN_TIMEOUT(), "6.12"),
  /** Reads and writes take attributes such as integrity data. */
  RW_ATTR(IoUring.IORING_FEAT_RW_ATTR(), "6.14"),
  /** A wait need not count as I/O wait of the CPU. */
  NO_IOWAIT(IoUring.IORING_FEAT_NO_IOWAIT(), "6.15");

  private final int bit;
  private final String sinceKernel;

  Feature(int bit, String sinceKernel) {
    this.bit = bit;
    this.sinceKernel = sinceKernel;
  }

  /**
   * The feature's bit in {@code io_uring_params.features}.
   *
   * @return an int with one bit set
   */
  public int bit() {
    return bit;
  }

  /**
   * The first kernel release with this feature. For people and documents: what a running kernel can
   * do is found out by {@link KernelSupport}.
   *
   * @return a release such as {@code "5.11"}
   */
  public String sinceKernel() {
    return sinceKernel;
  }

  static Set<Feature> of(int bits) {
    EnumSet<Feature> features = EnumSet.noneOf(Feature.class);
    for (Feature feature : values()) {
      if ((bits & feature.bit) != 0) {
        features.add(feature);
      }
    }
    return features;
  }
}
