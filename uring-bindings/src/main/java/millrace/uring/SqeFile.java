package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/**
 * Open files and memory, of {@link Sqe}: their size, their caches, pipes between them, their end.
 */
abstract sealed class SqeFile extends SqeReadWrite permits SqePath {

  SqeFile(MemorySegment entries) {
    super(entries);
  }

  /**
   * close(2). The result is 0 or EBADF. Operations on the descriptor go on: cancel them first (5.6;
   * io_uring_prep_close(3)).
   *
   * @param fd the descriptor
   * @return this
   */
  public Sqe close(int fd) {
    return prepare(IoUring.IORING_OP_CLOSE(), fd, 0, 0, 0, 0);
  }

  /**
   * Closes a direct descriptor: takes the file out of the table of registered files. Not with
   * {@link Sqe#fixedFile}. The result is 0, ENXIO without a table, EINVAL beyond its end, EBADF
   * when the index holds no file (5.15; io_uring_prep_close_direct(3)).
   *
   * @param fileIndex the index of the file, 0 or more
   * @return this
   */
  public Sqe closeDirect(int fileIndex) {
    Arguments.inRange("fileIndex", fileIndex, 0, Integer.MAX_VALUE - 1);
    setFileIndex("fileIndex", fileIndex);
    return prepare(IoUring.IORING_OP_CLOSE(), 0, 0, 0, 0, 0);
  }

  /**
   * fsync(2) or fdatasync(2) of the whole file. Not ordered after writes in flight: wait for them,
   * or {@link Sqe#link} (5.1; io_uring_prep_fsync(3)).
   *
   * @param fd the descriptor
   * @param dataOnly true for fdatasync(2)
   * @return this
   */
  public Sqe fsync(int fd, boolean dataOnly) {
    return fsync(fd, 0, 0, dataOnly ? IoUring.IORING_FSYNC_DATASYNC() : 0);
  }

  /**
   * {@link #fsync(int, boolean)} of a range (5.1; io_uring_prep_fsync(3)).
   *
   * @param fd the descriptor
   * @param offset where the range starts, in bytes
   * @param lengthBytes how long the range is, 0 for all up to the end of the file
   * @param fsyncFlags {@link SqeFlags#FSYNC_DATASYNC} or 0
   * @return this
   */
  public Sqe fsync(int fd, long offset, int lengthBytes, int fsyncFlags) {
    return prepare(
        IoUring.IORING_OP_FSYNC(),
        fd,
        offset,
        0,
        Arguments.notNegative("lengthBytes", lengthBytes),
        fsyncFlags);
  }

  /**
   * sync_file_range(2), which writes pages back but no metadata: not for durability. The result is
   * 0 or, for example, ESPIPE for what is no file (5.2; io_uring_prep_sync_file_range(3)).
   *
   * @param fd the descriptor
   * @param lengthBytes how long the range is, 0 for all up to the end of the file
   * @param offset where the range starts, in bytes
   * @param flags SYNC_FILE_RANGE bits of {@link FileFlags}
   * @return this
   */
  public Sqe syncFileRange(int fd, int lengthBytes, long offset, int flags) {
    return prepare(
        IoUring.IORING_OP_SYNC_FILE_RANGE(),
        fd,
        offset,
        0,
        Arguments.notNegative("lengthBytes", lengthBytes),
        flags);
  }

  /**
   * fallocate(2). The result is 0, or for example ENOSPC, EFBIG, EOPNOTSUPP for a mode that the
   * file system does not have (5.6; io_uring_prep_fallocate(3)).
   *
   * @param fd the descriptor, open for writing
   * @param mode FALLOC_FL bits of {@link FileFlags}, 0 to allocate and grow
   * @param offset where the range starts, in bytes
   * @param lengthBytes how long the range is, more than 0; EINVAL otherwise
   * @return this
   */
  public Sqe fallocate(int fd, int mode, long offset, long lengthBytes) {
    return prepare(IoUring.IORING_OP_FALLOCATE(), fd, offset, lengthBytes, mode, 0);
  }

  /**
   * ftruncate(2). The result is 0, or EINVAL for a negative length or what is no file open for
   * writing (6.9; io_uring_prep_ftruncate(3)).
   *
   * @param fd the descriptor
   * @param lengthBytes the size that the file gets; new bytes are zero
   * @return this
   */
  public Sqe ftruncate(int fd, long lengthBytes) {
    return prepare(IoUring.IORING_OP_FTRUNCATE(), fd, lengthBytes, 0, 0, 0);
  }

  /**
   * posix_fadvise(2). The result is 0, EINVAL for unknown advice, ESPIPE for a pipe (5.6;
   * io_uring_prep_fadvise(3)).
   *
   * @param fd the descriptor
   * @param offset where the range starts, in bytes
   * @param lengthBytes how long the range is, 0 for all up to the end of the file
   * @param advice POSIX_FADV of {@link FileFlags}
   * @return this
   */
  public Sqe fadvise(int fd, long offset, int lengthBytes, int advice) {
    return prepare(
        IoUring.IORING_OP_FADVISE(),
        fd,
        offset,
        0,
        Arguments.notNegative("lengthBytes", lengthBytes),
        advice);
  }

