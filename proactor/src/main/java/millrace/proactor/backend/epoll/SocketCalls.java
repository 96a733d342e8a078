package millrace.proactor.backend.epoll;

import java.lang.foreign.MemorySegment;
import millrace.proactor.backend.MessageMemory;
import millrace.proactor.backend.Operation;
import millrace.uring.CqeFlags;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * Attempts of operations on sockets, none of which blocks: receive and send by MSG_DONTWAIT, accept
 * and connect by O_NONBLOCK. Each returns a result or one of {@link Outcome}. Loop thread only.
 */
final class SocketCalls {

  private final DescriptorTable descriptors;
  private final CallBudget budget;

  /** Of the call under way: what is left of a message that was sent in part. */
  private final MemorySegment rest;

  private EpollBufferGroup buffers;

  SocketCalls(DescriptorTable descriptors, CallBudget budget, MemorySegment rest) {
    this.descriptors = descriptors;
    this.budget = budget;
    this.rest = rest;
  }

  void buffers(EpollBufferGroup group) {
    buffers = group;
  }

  /** One RECEIVE or SEND; with MSG_WAITALL on a stream as many calls as it takes. */
  int transfer(PendingOperation pending, boolean receive) {
    Operation op = pending.operation;
    while (true) {
      long address = op.address + pending.transferred;
      int length = op.length - pending.transferred;
      int flags = op.operationFlags | Libc.MSG_DONTWAIT;
      int count =
          (int)
              (receive
                  ? Libc.recv(op.descriptor, address, length, flags)
                  : Libc.send(op.descriptor, address, length, flags));
      if (count == -Errno.EINTR) {
        continue;
      }
      if (count == -Errno.EAGAIN && (op.operationFlags & Libc.MSG_DONTWAIT) == 0) {
        return Outcome.NOT_READY;
      }
      if (count < 0) {
        return pending.transferred > 0 ? pending.transferred : count;
      }
      pending.transferred += count;
      if (count == 0 || count == length || !wantsAll(op)) {
        return pending.transferred;
      }
    }
  }

  /** As io_uring does: MSG_WAITALL has a meaning where bytes follow each other. */
  private static boolean wantsAll(Operation op) {
    if ((op.operationFlags & Libc.MSG_WAITALL) == 0) {
      return false;
    }
    int type = socketType(op.descriptor);
    return type == Libc.SOCK_STREAM || type == Libc.SOCK_SEQPACKET;
  }

  /** With MSG_WAITALL on a stream as many calls as it takes. */
  int sendMessage(PendingOperation pending) {
    Operation op = pending.operation;
    while (true) {
      long address = pending.transferred == 0 ? op.address : restToSend(pending);
      int flags = op.operationFlags | Libc.MSG_DONTWAIT;
      int count = (int) Libc.sendmsg(op.descriptor, address, flags);
      if (count == -Errno.EAGAIN && (op.operationFlags & Libc.MSG_DONTWAIT) == 0) {
        return Outcome.NOT_READY;
      }
      if (count == -Errno.EINTR) {
        continue;
      }
      if (count < 0) {
        return pending.transferred > 0 ? pending.transferred : count;
      }
      pending.transferred += count;
      if (count == 0 || !isMessagePart(pending)) {
        return pending.transferred;
      }
    }
  }

  /** Control data goes with the first byte, as on io_uring. */
  private long restToSend(PendingOperation pending) {
    long message = pending.operation.address;
    MessageMemory.writeRest(message, pending.transferred, rest);
    MessageMemory.copyName(message, rest);
    return rest.address();
  }

  /** After a call that has transferred bytes: whether the rest of the message is wanted too. */
  static boolean isMessagePart(PendingOperation pending) {
    Operation op = pending.operation;
    return (op.operationFlags & Libc.MSG_WAITALL) != 0
        && pending.transferred < MessageMemory.bytes(op.address)
        && wantsAll(op);
  }

  int receiveMultishot(PendingOperation pending) {
    Operation op = pending.operation;
    if (buffers == null || op.bufferGroup != buffers.groupId()) {
      return -Errno.ENOBUFS;
    }
    while (budget.mayCall()) {
      if (buffers.isEmpty()) {
        return withoutBuffer(pending);
      }
      int length = buffers.lengthBytes();
      int flags = op.operationFlags | Libc.MSG_DONTWAIT;
      int count = (int) Libc.recv(op.descriptor, buffers.address(), length, flags);
      if (count == -Errno.EAGAIN && (op.operationFlags & Libc.MSG_DONTWAIT) == 0) {
        return Outcome.NOT_READY;
      }
      if (count <= 0) {
        if (count == -Errno.EINTR) {
          continue;
        }
        return count;
      }
      boolean drained = count < length && isDrained(op.descriptor);
      int bufferId = buffers.take();
      budget.deliver(pending, count, CqeFlags.F_MORE | CqeFlags.ofBuffer(bufferId));
      if (drained) {
        return Outcome.NOT_READY;
      }
      if (pending.cancelRequested) {
        break;
      }
    }
    return Outcome.OVER_BUDGET;
  }

