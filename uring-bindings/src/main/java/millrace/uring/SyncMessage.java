package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_sqe;

/**
 * Posts a completion to a ring without having one (IORING_REGISTER_SEND_MSG_RING, 6.13): what
 * {@link Sqe#msgRing} does, from any thread.
 *
 * <p>The results: 0, EBADFD when the ring is not enabled or no ring, EOVERFLOW when its queue
 * cannot take the completion, EINVAL before Linux 6.13. Source: {@code
 * io_uring_register_sync_msg(3)}.
 */
public final class SyncMessage {
  private static final int NO_RING = -1;

  private SyncMessage() {}

  /**
   * Posts a completion.
   *
   * @param ringFd {@link Ring#fd} of the target, which must stay open during the call
   * @param length what the completion's result will be
   * @param data what its user data will be
   * @return 0, or {@code -errno}
   */
  public static int send(int ringFd, int length, long data) {
    return send(ringFd, length, data, 0, 0);
  }

  /**
   * Posts a completion with flags.
   *
   * @param ringFd {@link Ring#fd} of the target, which must stay open during the call
   * @param length what the completion's result will be
   * @param data what its user data will be
   * @param cqeFlags what its flags will be
   * @return 0, or {@code -errno}
   */
  public static int sendWithFlags(int ringFd, int length, long data, int cqeFlags) {
    return send(ringFd, length, data, IoUring.IORING_MSG_RING_FLAGS_PASS(), cqeFlags);
  }

  private static int send(int ringFd, int length, long data, int flags, int cqeFlags) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment entry = scratch.allocate(io_uring_sqe.layout());
      io_uring_sqe.opcode(entry, (byte) IoUring.IORING_OP_MSG_RING());
      io_uring_sqe.fd(entry, ringFd);
      io_uring_sqe.addr(entry, IoUring.IORING_MSG_DATA());
      io_uring_sqe.len(entry, length);
      io_uring_sqe.off(entry, data);
      io_uring_sqe.msg_ring_flags(entry, flags);
      io_uring_sqe.file_index(entry, cqeFlags);
      int opcode = IoUring.IORING_REGISTER_SEND_MSG_RING();
      return Libc.ioUringRegister(NO_RING, opcode, entry.address(), 1);
    }
  }
}
