package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * An operation of {@code io_uring_register(2)}, {@code IORING_REGISTER_*} and {@code
 * IORING_UNREGISTER_*} in the kernel header.
 *
 * <p>The constants stand in the order of their numbers. The first kernel of each is taken from
 * {@code io_uring_register(2)} and, for the newest, from the first release whose header has it.
 *
 * <p>Immutable, any thread.
 */
public enum RegisterOpcode {
  /** Registers buffers: {@link RegisteredBuffers}. */
  REGISTER_BUFFERS(IoUring.IORING_REGISTER_BUFFERS(), "5.1"),
  /** Takes the buffers away again. */
  UNREGISTER_BUFFERS(IoUring.IORING_UNREGISTER_BUFFERS(), "5.1"),
  /** Registers files: {@link RegisteredFiles}. */
  REGISTER_FILES(IoUring.IORING_REGISTER_FILES(), "5.1"),
  /** Takes the files away again. */
  UNREGISTER_FILES(IoUring.IORING_UNREGISTER_FILES(), "5.1"),
  /** Signals an eventfd for completions: {@link RegisteredEventfd}. */
  REGISTER_EVENTFD(IoUring.IORING_REGISTER_EVENTFD(), "5.2"),
  /** Takes the eventfd away again. */
  UNREGISTER_EVENTFD(IoUring.IORING_UNREGISTER_EVENTFD(), "5.2"),
  /** Replaces registered files. */
  REGISTER_FILES_UPDATE(IoUring.IORING_REGISTER_FILES_UPDATE(), "5.5"),
  /** Signals an eventfd for completions that were not immediate. */
  REGISTER_EVENTFD_ASYNC(IoUring.IORING_REGISTER_EVENTFD_ASYNC(), "5.6"),
  /** Asks for the operations that the kernel has: {@link KernelSupport}. */
  REGISTER_PROBE(IoUring.IORING_REGISTER_PROBE(), "5.6"),
  /** Registers the credentials of the caller: {@link Personality}. */
  REGISTER_PERSONALITY(IoUring.IORING_REGISTER_PERSONALITY(), "5.6"),
  /** Takes credentials away again. */
  UNREGISTER_PERSONALITY(IoUring.IORING_UNREGISTER_PERSONALITY(), "5.6"),
  /** Restricts what a ring may do: {@link Restrictions}. */
  REGISTER_RESTRICTIONS(IoUring.IORING_REGISTER_RESTRICTIONS(), "5.10"),
  /** Enables a ring: {@link Ring#enable}. */
  REGISTER_ENABLE_RINGS(IoUring.IORING_REGISTER_ENABLE_RINGS(), "5.10"),
  /** Registers files with tags, or empty slots. */
  REGISTER_FILES2(IoUring.IORING_REGISTER_FILES2(), "5.13"),
  /** Replaces registered files and their tags. */
  REGISTER_FILES_UPDATE2(IoUring.IORING_REGISTER_FILES_UPDATE2(), "5.13"),
  /** Registers buffers with tags, or empty slots. */
  REGISTER_BUFFERS2(IoUring.IORING_REGISTER_BUFFERS2(), "5.13"),
  /** Replaces registered buffers and their tags. */
  REGISTER_BUFFERS_UPDATE(IoUring.IORING_REGISTER_BUFFERS_UPDATE(), "5.13"),
  /** Pins the workers: {@link Iowq#registerAffinity}. */
  REGISTER_IOWQ_AFF(IoUring.IORING_REGISTER_IOWQ_AFF(), "5.14"),
  /** Unpins the workers. */
  UNREGISTER_IOWQ_AFF(IoUring.IORING_UNREGISTER_IOWQ_AFF(), "5.14"),
  /** Limits the workers: {@link Iowq#registerMaxWorkers}. */
  REGISTER_IOWQ_MAX_WORKERS(IoUring.IORING_REGISTER_IOWQ_MAX_WORKERS(), "5.15"),
  /** Registers a ring with the thread: done by {@link Ring#enable}. */
  REGISTER_RING_FDS(IoUring.IORING_REGISTER_RING_FDS(), "5.18"),
  /** Takes a ring out of the thread's table: done by {@link Ring#close}. */
  UNREGISTER_RING_FDS(IoUring.IORING_UNREGISTER_RING_FDS(), "5.18"),
  /** Registers a group of buffers that the kernel picks from: {@link ProvidedBufferRing}. */
  REGISTER_PBUF_RING(IoUring.IORING_REGISTER_PBUF_RING(), "5.19"),
  /** Takes such a group away again. */
  UNREGISTER_PBUF_RING(IoUring.IORING_UNREGISTER_PBUF_RING(), "5.19"),
  /** Cancels and waits for it: {@link SyncCancel}. */
  REGISTER_SYNC_CANCEL(IoUring.IORING_REGISTER_SYNC_CANCEL(), "6.0"),
  /** Where the kernel may choose slots: {@link RegisteredFiles#setAllocRange}. */
  REGISTER_FILE_ALLOC_RANGE(IoUring.IORING_REGISTER_FILE_ALLOC_RANGE(), "6.0"),
  /** How far a group of buffers is used up: {@link ProvidedBufferRing#head}. */
  REGISTER_PBUF_STATUS(IoUring.IORING_REGISTER_PBUF_STATUS(), "6.8"),
  /** Busy-polls network queues while waiting: {@link Napi}. */
  REGISTER_NAPI(IoUring.IORING_REGISTER_NAPI(), "6.9"),
  /** Ends that. */
  UNREGISTER_NAPI(IoUring.IORING_UNREGISTER_NAPI(), "6.9"),
  /** Chooses the clock of waits: {@link WaitClock}. */
  REGISTER_CLOCK(IoUring.IORING_REGISTER_CLOCK(), "6.12"),
  /** Takes over another ring's buffers: {@link RegisteredBuffers#clone}. */
  REGISTER_CLONE_BUFFERS(IoUring.IORING_REGISTER_CLONE_BUFFERS(), "6.12"),
  /** Posts a completion to a ring without having one: {@link SyncMessage}. */
  REGISTER_SEND_MSG_RING(IoUring.IORING_REGISTER_SEND_MSG_RING(), "6.13"),
  /** Registers a network queue for zero-copy receives: {@link ZeroCopyReceiveQueue}. */
  REGISTER_ZCRX_IFQ(IoUring.IORING_REGISTER_ZCRX_IFQ(), "6.15"),
  /** Gives the queues other sizes: {@link Ring#resize}. */
  REGISTER_RESIZE_RINGS(IoUring.IORING_REGISTER_RESIZE_RINGS(), "6.13"),
  /** Registers memory for arguments: {@link MemoryRegion}. */
  REGISTER_MEM_REGION(IoUring.IORING_REGISTER_MEM_REGION(), "6.13"),
  /** Asks what the kernel has: {@link KernelQuery}. */
  REGISTER_QUERY(IoUring.IORING_REGISTER_QUERY(), "6.18"),
  /** Controls zero-copy receives. */
  REGISTER_ZCRX_CTRL(IoUring.IORING_REGISTER_ZCRX_CTRL(), "6.19"),
  /** Filters operations by a classic BPF program: {@link BpfFilter}. */
  REGISTER_BPF_FILTER(IoUring.IORING_REGISTER_BPF_FILTER(), "7.0");

  private final int code;
  private final String sinceKernel;

  RegisterOpcode(int code, String sinceKernel) {
    this.code = code;
    this.sinceKernel = sinceKernel;
  }

  /**
   * The operation's number, for {@link Ring#register}.
   *
   * @return the value of the header's constant
   */
  public int code() {
    return code;
  }

  /**
   * The first kernel release with this operation. For people and documents: what a running kernel
   * can do is found out by {@link KernelSupport}.
   *
   * @return a release such as {@code "5.1"}
   */
  public String sinceKernel() {
    return sinceKernel;
  }
}
