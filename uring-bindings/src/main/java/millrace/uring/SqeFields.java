package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/**
 * The fields of {@link Sqe} by themselves, for what an operation knows but its prep method has no
 * argument for. They come after the prep method, which sets all of them.
 */
abstract sealed class SqeFields extends SqeModifiers permits SqeReadWrite {

  SqeFields(MemorySegment entries) {
    super(entries);
  }

  /**
   * Prepares any operation by its number, also one that is newer than {@link Opcode}: what liburing
   * builds its prep functions on (io_uring_prep_rw). The fields that it has no argument for are set
   * by the methods after it.
   *
   * @param opcode the number of the operation, 0 to 255
   * @param fd the descriptor
   * @param address the field {@code addr}
   * @param length the field {@code len}, an unsigned int
   * @param offset the field {@code off}
   * @return this
   * @throws IllegalStateException for an operation of 128 bytes in an entry of 64
   */
  public Sqe rw(int opcode, int fd, long address, int length, long offset) {
    Arguments.inRange("opcode", opcode, 0, 255);
    if (opcode == IoUring.IORING_OP_NOP128() || opcode == IoUring.IORING_OP_URING_CMD128()) {
      requireBig();
    }
    return prepare(opcode, fd, offset, address, length, 0);
  }

  /**
   * Sets the field {@code off}.
   *
   * @param offset what the operation takes it for
   * @return this
   */
  public Sqe offset(long offset) {
    return setOffset(offset);
  }

  /**
   * Sets the field {@code addr}.
   *
   * @param address what the operation takes it for
   * @return this
   */
  public Sqe address(long address) {
    return setAddress(address);
  }

  /**
   * Sets the field {@code len}.
   *
   * @param length what the operation takes it for, an unsigned int
   * @return this
   */
  public Sqe length(int length) {
    return setLength(length);
  }

  /**
   * Sets the field of the operation's own flags: {@code rw_flags}, {@code msg_flags}, {@code
   * uring_cmd_flags}, ... For example {@link FileFlags#RWF_NOWAIT} of a read or write.
   *
   * @param flags what the operation takes them for
   * @return this
   */
  public Sqe operationFlags(int flags) {
    return setOperationFlags(flags);
  }

  /**
   * Sets the field {@code addr3}.
   *
   * @param address3 what the operation takes it for
   * @return this
   */
  public Sqe address3(long address3) {
    return setAddress3(address3);
  }

  /**
   * Writes eight bytes of a command's data, the field {@code cmd}, in native byte order. It has 16
   * bytes, and 80 in an entry of 128 bytes.
   *
   * @param offsetBytes where in the data, 0 to 8, or to 72 in an entry of 128 bytes
   * @param value what the file's driver takes it for
   * @return this
   */
  public Sqe commandData(int offsetBytes, long value) {
    return setCommandData(offsetBytes, value);
  }
}
