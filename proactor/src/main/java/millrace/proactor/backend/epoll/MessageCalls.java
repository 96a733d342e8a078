package millrace.proactor.backend.epoll;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.proactor.backend.MessageMemory;
import millrace.proactor.backend.Operation;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import millrace.uring.RecvmsgOut;

/**
 * Attempts of recvmsg(2): once into the caller's memory, and again and again into provided buffers,
 * which get the layout that io_uring gives them (io_uring_recvmsg_out(3)). Each returns a result or
 * one of {@link Outcome}. Loop thread only.
 */
final class MessageCalls {

  private final CallBudget budget;

  /** Of the call under way: a msghdr and its iovec. */
  private final MemorySegment header;

  /** Of the call under way: what is left of a message that was received in part. */
  private final MemorySegment rest;

  private EpollBufferGroup buffers;

  MessageCalls(CallBudget budget, Arena arena, MemorySegment rest) {
    this.budget = budget;
    this.rest = rest;
    this.header = arena.allocate(MessageHeader.bytes(1), 16);
  }

  void buffers(EpollBufferGroup group) {
    buffers = group;
  }

  /** With MSG_WAITALL on a stream as many calls as it takes. */
  int receive(PendingOperation pending) {
    Operation op = pending.operation;
    while (true) {
      boolean first = pending.transferred == 0;
      long address = first ? op.address : rest.address();
      if (first && (op.operationFlags & Libc.MSG_WAITALL) != 0) {
        // The call makes it the length of what has come.
        pending.controlRoomBytes = MessageHeader.controlLengthBytes(op.address);
      } else if (!first) {
        MessageMemory.writeRest(op.address, pending.transferred, rest);
        MessageMemory.copyControlRoom(op.address, pending.controlRoomBytes, rest);
      }
      int flags = op.operationFlags | Libc.MSG_DONTWAIT;
      int count = (int) Libc.recvmsg(op.descriptor, address, flags);
      if (count == -Errno.EAGAIN && mayWait(op)) {
        return Outcome.NOT_READY;
      }
      if (count == -Errno.EINTR) {
        continue;
      }
      if (count < 0) {
        return pending.transferred > 0 ? pending.transferred : count;
      }
      if (!first) {
        MessageMemory.addReceived(op.address, rest);
      }
      pending.transferred += count;
      if (count == 0 || !SocketCalls.isMessagePart(pending)) {
        return pending.transferred;
      }
    }
  }

  private static boolean mayWait(Operation op) {
    return (op.operationFlags & Libc.MSG_DONTWAIT) == 0;
  }

  int receiveMultishot(PendingOperation pending) {
    Operation op = pending.operation;
    if ((op.operationFlags & Libc.MSG_WAITALL) != 0) {
      return -Errno.EINVAL;
    }
    int nameRoom = MessageHeader.nameLengthBytes(op.address);
    long controlRoom = MessageHeader.controlLengthBytes(op.address);
    if (!MessageMemory.areRooms(nameRoom, controlRoom)) {
      return -Errno.EOVERFLOW;
    }
    if (buffers == null || op.bufferGroup != buffers.groupId()) {
      return -Errno.ENOBUFS;
    }
    long payloadOffset = RecvmsgOut.payloadOffset(nameRoom, controlRoom);
    while (budget.mayCall()) {
      if (buffers.isEmpty()) {
        return SocketCalls.withoutBuffer(pending);
      }
      long payloadRoom = buffers.lengthBytes() - payloadOffset;
      if (payloadRoom < 0) {
        return -Errno.EFAULT;
      }
      int count = receiveInto(op, buffers.address(), nameRoom, controlRoom, payloadRoom);
      if (count == -Errno.EAGAIN && mayWait(op)) {
        return Outcome.NOT_READY;
      }
      if (count == -Errno.EINTR) {
        continue;
      }
      if (count < 0) {
        return count;
      }
      writeOut(buffers.address(), count);
      int result = (int) (payloadOffset + Math.min(count, payloadRoom));
      int bufferFlags = CqeFlags.ofBuffer(buffers.take());
      if (count == 0) {
        // The end of a stream, or an empty datagram: io_uring does not tell them apart.
        pending.resultFlags = bufferFlags;
        return result;
      }
      budget.deliver(pending, result, CqeFlags.F_MORE | bufferFlags);
      if (pending.cancelRequested) {
        break;
      }
    }
    return Outcome.OVER_BUDGET;
  }

  private int receiveInto(
      Operation op, long buffer, int nameRoom, long controlRoom, long payloadRoom) {
    MessageHeader.set(header, 1);
    if (nameRoom > 0) {
      MessageHeader.setName(header, buffer + RecvmsgOut.nameOffset(), nameRoom);
    }
    if (controlRoom > 0) {
      MessageHeader.setControl(header, buffer + RecvmsgOut.controlOffset(nameRoom), controlRoom);
    }
    long payload = buffer + RecvmsgOut.payloadOffset(nameRoom, controlRoom);
    MessageHeader.setSegment(header, 0, payload, payloadRoom);
    int flags = op.operationFlags | Libc.MSG_DONTWAIT;
    return (int) Libc.recvmsg(op.descriptor, header.address(), flags);
  }

  private void writeOut(long buffer, int messageLength) {
    RecvmsgOut.write(
        buffer,
        MessageHeader.nameLengthBytes(header),
        (int) MessageHeader.controlLengthBytes(header),
        messageLength,
        MessageHeader.flags(header));
  }
}
