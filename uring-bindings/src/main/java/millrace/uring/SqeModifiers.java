package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/**
 * What {@link Sqe} can add to an operation, whatever it is: io_uring_sqe_set_flags(3) and others.
 */
abstract sealed class SqeModifiers extends SqeEntry permits SqeFields {

  SqeModifiers(MemorySegment entries) {
    super(entries);
  }

  /**
   * Sets what the completion carries back: io_uring_sqe_set_data64(3).
   *
   * @param userData any number
   * @return this
   */
  public Sqe userData(long userData) {
    return setUserData(userData);
  }

  /**
   * Adds flags to those that are set: io_uring_sqe_set_flags(3).
   *
   * @param flags entry bits of {@link SqeFlags}
   * @return this
   */
  public Sqe flags(int flags) {
    return addFlags(Arguments.inRange("flags", flags, 0, 255));
  }

  /**
   * The next entry starts when this one has succeeded, and is cancelled when it has not (5.3). The
   * chain must be in one submit, see {@link SubmissionQueue#reserve}.
   *
   * @return this
   */
  public Sqe link() {
    return addFlags(IoUring.IOSQE_IO_LINK());
  }

  /**
   * The next entry starts when this one has completed, successfully or not (5.5).
   *
   * @return this
   */
  public Sqe hardlink() {
    return addFlags(IoUring.IOSQE_IO_HARDLINK());
  }

  /**
   * Starts after all that was submitted before, and before all that comes after (5.2).
   *
   * @return this
   */
  public Sqe drain() {
    return addFlags(IoUring.IOSQE_IO_DRAIN());
  }

  /**
   * Goes to a worker thread without a first try on this one (5.6).
   *
   * @return this
   */
  public Sqe async() {
    return addFlags(IoUring.IOSQE_ASYNC());
  }

  /**
   * The descriptor is the index of a registered file (5.1).
   *
   * @return this
   */
  public Sqe fixedFile() {
    return addFlags(IoUring.IOSQE_FIXED_FILE());
  }

  /**
   * Posts no completion on success (5.17).
   *
   * @return this
   */
  public Sqe skipSuccessCqe() {
    return addFlags(IoUring.IOSQE_CQE_SKIP_SUCCESS());
  }

  /**
   * Lets the kernel choose a buffer when the data is there (5.7; groups of {@link
   * ProvidedBufferRing} 5.19): io_uring_sqe_set_buf_group(3).
   *
   * @param bufferGroup the group of a {@link ProvidedBufferRing}, 0 to 65535
   * @return this
   */
  public Sqe bufferSelect(int bufferGroup) {
    setBuffer("bufferGroup", bufferGroup);
    return addFlags(IoUring.IOSQE_BUFFER_SELECT());
  }

  /**
   * Names a registered buffer, for operations that have no argument for it: a command with {@link
   * SqeFlags#URING_CMD_FIXED}, a no-op with {@link SqeFlags#NOP_FIXED_BUFFER}. Not together with
   * {@link #bufferSelect}, whose field is the same.
   *
   * @param bufferIndex the index of a registered buffer, 0 to 65535
   * @return this
   */
  public Sqe bufferIndex(int bufferIndex) {
    return setBuffer("bufferIndex", bufferIndex);
  }

  /**
   * Runs the operation with registered credentials (5.6): io_uring_register_personality(3). The
   * result is EINVAL for a number that is not registered.
   *
   * @param personality the number that registering gave, up to 65535; 0 for the submitter's own
   * @return this
   */
  public Sqe personality(int personality) {
    return setPersonality(personality);
  }

  /**
   * Adds bits to the field {@code ioprio}: the I/O priority of reads and writes, as in
   * ioprio_set(2), or for sends, receives and accepts the RECVSEND, RECV, SEND and ACCEPT bits of
   * {@link SqeFlags}.
   *
   * @param ioprio the bits, 0 to 65535
   * @return this
   */
  public Sqe ioprio(int ioprio) {
    return addIoprio(Arguments.inRange("ioprio", ioprio, 0, 65535));
  }

  /**
   * Waits for readiness before the first try (5.19 for sends and receives, 6.10 for accepts).
   *
   * @return this
   */
  public Sqe pollFirst() {
    return addIoprio(
        isOperation(IoUring.IORING_OP_ACCEPT())
            ? IoUring.IORING_ACCEPT_POLL_FIRST()
            : IoUring.IORING_RECVSEND_POLL_FIRST());
  }

  /**
   * Names the write stream of a write to a block device, which keeps data of one lifetime together
   * (6.16). The result is EINVAL for a device without them.
   *
   * @param writeStream the stream, 1 to 255; 0 for none
   * @return this
   */
  public Sqe writeStream(int writeStream) {
    return setWriteStream(writeStream);
  }

  /**
   * Gives a read or write attributes, such as protection information (6.14; feature RW_ATTR). The
   * result is EINVAL where the file does not know them.
   *
   * @param attributesAddress the attributes, for RW_ATTR_FLAG_PI an io_uring_attr_pi
   * @param typeMask {@link SqeFlags#RW_ATTR_FLAG_PI}
   * @return this
   */
  public Sqe attributes(long attributesAddress, long typeMask) {
    return setAttributes(attributesAddress, typeMask);
  }
}