  /** A receive that is new has not learnt whether there is data, and may wait for it. */
  static int withoutBuffer(PendingOperation pending) {
    if (pending.state != PendingOperation.State.NEW) {
      return -Errno.ENOBUFS;
    }
    int type = socketType(pending.operation.descriptor);
    return Errno.isError(type) ? type : Outcome.NOT_READY;
  }

  private static int socketType(int descriptor) {
    return Libc.getsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_TYPE);
  }

  /**
   * After a read of fewer bytes than asked for: whether there is no more, so that the call that
   * would answer EAGAIN can be saved (epoll(7), "Questions and answers", 9). With TCP that is so,
   * except before the end of the stream and before urgent data; a UNIX stream also stops between
   * messages that carry something.
   */
  private boolean isDrained(int descriptor) {
    DescriptorState state = descriptors.get(descriptor);
    if (state.tcp == DescriptorState.Tcp.UNKNOWN) {
      int answer = Libc.getsockopt(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY);
      state.tcp = Errno.isError(answer) ? DescriptorState.Tcp.NO : DescriptorState.Tcp.YES;
    }
    return state.tcp == DescriptorState.Tcp.YES && !state.exceptional;
  }

  int accept(PendingOperation pending, boolean multishot) {
    Operation op = pending.operation;
    int error = makeNonBlocking(op.descriptor);
    if (Errno.isError(error)) {
      return error;
    }
    while (budget.mayCall()) {
      int accepted = Libc.accept(op.descriptor, op.operationFlags);
      if (accepted == -Errno.EAGAIN) {
        return Outcome.NOT_READY;
      }
      if (accepted == -Errno.EINTR) {
        continue;
      }
      if (accepted < 0 || !multishot) {
        return accepted;
      }
      budget.deliver(pending, accepted, CqeFlags.F_MORE);
      if (pending.cancelRequested) {
        break;
      }
    }
    return Outcome.OVER_BUDGET;
  }

  /** A second connect(2) on a socket that has become writable tells how the first one ended. */
  int connect(PendingOperation pending) {
    Operation op = pending.operation;
    int error = makeNonBlocking(op.descriptor);
    if (Errno.isError(error)) {
      return error;
    }
    boolean underWay = pending.state == PendingOperation.State.WAITING;
    int result = Libc.connect(op.descriptor, op.address, op.length);
    if (result == -Errno.EINPROGRESS || result == -Errno.EINTR) {
      return Outcome.NOT_READY;
    }
    if (underWay && result == -Errno.EALREADY) {
      return Outcome.NOT_READY;
    }
    if (result == -Errno.EAGAIN && isUnix(op.descriptor)) {
      // The listener's queue is full. A call that blocks would wait for room in it, and nothing
      // else tells of it: an unconnected socket is always ready (unix(7)).
      return Outcome.TRY_LATER;
    }
    return underWay && result == -Errno.EISCONN ? 0 : result;
  }

  private static boolean isUnix(int descriptor) {
    return Libc.getsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_DOMAIN) == Libc.AF_UNIX;
  }

  /** O_NONBLOCK, once for all that wait: accept(2) and connect(2) know no other way. */
  private int makeNonBlocking(int descriptor) {
    DescriptorState known = descriptors.find(descriptor);
    if (known != null && known.nonBlocking) {
      return 0;
    }
    int flags = Libc.fcntl(descriptor, Libc.F_GETFL, 0);
    if (Errno.isError(flags)) {
      return flags;
    }
    DescriptorState state = descriptors.get(descriptor);
    state.nonBlocking = true;
    if ((flags & Libc.O_NONBLOCK) == 0) {
      state.restoreBlocking = true;
      return Libc.fcntl(descriptor, Libc.F_SETFL, flags | Libc.O_NONBLOCK);
    }
    return 0;
  }

  /** Nobody waits any more: the file is as it was found. */
  static void restoreBlocking(DescriptorState state) {
    if (state.restoreBlocking) {
      state.restoreBlocking = false;
      int flags = Libc.fcntl(state.descriptor, Libc.F_GETFL, 0);
      if (!Errno.isError(flags)) {
        Libc.fcntl(state.descriptor, Libc.F_SETFL, flags & ~Libc.O_NONBLOCK);
      }
    }
    state.nonBlocking = false;
  }
}
