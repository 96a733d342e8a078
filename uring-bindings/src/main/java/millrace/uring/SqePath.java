package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.open_how;

/** What names a file by its path, and extended attributes, of {@link Sqe}. */
abstract sealed class SqePath extends SqeFile permits SqeSocket {
  private static final int OPEN_HOW_BYTES = (int) open_how.sizeof();

  SqePath(MemorySegment entries) {
    super(entries);
  }

  /**
   * openat(2); the result is a descriptor (5.6; io_uring_prep_openat(3)).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD; never a registered file
   * @param pathAddress the path, ending in a zero byte
   * @param openFlags O_* flags
   * @param mode the permissions of a file that is created
   * @return this
   */
  public Sqe openat(int dirfd, long pathAddress, int openFlags, int mode) {
    return prepare(IoUring.IORING_OP_OPENAT(), dirfd, 0, pathAddress, mode, openFlags);
  }

  /**
   * {@link #openat} of a path from the current directory (5.6; io_uring_prep_open(3)).
   *
   * @param pathAddress the path, ending in a zero byte
   * @param openFlags O_* flags
   * @param mode the permissions of a file that is created
   * @return this
   */
  public Sqe open(long pathAddress, int openFlags, int mode) {
    return openat(Libc.AT_FDCWD, pathAddress, openFlags, mode);
  }

  /**
   * {@link #openat} as a direct descriptor; the result is 0, or the index when the kernel picked
   * it. O_CLOEXEC is EINVAL (5.15; io_uring_prep_openat_direct(3)).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD; never a registered file
   * @param pathAddress the path, ending in a zero byte
   * @param openFlags O_* flags without O_CLOEXEC
   * @param mode the permissions of a file that is created
   * @param fileIndex the index, 0 or more, or {@link Sqe#FILE_INDEX_ALLOC}
   * @return this
   */
  public Sqe openatDirect(int dirfd, long pathAddress, int openFlags, int mode, int fileIndex) {
    setFileIndex("fileIndex", fileIndex);
    return openat(dirfd, pathAddress, openFlags, mode);
  }

  /**
   * {@link #openatDirect} of a path from the current directory (5.15;
   * io_uring_prep_open_direct(3)).
   *
   * @param pathAddress the path, ending in a zero byte
   * @param openFlags O_* flags without O_CLOEXEC
   * @param mode the permissions of a file that is created
   * @param fileIndex the index, 0 or more, or {@link Sqe#FILE_INDEX_ALLOC}
   * @return this
   */
  public Sqe openDirect(long pathAddress, int openFlags, int mode, int fileIndex) {
    return openatDirect(Libc.AT_FDCWD, pathAddress, openFlags, mode, fileIndex);
  }

  /**
   * openat2(2); the result is a descriptor (5.6; io_uring_prep_openat2(3)).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD; never a registered file
   * @param pathAddress the path, ending in a zero byte
   * @param openHowAddress an {@link OpenHow}
   * @return this
   */
  public Sqe openat2(int dirfd, long pathAddress, long openHowAddress) {
    return prepare(
        IoUring.IORING_OP_OPENAT2(), dirfd, openHowAddress, pathAddress, OPEN_HOW_BYTES, 0);
  }

  /**
   * {@link #openat2} as a direct descriptor; the result is 0, or the index when the kernel picked
   * it. O_CLOEXEC is EINVAL (5.15; io_uring_prep_openat2_direct(3)).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD; never a registered file
   * @param pathAddress the path, ending in a zero byte
   * @param openHowAddress an {@link OpenHow}
   * @param fileIndex the index, 0 or more, or {@link Sqe#FILE_INDEX_ALLOC}
   * @return this
   */
  public Sqe openat2Direct(int dirfd, long pathAddress, long openHowAddress, int fileIndex) {
    setFileIndex("fileIndex", fileIndex);
    return openat2(dirfd, pathAddress, openHowAddress);
  }

  /**
   * statx(2). The result is 0, or for example ENOENT (5.6; io_uring_prep_statx(3)).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD; never a registered file
   * @param pathAddress the path, ending in a zero byte
   * @param flags AT_* flags
   * @param mask STATX_* bits
   * @param statxAddress where the {@link FileStat} goes
   * @return this
   */
  public Sqe statx(int dirfd, long pathAddress, int flags, int mask, long statxAddress) {
    return prepare(IoUring.IORING_OP_STATX(), dirfd, statxAddress, pathAddress, mask, flags);
  }

