package millrace.proactor.backend.uring;

import millrace.proactor.backend.Operation;
import millrace.uring.Sqe;
import millrace.uring.SqeFlags;

/** Writes an operation into a submission queue entry. */
final class SqeWriter {

  private SqeWriter() {}

  static void write(Sqe sqe, Operation op) {
    int fd = op.descriptor;
    switch (op.kind) {
      case NOP -> sqe.nop();
      // In a chain it is a pause: that it has passed is no failure (5.16).
      case TIMEOUT ->
          sqe.timeout(op.address, 0, SqeFlags.TIMEOUT_ABS | SqeFlags.TIMEOUT_ETIME_SUCCESS);
      case READ -> sqe.read(fd, op.address, op.length, op.offset);
      case WRITE -> sqe.write(fd, op.address, op.length, op.offset);
      case RECEIVE -> sqe.recv(fd, op.address, op.length, op.operationFlags);
      case RECEIVE_MULTISHOT -> sqe.recvMultishot(fd, op.bufferGroup, op.operationFlags);
      case RECEIVE_MESSAGE -> sqe.recvmsg(fd, op.address, op.operationFlags);
      case RECEIVE_MESSAGE_MULTISHOT ->
          sqe.recvmsgMultishot(fd, op.address, op.bufferGroup, op.operationFlags);
      case SEND -> sqe.send(fd, op.address, op.length, op.operationFlags);
      case SEND_MESSAGE -> sqe.sendmsg(fd, op.address, op.operationFlags);
      case ACCEPT -> sqe.accept(fd, 0, 0, op.operationFlags);
      case ACCEPT_MULTISHOT -> sqe.multishotAccept(fd, op.operationFlags);
      case CONNECT -> sqe.connect(fd, op.address, op.length);
      case OPEN -> sqe.openat(fd, op.address, op.operationFlags, op.mode);
      case OPEN_HOW -> sqe.openat2(fd, op.address, op.secondAddress);
      case STATUS -> sqe.statx(fd, op.address, op.operationFlags, op.mode, op.secondAddress);
      case UNLINK -> sqe.unlinkat(fd, op.address, op.operationFlags);
      case SYNC -> sqe.fsync(fd, op.operationFlags != 0);
      case POLL -> sqe.pollAdd(fd, op.operationFlags);
      case CLOSE -> sqe.close(fd);
    }
  }
}
