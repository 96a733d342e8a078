package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/** Rings themselves, of {@link Sqe}: no-ops, messages, registered files, provided buffers. */
abstract sealed class SqeRing extends SqeTimeout permits SqeProcess {
  private static final int MAX_BUFFERS = 65535;

  SqeRing(MemorySegment entries) {
    super(entries);
  }

  /**
   * Does nothing; its result is 0 (5.1; io_uring_prep_nop(3)).
   *
   * @return this
   */
  public Sqe nop() {
    return nop(-1, 0, 0);
  }

  /**
   * Does nothing, by way of what its flags ask for; for tests. The result is 0 unless one is
   * injected; EBADF or EFAULT for a file or buffer that is not there (6.10, files and buffers
   * 6.13).
   *
   * @param fd the file to look up with {@link SqeFlags#NOP_FILE}; an index with {@link
   *     SqeFlags#NOP_FIXED_FILE} as well
   * @param result the result with {@link SqeFlags#NOP_INJECT_RESULT}, which breaks a chain when it
   *     is negative
   * @param nopFlags NOP bits of {@link SqeFlags}; the buffer is given by {@link Sqe#bufferIndex},
   *     the second half of a completion by {@link Sqe#offset} and {@link Sqe#address}
   * @return this
   */
  public Sqe nop(int fd, int result, int nopFlags) {
    return prepare(IoUring.IORING_OP_NOP(), fd, 0, 0, result, nopFlags);
  }

  /**
   * Does nothing, in an entry of 128 bytes (6.19; io_uring_prep_nop128(3)).
   *
   * @return this
   * @throws IllegalStateException in an entry of 64 bytes
   */
  public Sqe nop128() {
    requireBig();
    return prepare(IoUring.IORING_OP_NOP128(), -1, 0, 0, 0, 0);
  }

  /**
   * Posts a completion to another ring: {@code data} is its user data and {@code length} its
   * result. The result here is 0, EBADFD when that ring is not enabled or is no ring, EOVERFLOW
   * when its queue cannot take it (5.18; io_uring_prep_msg_ring(3)).
   *
   * @param ringFd {@link Ring#fd} of the target
   * @param length any number
   * @param data any number
   * @param flags 0
   * @return this
   */
  public Sqe msgRing(int ringFd, int length, long data, int flags) {
    return prepare(
        IoUring.IORING_OP_MSG_RING(), ringFd, data, IoUring.IORING_MSG_DATA(), length, flags);
  }

  /**
   * {@link #msgRing} with flags for the completion there (6.3;
   * io_uring_prep_msg_ring_cqe_flags(3)).
   *
   * @param ringFd {@link Ring#fd} of the target
   * @param length any number
   * @param data any number
   * @param flags 0
   * @param cqeFlags the flags of the completion, as {@link CqeFlags} reads them
   * @return this
   */
  public Sqe msgRingCqeFlags(int ringFd, int length, long data, int flags, int cqeFlags) {
    setFileIndexField(cqeFlags);
    return msgRing(ringFd, length, data, flags | IoUring.IORING_MSG_RING_FLAGS_PASS());
  }

  /**
   * Passes a registered file to another ring, which gets a completion with {@code data} as its user
   * data and 0, or the index that was picked, as its result. The result here is the same; EINVAL
   * for the same ring, EBADF when there is no such file, ENXIO or EINVAL when the target's table
   * cannot take it, ENFILE when it is full (6.0; io_uring_prep_msg_ring_fd(3)).
   *
   * @param ringFd {@link Ring#fd} of the target
   * @param sourceIndex the index of the file in this ring, 0 or more
   * @param targetIndex its index there, 0 or more, or {@link Sqe#FILE_INDEX_ALLOC}
   * @param data any number
   * @param flags {@link SqeFlags#MSG_RING_CQE_SKIP}, so that nothing is posted there, or 0
   * @return this
   */
  public Sqe msgRingFd(int ringFd, int sourceIndex, int targetIndex, long data, int flags) {
    Arguments.notNegative("sourceIndex", sourceIndex);
    setFileIndex("targetIndex", targetIndex);
    setAddress3(sourceIndex);
    return prepare(
        IoUring.IORING_OP_MSG_RING(), ringFd, data, IoUring.IORING_MSG_SEND_FD(), 0, flags);
  }