  /**
   * {@link #fadvise} with a length of 64 bits (6.11, EINVAL before; io_uring_prep_fadvise64(3)).
   *
   * @param fd the descriptor
   * @param offset where the range starts, in bytes
   * @param lengthBytes how long the range is, 0 for all up to the end of the file
   * @param advice POSIX_FADV of {@link FileFlags}
   * @return this
   */
  public Sqe fadvise64(int fd, long offset, long lengthBytes, int advice) {
    return prepare(IoUring.IORING_OP_FADVISE(), fd, offset, lengthBytes, 0, advice);
  }

  /**
   * madvise(2). The result is 0, EINVAL for unknown advice or an address that starts no page,
   * ENOMEM for what is not mapped (5.6; io_uring_prep_madvise(3)).
   *
   * @param address where the range starts, a multiple of {@link Libc#pageSize}
   * @param lengthBytes how long the range is, 0 or more
   * @param advice a constant of {@link MemoryAdvice}
   * @return this
   */
  public Sqe madvise(long address, int lengthBytes, int advice) {
    return prepare(
        IoUring.IORING_OP_MADVISE(),
        -1,
        0,
        address,
        Arguments.notNegative("lengthBytes", lengthBytes),
        advice);
  }

  /**
   * {@link #madvise} with a length of 64 bits (6.11, EINVAL before; io_uring_prep_madvise64(3)).
   *
   * @param address where the range starts, a multiple of {@link Libc#pageSize}
   * @param lengthBytes how long the range is
   * @param advice a constant of {@link MemoryAdvice}
   * @return this
   */
  public Sqe madvise64(long address, long lengthBytes, int advice) {
    return prepare(IoUring.IORING_OP_MADVISE(), -1, lengthBytes, address, 0, advice);
  }

  /**
   * splice(2): moves bytes between two files, one of which is a pipe. Always goes to a worker
   * thread. The result is the number of bytes, 0 at the end; EINVAL when none is a pipe (5.7;
   * io_uring_prep_splice(3)).
   *
   * @param fdIn where the bytes come from; the index of a registered file with {@link
   *     SqeFlags#SPLICE_F_FD_IN_FIXED}
   * @param offsetIn where in that file, or {@link Sqe#AT_FILE_POSITION}, as it must be for a pipe
   * @param fdOut where the bytes go; the index of a registered file with {@link Sqe#fixedFile}
   * @param offsetOut where in that file, or {@link Sqe#AT_FILE_POSITION}, as it must be for a pipe
   * @param lengthBytes how many bytes, 0 or more
   * @param spliceFlags SPLICE_F bits of {@link FileFlags} and {@link SqeFlags}
   * @return this
   */
  public Sqe splice(
      int fdIn, long offsetIn, int fdOut, long offsetOut, int lengthBytes, int spliceFlags) {
    Arguments.notNegative("lengthBytes", lengthBytes);
    setFileIndexField(fdIn);
    return prepare(
        IoUring.IORING_OP_SPLICE(), fdOut, offsetOut, offsetIn, lengthBytes, spliceFlags);
  }

  /**
   * tee(2): copies bytes from pipe to pipe without taking them out of the first. The result is the
   * number of bytes, at most what a pipe holds; EINVAL when one is no pipe or both are the same
   * (5.8; io_uring_prep_tee(3)).
   *
   * @param fdIn where the bytes come from; the index of a registered file with {@link
   *     SqeFlags#SPLICE_F_FD_IN_FIXED}
   * @param fdOut where the bytes go; the index of a registered file with {@link Sqe#fixedFile}
   * @param lengthBytes how many bytes, 0 or more
   * @param spliceFlags SPLICE_F bits of {@link FileFlags} and {@link SqeFlags}
   * @return this
   */
  public Sqe tee(int fdIn, int fdOut, int lengthBytes, int spliceFlags) {
    Arguments.notNegative("lengthBytes", lengthBytes);
    setFileIndexField(fdIn);
    return prepare(IoUring.IORING_OP_TEE(), fdOut, 0, 0, lengthBytes, spliceFlags);
  }

  /**
   * pipe2(2). The result is 0, or EINVAL, EMFILE, ENFILE (6.16; io_uring_prep_pipe(3)).
   *
   * @param fdsAddress where two ints go, the descriptor of the reading end first
   * @param pipeFlags O_CLOEXEC, O_NONBLOCK, O_DIRECT of {@link Libc}
   * @return this
   */
  public Sqe pipe(long fdsAddress, int pipeFlags) {
    return prepare(IoUring.IORING_OP_PIPE(), 0, 0, fdsAddress, 0, pipeFlags);
  }

  /**
   * {@link #pipe} as two direct descriptors. The result is 0; O_CLOEXEC is EINVAL (6.16;
   * io_uring_prep_pipe_direct(3)).
   *
   * @param fdsAddress where the two indexes go as ints, that of the reading end first
   * @param pipeFlags O_NONBLOCK, O_DIRECT of {@link Libc}
   * @param fileIndex the index of the reading end, 0 or more, that of the writing end being the
   *     next one; or {@link Sqe#FILE_INDEX_ALLOC}
   * @return this
   */
  public Sqe pipeDirect(long fdsAddress, int pipeFlags, int fileIndex) {
    setFileIndex("fileIndex", fileIndex);
    return prepare(IoUring.IORING_OP_PIPE(), 0, 0, fdsAddress, 0, pipeFlags);
  }
}