  /**
   * unlinkat(2). The result is 0, or for example ENOENT, EISDIR, ENOTEMPTY (5.11;
   * io_uring_prep_unlinkat(3)).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD; never a registered file
   * @param pathAddress the path, ending in a zero byte
   * @param flags AT_REMOVEDIR for a directory, or 0
   * @return this
   */
  public Sqe unlinkat(int dirfd, long pathAddress, int flags) {
    return prepare(IoUring.IORING_OP_UNLINKAT(), dirfd, 0, pathAddress, 0, flags);
  }

  /**
   * {@link #unlinkat} from the current directory (5.11; io_uring_prep_unlink(3)).
   *
   * @param pathAddress the path, ending in a zero byte
   * @param flags AT_REMOVEDIR for a directory, or 0
   * @return this
   */
  public Sqe unlink(long pathAddress, int flags) {
    return unlinkat(Libc.AT_FDCWD, pathAddress, flags);
  }

  /**
   * renameat2(2). The result is 0, or for example ENOENT, EXDEV, EEXIST (5.11;
   * io_uring_prep_renameat(3)).
   *
   * @param oldDirfd the directory of a relative old path, or AT_FDCWD; never a registered file
   * @param oldPathAddress the path, ending in a zero byte
   * @param newDirfd the directory of a relative new path, or AT_FDCWD
   * @param newPathAddress the path, ending in a zero byte
   * @param flags RENAME_* flags of {@link Libc}, or 0
   * @return this
   */
  public Sqe renameat(
      int oldDirfd, long oldPathAddress, int newDirfd, long newPathAddress, int flags) {
    return prepare(
        IoUring.IORING_OP_RENAMEAT(), oldDirfd, newPathAddress, oldPathAddress, newDirfd, flags);
  }

  /**
   * {@link #renameat} from the current directory, without flags (5.11; io_uring_prep_rename(3)).
   *
   * @param oldPathAddress the path, ending in a zero byte
   * @param newPathAddress the path, ending in a zero byte
   * @return this
   */
  public Sqe rename(long oldPathAddress, long newPathAddress) {
    return renameat(Libc.AT_FDCWD, oldPathAddress, Libc.AT_FDCWD, newPathAddress, 0);
  }

  /**
   * mkdirat(2). The result is 0, or for example EEXIST, ENOENT (5.15; io_uring_prep_mkdirat(3)).
   *
   * @param dirfd the directory of a relative path, or AT_FDCWD; never a registered file
   * @param pathAddress the path, ending in a zero byte
   * @param mode the permissions, less the umask
   * @return this
   */
  public Sqe mkdirat(int dirfd, long pathAddress, int mode) {
    return prepare(IoUring.IORING_OP_MKDIRAT(), dirfd, 0, pathAddress, mode, 0);
  }

  /**
   * {@link #mkdirat} from the current directory (5.15; io_uring_prep_mkdir(3)).
   *
   * @param pathAddress the path, ending in a zero byte
   * @param mode the permissions, less the umask
   * @return this
   */
  public Sqe mkdir(long pathAddress, int mode) {
    return mkdirat(Libc.AT_FDCWD, pathAddress, mode);
  }

  /**
   * symlinkat(2). The result is 0, or for example EEXIST (5.15; io_uring_prep_symlinkat(3)).
   *
   * @param targetAddress what the link says, ending in a zero byte
   * @param newDirfd the directory of a relative path of the link, or AT_FDCWD; never a registered
   *     file
   * @param linkPathAddress the path of the link, ending in a zero byte
   * @return this
   */
  public Sqe symlinkat(long targetAddress, int newDirfd, long linkPathAddress) {
    return prepare(IoUring.IORING_OP_SYMLINKAT(), newDirfd, linkPathAddress, targetAddress, 0, 0);
  }

  /**
   * {@link #symlinkat} from the current directory (5.15; io_uring_prep_symlink(3)).
   *
   * @param targetAddress what the link says, ending in a zero byte
   * @param linkPathAddress the path of the link, ending in a zero byte
   * @return this
   */
  public Sqe symlink(long targetAddress, long linkPathAddress) {
    return symlinkat(targetAddress, Libc.AT_FDCWD, linkPathAddress);
  }

