package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/** Reading and writing, of {@link Sqe}. */
abstract sealed class SqeReadWrite extends SqeFields permits SqeFile {

  SqeReadWrite(MemorySegment entries) {
    super(entries);
  }

  /**
   * pread(2) into one buffer. The result is the number of bytes, 0 at the end of the file; it may
   * be less than asked for, which ends a chain (5.6; io_uring_prep_read(3)).
   *
   * @param fd the descriptor
   * @param address where the bytes go
   * @param lengthBytes how many bytes, 0 or more
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @return this
   */
  public Sqe read(int fd, long address, int lengthBytes, long offset) {
    return prepare(
        IoUring.IORING_OP_READ(),
        fd,
        offset,
        address,
        Arguments.notNegative("lengthBytes", lengthBytes),
        0);
  }

  /**
   * pwrite(2) from one buffer. The result is the number of bytes, which may be less than given and
   * then ends a chain (5.6; io_uring_prep_write(3)).
   *
   * @param fd the descriptor
   * @param address where the bytes are
   * @param lengthBytes how many bytes, 0 or more
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @return this
   */
  public Sqe write(int fd, long address, int lengthBytes, long offset) {
    return prepare(
        IoUring.IORING_OP_WRITE(),
        fd,
        offset,
        address,
        Arguments.notNegative("lengthBytes", lengthBytes),
        0);
  }

  /**
   * preadv(2) into several buffers. The result is the number of bytes (5.1;
   * io_uring_prep_readv(3)). The iovecs are read when the entry is consumed.
   *
   * @param fd the descriptor
   * @param iovecAddress the first {@link Iovec}
   * @param count how many iovecs, 0 to 1024; EINVAL beyond
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @return this
   */
  public Sqe readv(int fd, long iovecAddress, int count, long offset) {
    return readv2(fd, iovecAddress, count, offset, 0);
  }

  /**
   * preadv2(2): {@link #readv} with flags (5.1; io_uring_prep_readv2(3)). The result is EOPNOTSUPP
   * for a flag that the file does not know, and EAGAIN for RWF_NOWAIT when it would have to wait.
   *
   * @param fd the descriptor
   * @param iovecAddress the first {@link Iovec}
   * @param count how many iovecs, 0 to 1024; EINVAL beyond
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @param rwFlags RWF bits of {@link FileFlags}
   * @return this
   */
  public Sqe readv2(int fd, long iovecAddress, int count, long offset, int rwFlags) {
    return prepare(
        IoUring.IORING_OP_READV(),
        fd,
        offset,
        iovecAddress,
        Arguments.notNegative("count", count),
        rwFlags);
  }

  /**
   * pwritev(2) from several buffers. The result is the number of bytes (5.1;
   * io_uring_prep_writev(3)). The iovecs are read when the entry is consumed.
   *
   * @param fd the descriptor
   * @param iovecAddress the first {@link Iovec}
   * @param count how many iovecs, 0 to 1024; EINVAL beyond
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @return this
   */
  public Sqe writev(int fd, long iovecAddress, int count, long offset) {
    return writev2(fd, iovecAddress, count, offset, 0);
  }

  /**
   * pwritev2(2): {@link #writev} with flags (5.1; io_uring_prep_writev2(3)). The result is
   * EOPNOTSUPP for a flag that the file does not know.
   *
   * @param fd the descriptor
   * @param iovecAddress the first {@link Iovec}
   * @param count how many iovecs, 0 to 1024; EINVAL beyond
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @param rwFlags RWF bits of {@link FileFlags}
   * @return this
   */
  public Sqe writev2(int fd, long iovecAddress, int count, long offset, int rwFlags) {
    return prepare(
        IoUring.IORING_OP_WRITEV(),
        fd,
        offset,
        iovecAddress,
        Arguments.notNegative("count", count),
        rwFlags);
  }

