package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_sqe;

/**
 * The memory of a submission queue entry: the root of {@link Sqe}, which knows where each field of
 * {@code struct io_uring_sqe} is.
 *
 * <p>{@code Sqe} is a chain of classes only for the sake of short files; there is no other subclass
 * of any of them, so every call is a direct one.
 */
abstract sealed class SqeEntry permits SqeModifiers {
  /** As an offset: read and write at the file position, or the file has none (pipe, socket). */
  public static final long AT_FILE_POSITION = -1;

  /** As a file index: the kernel picks a free one and makes it the result (5.19). */
  public static final int FILE_INDEX_ALLOC = IoUring.IORING_FILE_INDEX_ALLOC();

  /** The size of an entry. */
  static final int BYTES = (int) io_uring_sqe.sizeof();

  /** The size of an entry with SQE128, and of single ones with SQE_MIXED. */
  static final int BIG_BYTES = 2 * BYTES;

  // Entries and their fields are aligned; these layouts only spare each access the question.
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final long OPCODE = io_uring_sqe.opcode$offset();
  private static final long FLAGS = io_uring_sqe.flags$offset();
  private static final long IOPRIO = io_uring_sqe.ioprio$offset();
  private static final long FD = io_uring_sqe.fd$offset();
  private static final long OFF = io_uring_sqe.off$offset();
  private static final long ADDR = io_uring_sqe.addr$offset();
  private static final long LEN = io_uring_sqe.len$offset();
  private static final long OPERATION_FLAGS = io_uring_sqe.rw_flags$offset();
  private static final long USER_DATA = io_uring_sqe.user_data$offset();
  private static final long BUF_INDEX = io_uring_sqe.buf_index$offset();
  private static final long PERSONALITY = io_uring_sqe.personality$offset();
  private static final long FILE_INDEX = io_uring_sqe.file_index$offset();
  private static final long ADDR_LEN = io_uring_sqe.addr_len$offset();
  private static final long WRITE_STREAM = io_uring_sqe.write_stream$offset();
  private static final long ADDR3 = io_uring_sqe.addr3$offset();
  private static final long ATTR_PTR = io_uring_sqe.attr_ptr$offset();
  private static final long ATTR_TYPE_MASK = io_uring_sqe.attr_type_mask$offset();
  private static final long CMD_OP = io_uring_sqe.cmd_op$offset();
  private static final long LEVEL = io_uring_sqe.level$offset();
  private static final long OPTNAME = io_uring_sqe.optname$offset();
  private static final long CMD = io_uring_sqe.cmd$offset();

  private static final int UNSIGNED_SHORT_MAX = 65535;
  private static final int UNSIGNED_BYTE_MAX = 255;

  private final MemorySegment entries;
  private long entry;
  private int entryBytes = BYTES;

  SqeEntry(MemorySegment entries) {
    this.entries = entries;
    assert BYTES == 8 * Long.BYTES : BYTES;
  }

  /** This cursor, as the type that its users know. */
  abstract Sqe self();

  /** Goes to the entry at an offset and makes its bytes zero. */
  final void moveTo(long offset) {
    entry = offset;
    entryBytes = BYTES;
    clear(offset);
  }

  /** Goes to the entry of 128 bytes at an offset and makes its bytes zero. */
  final void moveToBig(long offset) {
    entry = offset;
    entryBytes = BIG_BYTES;
    clear(offset);
    clear(offset + BYTES);
  }

  private void clear(long offset) {
    MemorySegment memory = entries;
    memory.set(LONG, offset, 0);
    memory.set(LONG, offset + 8, 0);
    memory.set(LONG, offset + 16, 0);
    memory.set(LONG, offset + 24, 0);
    memory.set(LONG, offset + 32, 0);
    memory.set(LONG, offset + 40, 0);
    memory.set(LONG, offset + 48, 0);
    memory.set(LONG, offset + 56, 0);
  }

  final Sqe prepare(int opcode, int fd, long offset, long address, int length, int operationFlags) {
    entries.set(LONG, entry + OFF, offset);
    entries.set(LONG, entry + ADDR, address);
    entries.set(INT, entry + LEN, length);
    entries.set(INT, entry + OPERATION_FLAGS, operationFlags);
    entries.set(BYTE, entry + OPCODE, (byte) opcode);
    entries.set(INT, entry + FD, fd);
    return self();
  }

