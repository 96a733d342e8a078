package millrace.uring;

import java.lang.foreign.MemorySegment;

/**
 * One submission queue entry: a cursor over the entry that {@link SubmissionQueue#next} took.
 *
 * <p>There is one method for each operation, named like the man page of liburing's prep function,
 * which is its contract; it fills in the operation and its arguments. Modifiers such as {@link
 * #userData} and {@link #link} come after it. All return this cursor. What liburing names {@code
 * io_uring_prep_multishot_accept} is {@code multishotAccept} here, and so on; {@code
 * io_uring_prep_cancel64} is {@link #cancel}, as a number and an address are the same here.
 *
 * <p>Owner thread only, valid until the next {@link SubmissionQueue#next}. Nothing is allocated.
 * Addresses are those of native memory that must stay as it is until the operation's terminal
 * completion: the one without {@link CqeFlags#F_MORE}, and for zero-copy sends the one with {@link
 * CqeFlags#F_NOTIF}. Paths and names end in a zero byte. The arguments' meaning and the results are
 * those of the system call of the same name, an error being the result {@code -errno}; descriptors,
 * addresses and flags are checked by the kernel. Arguments that cannot reach it as they are
 * (negative lengths, indexes and groups beyond their fields) throw {@link
 * IllegalArgumentException}.
 *
 * <p>A method that makes a <em>direct descriptor</em> puts the new file into the table of
 * registered files, at an index that the caller names or, with {@link #FILE_INDEX_ALLOC}, the
 * kernel picks. A file that is there already is closed. Operations use it by {@link #fixedFile}.
 * Errors are ENXIO without a table, EINVAL beyond its end, ENFILE when no index is free for the
 * kernel to pick.
 *
 * <p>Least kernels are those of {@link Opcode} unless a method says otherwise: EINVAL before.
 */
public final class Sqe extends SqeCommands {

  Sqe(MemorySegment entries) {
    super(entries);
  }

  @Override
  Sqe self() {
    return this;
  }
}
