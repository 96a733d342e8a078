package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/**
 * Sending and receiving, of {@link Sqe}.
 *
 * <p>Further bits are added by {@link Sqe#ioprio}, such as {@link SqeFlags#SEND_VECTORIZED}.
 */
abstract sealed class SqeTransfer extends SqeSocket permits SqePoll {

  SqeTransfer(MemorySegment entries) {
    super(entries);
  }

  /**
   * send(2). May be short unless MSG_WAITALL is given, with which a short one ends a chain (5.19).
   * The result is the number of bytes (5.6; io_uring_prep_send(3)).
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe send(int fd, long address, int lengthBytes, int msgFlags) {
    return transfer(IoUring.IORING_OP_SEND(), fd, address, lengthBytes, msgFlags);
  }

  /**
   * sendto(2): {@link #send} to an address (6.1; io_uring_prep_sendto(3)).
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @param sockaddrAddress the address to send to, see {@link SocketAddresses}
   * @param sockaddrLengthBytes its length, 0 to 65535
   * @return this
   */
  public Sqe sendto(
      int fd,
      long address,
      int lengthBytes,
      int msgFlags,
      long sockaddrAddress,
      int sockaddrLengthBytes) {
    Arguments.inRange("sockaddrLengthBytes", sockaddrLengthBytes, 0, 65535);
    send(fd, address, lengthBytes, msgFlags);
    return setSocketAddress(sockaddrAddress, sockaddrLengthBytes);
  }

  /**
   * Gives a send, also a zero-copy one, an address to send to; comes after it (6.0 for zero-copy
   * sends, 6.1 for others; io_uring_prep_send_set_addr(3)).
   *
   * @param sockaddrAddress the address to send to, see {@link SocketAddresses}
   * @param sockaddrLengthBytes its length, 0 to 65535
   * @return this
   */
  public Sqe sendSetAddr(long sockaddrAddress, int sockaddrLengthBytes) {
    return setSocketAddress(sockaddrAddress, sockaddrLengthBytes);
  }

  /**
   * send(2) of what a group of buffers holds, in their order, as much as the socket takes. The
   * result is the number of bytes, the first buffer is in the completion's flags and the next ones
   * of the ring follow; ENOBUFS when the group is empty (6.10, feature RECVSEND_BUNDLE;
   * io_uring_prep_send_bundle(3)).
   *
   * @param fd the descriptor
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe sendBundle(int fd, int bufferGroup, int msgFlags) {
    return bundle(IoUring.IORING_OP_SEND(), fd, bufferGroup, msgFlags);
  }

  /**
   * send(2) without copying. Posts a result with {@link CqeFlags#F_MORE} and, once the memory is
   * free again, a completion with {@link CqeFlags#F_NOTIF}, also after most errors. Without F_MORE
   * in the first there is no second. ENOMEM when RLIMIT_MEMLOCK is too low (6.0;
   * io_uring_prep_send_zc(3)).
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @param zeroCopyFlags {@link SqeFlags#SEND_ZC_REPORT_USAGE} or 0
   * @return this
   */
  public Sqe sendZc(int fd, long address, int lengthBytes, int msgFlags, int zeroCopyFlags) {
    Arguments.inRange("zeroCopyFlags", zeroCopyFlags, 0, 65535);
    transfer(IoUring.IORING_OP_SEND_ZC(), fd, address, lengthBytes, msgFlags);
    return addIoprio(zeroCopyFlags);
  }

  /**
   * {@link #sendZc} from part of a registered buffer, whose pages need no pinning. The result is
   * EFAULT when the range is not in that buffer (6.0; io_uring_prep_send_zc_fixed(3)).
   *
   * @param fd the descriptor
   * @param address where the bytes are, anywhere in the buffer
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @param zeroCopyFlags {@link SqeFlags#SEND_ZC_REPORT_USAGE} or 0
   * @param bufferIndex the index of the registered buffer, 0 to 65535
   * @return this
   */
  public Sqe sendZcFixed(
      int fd, long address, int lengthBytes, int msgFlags, int zeroCopyFlags, int bufferIndex) {
    setBuffer("bufferIndex", bufferIndex);
    sendZc(fd, address, lengthBytes, msgFlags, zeroCopyFlags);
    return addIoprio(IoUring.IORING_RECVSEND_FIXED_BUF());
  }

  /**
   * sendmsg(2). The result is the number of bytes. The header and its iovecs are read when the
   * entry is consumed (5.3; io_uring_prep_sendmsg(3)).
   *
   * @param fd the descriptor
   * @param msghdrAddress a {@link MessageHeader}
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe sendmsg(int fd, long msghdrAddress, int msgFlags) {
    return prepare(IoUring.IORING_OP_SENDMSG(), fd, 0, msghdrAddress, 1, msgFlags);
  }

  /**
   * sendmsg(2) without copying, with completions like those of {@link #sendZc} (6.1;
   * io_uring_prep_sendmsg_zc(3)).
   *
   * @param fd the descriptor
   * @param msghdrAddress a {@link MessageHeader}
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe sendmsgZc(int fd, long msghdrAddress, int msgFlags) {
    return prepare(IoUring.IORING_OP_SENDMSG_ZC(), fd, 0, msghdrAddress, 1, msgFlags);
  }

  /**
   * {@link #sendmsgZc} from parts of one registered buffer. The result is EFAULT when an iovec is
   * not in that buffer (6.15; io_uring_prep_sendmsg_zc_fixed(3)).
   *
   * @param fd the descriptor
   * @param msghdrAddress a {@link MessageHeader}
   * @param msgFlags MSG_* flags
   * @param bufferIndex the index of the registered buffer, 0 to 65535
   * @return this
   */
  public Sqe sendmsgZcFixed(int fd, long msghdrAddress, int msgFlags, int bufferIndex) {
    setBuffer("bufferIndex", bufferIndex);
    sendmsgZc(fd, msghdrAddress, msgFlags);
    return addIoprio(IoUring.IORING_RECVSEND_FIXED_BUF());
  }