  /**
   * {@link #msgRingFd} to an index that the kernel picks (6.0; io_uring_prep_msg_ring_fd_alloc(3)).
   *
   * @param ringFd {@link Ring#fd} of the target
   * @param sourceIndex the index of the file in this ring, 0 or more
   * @param data any number
   * @param flags {@link SqeFlags#MSG_RING_CQE_SKIP}, so that nothing is posted there, or 0
   * @return this
   */
  public Sqe msgRingFdAlloc(int ringFd, int sourceIndex, long data, int flags) {
    return msgRingFd(ringFd, sourceIndex, FILE_INDEX_ALLOC, data, flags);
  }

  /**
   * Changes entries of the table of registered files. The result is how many were changed before an
   * error, or the error when it was the first: EBADF, ENXIO without a table, EINVAL beyond its end,
   * EFAULT (5.6; io_uring_prep_files_update(3)).
   *
   * @param fdsAddress as many ints: descriptors, -1 to empty an entry, {@link
   *     SqeFlags#REGISTER_FILES_SKIP} to leave it
   * @param count how many, 0 or more
   * @param firstIndex the first index, 0 or more; with {@link Sqe#FILE_INDEX_ALLOC} the kernel
   *     picks each and writes it over the descriptor (5.19)
   * @return this
   */
  public Sqe filesUpdate(long fdsAddress, int count, int firstIndex) {
    Arguments.inRange("firstIndex", firstIndex, FILE_INDEX_ALLOC, Integer.MAX_VALUE);
    return prepare(
        IoUring.IORING_OP_FILES_UPDATE(),
        -1,
        firstIndex,
        fdsAddress,
        Arguments.notNegative("count", count),
        0);
  }

  /**
   * Makes a registered file an ordinary descriptor too, which is the result. EBADF when there is no
   * such file (6.8; io_uring_prep_fixed_fd_install(3)).
   *
   * @param fileIndex the index of the file, 0 or more
   * @param flags {@link SqeFlags#FIXED_FD_NO_CLOEXEC}, or 0 for a descriptor that exec closes
   * @return this
   */
  public Sqe fixedFdInstall(int fileIndex, int flags) {
    addFlags(IoUring.IOSQE_FIXED_FILE());
    return prepare(IoUring.IORING_OP_FIXED_FD_INSTALL(), fileIndex, 0, 0, 0, flags);
  }

  /**
   * Gives the kernel buffers of one size that lie one behind the other; {@link ProvidedBufferRing}
   * is better. The result is 0 or more; E2BIG or EINVAL for ids beyond 65535, EINVAL for the group
   * of a ring (5.7; io_uring_prep_provide_buffers(3)).
   *
   * @param address the first buffer
   * @param lengthBytes the length of each, 1 or more
   * @param count how many, 1 to 65535
   * @param bufferGroup the group they join, 0 to 65535
   * @param firstBufferId the id of the first, the others' follow, up to 65535
   * @return this
   */
  public Sqe provideBuffers(
      long address, int lengthBytes, int count, int bufferGroup, int firstBufferId) {
    setBuffer("bufferGroup", bufferGroup);
    return prepare(
        IoUring.IORING_OP_PROVIDE_BUFFERS(),
        Arguments.inRange("count", count, 1, MAX_BUFFERS),
        Arguments.inRange("firstBufferId", firstBufferId, 0, MAX_BUFFERS),
        address,
        Arguments.inRange("lengthBytes", lengthBytes, 1, Integer.MAX_VALUE),
        0);
  }

  /**
   * Takes back buffers of {@link #provideBuffers}. The result is how many; ENOENT for an unknown
   * group, EINVAL for that of a ring (5.7; io_uring_prep_remove_buffers(3)).
   *
   * @param count how many at most, 1 to 65535
   * @param bufferGroup the group, 0 to 65535
   * @return this
   */
  public Sqe removeBuffers(int count, int bufferGroup) {
    setBuffer("bufferGroup", bufferGroup);
    return prepare(
        IoUring.IORING_OP_REMOVE_BUFFERS(),
        Arguments.inRange("count", count, 1, MAX_BUFFERS),
        0,
        0,
        0,
        0);
  }
}
