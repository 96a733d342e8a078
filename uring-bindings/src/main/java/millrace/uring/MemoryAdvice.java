package millrace.uring;

import millrace.uring.abi.IoUring;

/** Advice for {@link Sqe#madvise}: madvise(2), {@code MADV_*} without their prefix. */
public final class MemoryAdvice {
  /** No advice. */
  public static final int NORMAL = IoUring.MADV_NORMAL();

  /** Pages are needed in no order. */
  public static final int RANDOM = IoUring.MADV_RANDOM();

  /** Pages are needed in their order. */
  public static final int SEQUENTIAL = IoUring.MADV_SEQUENTIAL();

  /** Pages are needed soon. */
  public static final int WILLNEED = IoUring.MADV_WILLNEED();

  /** Drops the pages at once; anonymous memory reads as zeros afterwards. */
  public static final int DONTNEED = IoUring.MADV_DONTNEED();

  /** As {@link #DONTNEED}, of locked pages too (5.18). */
  public static final int DONTNEED_LOCKED = IoUring.MADV_DONTNEED_LOCKED();

  /** The kernel may drop the pages when memory is short. */
  public static final int FREE = IoUring.MADV_FREE();

  /** Drops the pages and what they hold of a shared mapping: makes a hole in the file. */
  public static final int REMOVE = IoUring.MADV_REMOVE();

  /** A child does not get the pages. */
  public static final int DONTFORK = IoUring.MADV_DONTFORK();

  /** Undoes {@link #DONTFORK}. */
  public static final int DOFORK = IoUring.MADV_DOFORK();

  /** A child gets zeros for the pages. */
  public static final int WIPEONFORK = IoUring.MADV_WIPEONFORK();

  /** Undoes {@link #WIPEONFORK}. */
  public static final int KEEPONFORK = IoUring.MADV_KEEPONFORK();

  /** Equal pages may be merged. */
  public static final int MERGEABLE = IoUring.MADV_MERGEABLE();

  /** Undoes {@link #MERGEABLE}. */
  public static final int UNMERGEABLE = IoUring.MADV_UNMERGEABLE();

  /** Huge pages are welcome. */
  public static final int HUGEPAGE = IoUring.MADV_HUGEPAGE();

  /** No huge pages. */
  public static final int NOHUGEPAGE = IoUring.MADV_NOHUGEPAGE();

  /** No core dump holds the pages. */
  public static final int DONTDUMP = IoUring.MADV_DONTDUMP();

  /** Undoes {@link #DONTDUMP}. */
  public static final int DODUMP = IoUring.MADV_DODUMP();

  /** Pages are the first to go when memory is short (5.4). */
  public static final int COLD = IoUring.MADV_COLD();

  /** Swaps the pages out (5.4). */
  public static final int PAGEOUT = IoUring.MADV_PAGEOUT();

  /** Brings the pages in, readable (5.14). */
  public static final int POPULATE_READ = IoUring.MADV_POPULATE_READ();

  /** Brings the pages in, writable (5.14). */
  public static final int POPULATE_WRITE = IoUring.MADV_POPULATE_WRITE();

  private MemoryAdvice() {}
}