  /**
   * recv(2). With {@link Sqe#bufferSelect} the kernel brings the buffer, the address is 0 and the
   * length 0 stands for the whole buffer. The result is the number of bytes, 0 at the end of a
   * stream (5.6; io_uring_prep_recv(3)).
   *
   * @param fd the descriptor
   * @param address where the bytes go
   * @param lengthBytes how many bytes, 0 or more
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe recv(int fd, long address, int lengthBytes, int msgFlags) {
    return transfer(IoUring.IORING_OP_RECV(), fd, address, lengthBytes, msgFlags);
  }

  /**
   * recv(2) again and again, each time into the next buffer of a group, until a completion without
   * {@link CqeFlags#F_MORE}: end of stream, an error, ENOBUFS when the group is empty. {@link
   * Sqe#length} can bound what one completion brings, {@link SqeFlags#RECVSEND_BUNDLE} lets it fill
   * several buffers (6.0; io_uring_prep_recv_multishot(3)).
   *
   * @param fd the descriptor
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @param msgFlags MSG_* flags without MSG_WAITALL
   * @return this
   */
  public Sqe recvMultishot(int fd, int bufferGroup, int msgFlags) {
    bufferSelect(bufferGroup);
    prepare(IoUring.IORING_OP_RECV(), fd, 0, 0, 0, msgFlags);
    return addIoprio(IoUring.IORING_RECV_MULTISHOT());
  }

  /**
   * recv(2) into as many buffers of a group as the data fills. The result is the number of bytes,
   * the first buffer is in the completion's flags and the next ones of the ring follow. {@link
   * Sqe#length} bounds one go, of which the kernel may take two (6.10, feature RECVSEND_BUNDLE;
   * io_uring_prep_recv(3)).
   *
   * @param fd the descriptor
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe recvBundle(int fd, int bufferGroup, int msgFlags) {
    return bundle(IoUring.IORING_OP_RECV(), fd, bufferGroup, msgFlags);
  }

  /**
   * recvmsg(2). The result is the number of bytes, 0 at the end of a stream (5.3;
   * io_uring_prep_recvmsg(3)).
   *
   * @param fd the descriptor
   * @param msghdrAddress a {@link MessageHeader}
   * @param msgFlags MSG_* flags
   * @return this
   */
  public Sqe recvmsg(int fd, long msghdrAddress, int msgFlags) {
    return prepare(IoUring.IORING_OP_RECVMSG(), fd, 0, msghdrAddress, 1, msgFlags);
  }

  /**
   * recvmsg(2) again and again, each time into the next buffer of a group, until a completion
   * without {@link CqeFlags#F_MORE}. A buffer begins with a {@link RecvmsgOut}, then come the
   * sender's address, control data and the bytes; the result is the length of all of it (6.0;
   * io_uring_prep_recvmsg_multishot(3)).
   *
   * @param fd the descriptor
   * @param msghdrAddress a {@link MessageHeader} without iovecs; its lengths of name and control
   *     data are the room that each buffer sets aside for them
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @param msgFlags MSG_* flags without MSG_WAITALL
   * @return this
   */
  public Sqe recvmsgMultishot(int fd, long msghdrAddress, int bufferGroup, int msgFlags) {
    bufferSelect(bufferGroup);
    recvmsg(fd, msghdrAddress, msgFlags);
    return addIoprio(IoUring.IORING_RECV_MULTISHOT());
  }

  /**
   * Receives into the memory of a registered network interface queue, without copying, again and
   * again until a completion without {@link CqeFlags#F_MORE}. Where the bytes are is in the second
   * half of a completion of 32 bytes, an io_uring_zcrx_cqe. EINVAL without such completions or such
   * a queue (6.15; io_uring_enter(2), IORING_OP_RECV_ZC).
   *
   * @param fd the descriptor of a TCP socket
   * @param interfaceQueueId the id of the registered interface queue
   * @param lengthBytes how many bytes in all, 0 for no limit
   * @return this
   */
  public Sqe recvZc(int fd, int interfaceQueueId, int lengthBytes) {
    Arguments.notNegative("interfaceQueueId", interfaceQueueId);
    transfer(IoUring.IORING_OP_RECV_ZC(), fd, 0, lengthBytes, 0);
    setFileIndexField(interfaceQueueId);
    return addIoprio(IoUring.IORING_RECV_MULTISHOT());
  }

  private Sqe transfer(int opcode, int fd, long address, int lengthBytes, int msgFlags) {
    return prepare(
        opcode, fd, 0, address, Arguments.notNegative("lengthBytes", lengthBytes), msgFlags);
  }

  private Sqe bundle(int opcode, int fd, int bufferGroup, int msgFlags) {
    bufferSelect(bufferGroup);
    // The length must be 0 to send: io_uring_prep_send(3).
    prepare(opcode, fd, 0, 0, 0, msgFlags);
    return addIoprio(IoUring.IORING_RECVSEND_BUNDLE());
  }
}