  /**
   * {@link #read} into part of a registered buffer, without looking its pages up again (5.1;
   * io_uring_prep_read_fixed(3)). The result is EFAULT when the range is not in that buffer or
   * there is no such buffer.
   *
   * @param fd the descriptor
   * @param address where the bytes go, anywhere in the buffer
   * @param lengthBytes how many bytes, 0 or more
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @param bufferIndex the index of the registered buffer, 0 to 65535
   * @return this
   */
  public Sqe readFixed(int fd, long address, int lengthBytes, long offset, int bufferIndex) {
    Arguments.notNegative("lengthBytes", lengthBytes);
    setBuffer("bufferIndex", bufferIndex);
    return prepare(IoUring.IORING_OP_READ_FIXED(), fd, offset, address, lengthBytes, 0);
  }

  /**
   * {@link #write} from part of a registered buffer (5.1; io_uring_prep_write_fixed(3)). The result
   * is EFAULT when the range is not in that buffer or there is no such buffer.
   *
   * @param fd the descriptor
   * @param address where the bytes are, anywhere in the buffer
   * @param lengthBytes how many bytes, 0 or more
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @param bufferIndex the index of the registered buffer, 0 to 65535
   * @return this
   */
  public Sqe writeFixed(int fd, long address, int lengthBytes, long offset, int bufferIndex) {
    Arguments.notNegative("lengthBytes", lengthBytes);
    setBuffer("bufferIndex", bufferIndex);
    return prepare(IoUring.IORING_OP_WRITE_FIXED(), fd, offset, address, lengthBytes, 0);
  }

  /**
   * {@link #readv2} into parts of one registered buffer (6.15; io_uring_prep_readv_fixed(3)). The
   * result is EFAULT when an iovec is not in that buffer.
   *
   * @param fd the descriptor
   * @param iovecAddress the first {@link Iovec}
   * @param count how many iovecs, 1 to 1024; EINVAL otherwise
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @param rwFlags RWF bits of {@link FileFlags}
   * @param bufferIndex the index of the registered buffer, 0 to 65535
   * @return this
   */
  public Sqe readvFixed(
      int fd, long iovecAddress, int count, long offset, int rwFlags, int bufferIndex) {
    Arguments.notNegative("count", count);
    setBuffer("bufferIndex", bufferIndex);
    return prepare(IoUring.IORING_OP_READV_FIXED(), fd, offset, iovecAddress, count, rwFlags);
  }

  /**
   * {@link #writev2} from parts of one registered buffer (6.15; io_uring_prep_writev_fixed(3)). The
   * result is EFAULT when an iovec is not in that buffer.
   *
   * @param fd the descriptor
   * @param iovecAddress the first {@link Iovec}
   * @param count how many iovecs, 1 to 1024; EINVAL otherwise
   * @param offset where in the file, or {@link Sqe#AT_FILE_POSITION}
   * @param rwFlags RWF bits of {@link FileFlags}
   * @param bufferIndex the index of the registered buffer, 0 to 65535
   * @return this
   */
  public Sqe writevFixed(
      int fd, long iovecAddress, int count, long offset, int rwFlags, int bufferIndex) {
    Arguments.notNegative("count", count);
    setBuffer("bufferIndex", bufferIndex);
    return prepare(IoUring.IORING_OP_WRITEV_FIXED(), fd, offset, iovecAddress, count, rwFlags);
  }

  /**
   * read(2) again and again, each time into the next buffer of a group, until a completion without
   * {@link CqeFlags#F_MORE} (6.7; io_uring_prep_read_multishot(3)). Results are numbers of bytes, 0
   * at the end. The last is ENOBUFS when the group is empty, and EBADFD for a file that cannot be
   * polled, such as a regular one.
   *
   * @param fd the descriptor of a pipe, terminal, tun device, ...
   * @param offset 0 or {@link Sqe#AT_FILE_POSITION}
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @return this
   */
  public Sqe readMultishot(int fd, long offset, int bufferGroup) {
    bufferSelect(bufferGroup);
    return prepare(IoUring.IORING_OP_READ_MULTISHOT(), fd, offset, 0, 0, 0);
  }
}
