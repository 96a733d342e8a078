package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * Flags of file operations that {@link Sqe} has and {@link Libc} has not, named like in the man
 * pages of the system calls.
 */
public final class FileFlags {
  // readv2(2), writev2(2): per read or write.

  /** Completes by polling, on a ring with IOPOLL. */
  public static final int RWF_HIPRI = IoUring.RWF_HIPRI();

  /** The data of this write is durable when it completes: O_DSYNC. */
  public static final int RWF_DSYNC = IoUring.RWF_DSYNC();

  /** The data and metadata of this write are durable when it completes: O_SYNC. */
  public static final int RWF_SYNC = IoUring.RWF_SYNC();

  /** EAGAIN instead of waiting. */
  public static final int RWF_NOWAIT = IoUring.RWF_NOWAIT();

  /** Writes at the end of the file, whatever the offset: O_APPEND. */
  public static final int RWF_APPEND = IoUring.RWF_APPEND();

  /** Writes at the offset, although the file has O_APPEND (6.9). */
  public static final int RWF_NOAPPEND = IoUring.RWF_NOAPPEND();

  /** Writes all or nothing, of a size that statx(2) tells (6.11). */
  public static final int RWF_ATOMIC = IoUring.RWF_ATOMIC();

  /** Leaves nothing in the page cache (6.14). */
  public static final int RWF_DONTCACHE = IoUring.RWF_DONTCACHE();

  /** No SIGPIPE (6.18). */
  public static final int RWF_NOSIGNAL = IoUring.RWF_NOSIGNAL();

  // fallocate(2).

  /** Does not change the size. */
  public static final int FALLOC_FL_KEEP_SIZE = IoUring.FALLOC_FL_KEEP_SIZE();

  /** Makes a hole; with {@link #FALLOC_FL_KEEP_SIZE}. */
  public static final int FALLOC_FL_PUNCH_HOLE = IoUring.FALLOC_FL_PUNCH_HOLE();

  /** Takes the range out, so that what follows moves down. */
  public static final int FALLOC_FL_COLLAPSE_RANGE = IoUring.FALLOC_FL_COLLAPSE_RANGE();

  /** Makes the range zero, without a hole. */
  public static final int FALLOC_FL_ZERO_RANGE = IoUring.FALLOC_FL_ZERO_RANGE();

  /** Puts a hole in, so that what follows moves up. */
  public static final int FALLOC_FL_INSERT_RANGE = IoUring.FALLOC_FL_INSERT_RANGE();

  /** Copies blocks that are shared with other files. */
  public static final int FALLOC_FL_UNSHARE_RANGE = IoUring.FALLOC_FL_UNSHARE_RANGE();

  // sync_file_range(2): linux/fs.h, not part of the generated bindings.

  /** Waits for write-back in progress first. */
  public static final int SYNC_FILE_RANGE_WAIT_BEFORE = 1;

  /** Starts write-back of dirty pages. */
  public static final int SYNC_FILE_RANGE_WRITE = 2;

  /** Waits for write-back afterwards. */
  public static final int SYNC_FILE_RANGE_WAIT_AFTER = 4;

  // splice(2), tee(2).

  /** Moves pages rather than copying them; without effect since 2.6.21. */
  public static final int SPLICE_F_MOVE = IoUring.SPLICE_F_MOVE();

  /** The pipe does not block; the files may. */
  public static final int SPLICE_F_NONBLOCK = IoUring.SPLICE_F_NONBLOCK();

  /** More will follow, a hint for sockets. */
  public static final int SPLICE_F_MORE = IoUring.SPLICE_F_MORE();

  // posix_fadvise(2).

  /** No advice. */
  public static final int POSIX_FADV_NORMAL = IoUring.POSIX_FADV_NORMAL();

  /** Will be read in no order. */
  public static final int POSIX_FADV_RANDOM = IoUring.POSIX_FADV_RANDOM();

  /** Will be read in its order. */
  public static final int POSIX_FADV_SEQUENTIAL = IoUring.POSIX_FADV_SEQUENTIAL();

  /** Will be read soon: starts reading. */
  public static final int POSIX_FADV_WILLNEED = IoUring.POSIX_FADV_WILLNEED();

  /** Will not be read: drops it from the page cache. */
  public static final int POSIX_FADV_DONTNEED = IoUring.POSIX_FADV_DONTNEED();

  /** Will be read once. */
  public static final int POSIX_FADV_NOREUSE = IoUring.POSIX_FADV_NOREUSE();

  // setxattr(2).

  /** EEXIST if the attribute is there. */
  public static final int XATTR_CREATE = IoUring.XATTR_CREATE();

  /** ENODATA if the attribute is not there. */
  public static final int XATTR_REPLACE = IoUring.XATTR_REPLACE();

  private FileFlags() {}
}