  /** A command of the file's driver, which shares the field of the offset. */
  final Sqe prepareCommand(int opcode, int fd, int command) {
    prepare(opcode, fd, 0, 0, 0, 0);
    entries.set(INT, entry + CMD_OP, command);
    return self();
  }

  final boolean isOperation(int opcode) {
    return entries.get(BYTE, entry + OPCODE) == (byte) opcode;
  }

  final Sqe setUserData(long userData) {
    entries.set(LONG, entry + USER_DATA, userData);
    return self();
  }

  final Sqe addFlags(int flags) {
    long field = entry + FLAGS;
    entries.set(BYTE, field, (byte) (entries.get(BYTE, field) | flags));
    return self();
  }

  final Sqe addIoprio(int bits) {
    long field = entry + IOPRIO;
    entries.set(SHORT, field, (short) (entries.get(SHORT, field) | bits));
    return self();
  }

  final Sqe setOffset(long offset) {
    entries.set(LONG, entry + OFF, offset);
    return self();
  }

  final Sqe setAddress(long address) {
    entries.set(LONG, entry + ADDR, address);
    return self();
  }

  final Sqe setLength(int length) {
    entries.set(INT, entry + LEN, length);
    return self();
  }

  final Sqe setOperationFlags(int flags) {
    entries.set(INT, entry + OPERATION_FLAGS, flags);
    return self();
  }

  /** The index of a registered buffer or, in the same field, the group of provided ones. */
  final Sqe setBuffer(String name, int number) {
    Arguments.inRange(name, number, 0, UNSIGNED_SHORT_MAX);
    entries.set(SHORT, entry + BUF_INDEX, (short) number);
    return self();
  }

  final Sqe setPersonality(int personality) {
    Arguments.inRange("personality", personality, 0, UNSIGNED_SHORT_MAX);
    entries.set(SHORT, entry + PERSONALITY, (short) personality);
    return self();
  }

  /** The field that splice_fd_in, file_index, zcrx_ifq_idx and optlen share. */
  final Sqe setFileIndexField(int value) {
    entries.set(INT, entry + FILE_INDEX, value);
    return self();
  }

  /** Where a new direct descriptor goes. In the field 0 stands for none, so that 1 is the first. */
  final Sqe setFileIndex(String name, int fileIndex) {
    if (fileIndex == FILE_INDEX_ALLOC) {
      return setFileIndexField(FILE_INDEX_ALLOC);
    }
    return setFileIndexField(Arguments.inRange(name, fileIndex, 0, Integer.MAX_VALUE - 1) + 1);
  }

  final Sqe setSocketAddress(long sockaddrAddress, int lengthBytes) {
    Arguments.inRange("sockaddrLengthBytes", lengthBytes, 0, UNSIGNED_SHORT_MAX);
    entries.set(LONG, entry + OFF, sockaddrAddress);
    entries.set(SHORT, entry + ADDR_LEN, (short) lengthBytes);
    return self();
  }

  final Sqe setWriteStream(int writeStream) {
    Arguments.inRange("writeStream", writeStream, 0, UNSIGNED_BYTE_MAX);
    entries.set(BYTE, entry + WRITE_STREAM, (byte) writeStream);
    return self();
  }

  final Sqe setAddress3(long address3) {
    entries.set(LONG, entry + ADDR3, address3);
    return self();
  }

  final Sqe setAttributes(long address, long typeMask) {
    entries.set(LONG, entry + ATTR_PTR, address);
    entries.set(LONG, entry + ATTR_TYPE_MASK, typeMask);
    return self();
  }

  final Sqe setOption(int level, int name) {
    entries.set(INT, entry + LEVEL, level);
    entries.set(INT, entry + OPTNAME, name);
    return self();
  }

  final Sqe setCommandData(int offsetBytes, long value) {
    Arguments.inRange("offsetBytes", offsetBytes, 0, entryBytes - (int) CMD - Long.BYTES);
    entries.set(ValueLayout.JAVA_LONG_UNALIGNED, entry + CMD + offsetBytes, value);
    return self();
  }

  // In a ring of mixed sizes the kernel would take the next entry for the second half of this one.
  final void requireBig() {
    if (entryBytes != BIG_BYTES) {
      throw new IllegalStateException("the operation needs an entry of 128 bytes, this has 64");
    }
  }
}
