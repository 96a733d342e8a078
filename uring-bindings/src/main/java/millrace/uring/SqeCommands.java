package millrace.uring;

import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;

/** Commands of a file's driver, of {@link Sqe}: sockets, block devices and any other. */
abstract sealed class SqeCommands extends SqeProcess permits Sqe {
  // linux/blkdev.h, not part of the generated bindings; SqeLayoutTest asks the C compiler.
  private static final int BLOCK_URING_CMD_DISCARD = 0x1200;
  private static final int BLOCK_URING_CMD_ZONE_RESET_ALL = 0x1201;

  SqeCommands(MemorySegment entries) {
    super(entries);
  }

  /**
   * A command that a file's driver defines, such as a character device of NVMe, ublk or FUSE. Its
   * arguments are set by {@link Sqe#address}, {@link Sqe#length}, {@link Sqe#address3}, {@link
   * Sqe#commandData} and, for {@link SqeFlags#URING_CMD_FIXED}, {@link Sqe#operationFlags} and
   * {@link Sqe#bufferIndex}. The result is the driver's; EOPNOTSUPP for a file without commands
   * (5.19; io_uring_prep_uring_cmd(3)).
   *
   * @param command the number of the command
   * @param fd the descriptor
   * @return this
   */
  public Sqe uringCmd(int command, int fd) {
    return prepareCommand(IoUring.IORING_OP_URING_CMD(), fd, command);
  }

  /**
   * {@link #uringCmd} in an entry of 128 bytes, whose data has 80 bytes (6.19;
   * io_uring_prep_uring_cmd128(3)).
   *
   * @param command the number of the command
   * @param fd the descriptor
   * @return this
   * @throws IllegalStateException in an entry of 64 bytes
   */
  public Sqe uringCmd128(int command, int fd) {
    requireBig();
    return prepareCommand(IoUring.IORING_OP_URING_CMD128(), fd, command);
  }

  /**
   * A command of a socket. The result is that of the command; EOPNOTSUPP for an unknown one or a
   * file that is no socket (6.7; io_uring_prep_cmd_sock(3)).
   *
   * @param command a constant of {@link SocketCommands}, which tells what it takes and gives
   * @param fd the descriptor
   * @param level the level of the option, SOL_SOCKET or IPPROTO_*
   * @param optionName the option, SO_*, TCP_*, ...
   * @param optionAddress the value, or where it goes
   * @param optionLengthBytes the length of the value, or the room for it, 0 or more
   * @return this
   */
  public Sqe cmdSock(
      int command, int fd, int level, int optionName, long optionAddress, int optionLengthBytes) {
    Arguments.notNegative("optionLengthBytes", optionLengthBytes);
    uringCmd(command, fd);
    setOption(level, optionName);
    setFileIndexField(optionLengthBytes);
    return setAddress3(optionAddress);
  }

  /**
   * getsockname(2) or getpeername(2). The result is 0, ENOTCONN without a peer, EOPNOTSUPP for what
   * is no socket (6.19; io_uring_prep_cmd_getsockname(3)).
   *
   * @param fd the descriptor
   * @param sockaddrAddress where the address goes, see {@link SocketAddresses}
   * @param lengthAddress the int with the room there, which becomes the length of the address
   * @param peer true for the peer's address
   * @return this
   */
  public Sqe cmdGetsockname(int fd, long sockaddrAddress, long lengthAddress, boolean peer) {
    uringCmd(SocketCommands.GETSOCKNAME, fd);
    setAddress(sockaddrAddress);
    setFileIndexField(peer ? 1 : 0);
    return setAddress3(lengthAddress);
  }

  /**
   * Tells a block device that a range is no longer needed. Not ordered with reads and writes in
   * flight. The result is 0, EOPNOTSUPP for a device that cannot, EINVAL for a range that is not of
   * whole blocks (6.12; io_uring_prep_cmd_discard(3)).
   *
   * @param fd the descriptor of the device, open for writing
   * @param offset where the range starts, in bytes
   * @param lengthBytes how long the range is
   * @return this
   */
  public Sqe cmdDiscard(int fd, long offset, long lengthBytes) {
    uringCmd(BLOCK_URING_CMD_DISCARD, fd);
    setAddress(offset);
    return setAddress3(lengthBytes);
  }

  /**
   * Resets all zones of a zoned block device that must be written in sequence. Not ordered with
   * reads and writes in flight. The result is 0, or EOPNOTSUPP (after 7.0;
   * io_uring_prep_cmd_zone_reset_all(3)).
   *
   * @param fd the descriptor of the device, open for writing
   * @return this
   */
  public Sqe cmdZoneResetAll(int fd) {
    return uringCmd(BLOCK_URING_CMD_ZONE_RESET_ALL, fd);
  }
}