  /**
   * linkat(2). The result is 0, or for example EEXIST, EXDEV, EPERM for a directory (5.15;
   * io_uring_prep_linkat(3)).
   *
   * @param oldDirfd the directory of a relative old path, or AT_FDCWD; never a registered file
   * @param oldPathAddress the path, ending in a zero byte
   * @param newDirfd the directory of a relative new path, or AT_FDCWD
   * @param newPathAddress the path, ending in a zero byte
   * @param flags AT_SYMLINK_FOLLOW, AT_EMPTY_PATH or 0
   * @return this
   */
  public Sqe linkat(
      int oldDirfd, long oldPathAddress, int newDirfd, long newPathAddress, int flags) {
    return prepare(
        IoUring.IORING_OP_LINKAT(), oldDirfd, newPathAddress, oldPathAddress, newDirfd, flags);
  }

  /**
   * {@link #linkat} from the current directory (5.15; io_uring_prep_link(3)). The method without
   * arguments, {@link Sqe#link()}, makes a chain of entries.
   *
   * @param oldPathAddress the path, ending in a zero byte
   * @param newPathAddress the path, ending in a zero byte
   * @param flags AT_SYMLINK_FOLLOW, AT_EMPTY_PATH or 0
   * @return this
   */
  public Sqe link(long oldPathAddress, long newPathAddress, int flags) {
    return linkat(Libc.AT_FDCWD, oldPathAddress, Libc.AT_FDCWD, newPathAddress, flags);
  }

  /**
   * getxattr(2). The result is the length of the value in bytes, ENODATA when there is none, ERANGE
   * when it is longer (5.19; io_uring_prep_getxattr(3)).
   *
   * @param nameAddress the attribute's name, ending in a zero byte
   * @param valueAddress where the value goes
   * @param pathAddress the path of the file, ending in a zero byte
   * @param lengthBytes the room for the value; with 0 only its length is told
   * @return this
   */
  public Sqe getxattr(long nameAddress, long valueAddress, long pathAddress, int lengthBytes) {
    attribute(IoUring.IORING_OP_GETXATTR(), 0, nameAddress, valueAddress, 0, lengthBytes);
    return setAddress3(pathAddress);
  }

  /**
   * setxattr(2). The result is 0, EEXIST or ENODATA as the flags want it, E2BIG, ENOTSUP (5.19;
   * io_uring_prep_setxattr(3)).
   *
   * @param nameAddress the attribute's name, ending in a zero byte
   * @param valueAddress the value
   * @param pathAddress the path of the file, ending in a zero byte
   * @param flags XATTR_CREATE or XATTR_REPLACE of {@link FileFlags}, or 0 for either
   * @param lengthBytes the length of the value, 0 or more
   * @return this
   */
  public Sqe setxattr(
      long nameAddress, long valueAddress, long pathAddress, int flags, int lengthBytes) {
    attribute(IoUring.IORING_OP_SETXATTR(), 0, nameAddress, valueAddress, flags, lengthBytes);
    return setAddress3(pathAddress);
  }

  /**
   * fgetxattr(2): {@link #getxattr} of an open file (5.19; io_uring_prep_fgetxattr(3)).
   *
   * @param fd the descriptor
   * @param nameAddress the attribute's name, ending in a zero byte
   * @param valueAddress where the value goes
   * @param lengthBytes the room for the value; with 0 only its length is told
   * @return this
   */
  public Sqe fgetxattr(int fd, long nameAddress, long valueAddress, int lengthBytes) {
    return attribute(IoUring.IORING_OP_FGETXATTR(), fd, nameAddress, valueAddress, 0, lengthBytes);
  }

  /**
   * fsetxattr(2): {@link #setxattr} of an open file (5.19; io_uring_prep_fsetxattr(3)).
   *
   * @param fd the descriptor
   * @param nameAddress the attribute's name, ending in a zero byte
   * @param valueAddress the value
   * @param flags XATTR_CREATE or XATTR_REPLACE of {@link FileFlags}, or 0 for either
   * @param lengthBytes the length of the value, 0 or more
   * @return this
   */
  public Sqe fsetxattr(int fd, long nameAddress, long valueAddress, int flags, int lengthBytes) {
    return attribute(
        IoUring.IORING_OP_FSETXATTR(), fd, nameAddress, valueAddress, flags, lengthBytes);
  }

  private Sqe attribute(
      int opcode, int fd, long nameAddress, long valueAddress, int flags, int lengthBytes) {
    return prepare(
        opcode,
        fd,
        valueAddress,
        nameAddress,
        Arguments.notNegative("lengthBytes", lengthBytes),
        flags);
  }
}
