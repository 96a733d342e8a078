package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.util.function.Consumer;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.contract.BackendFixture.Completion;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.buffer.ProvidedBufferGroup;
import millrace.uring.CqeFlags;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import millrace.uring.RecvmsgOut;
import millrace.uring.SocketAddresses;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * Two UDP sockets, messages with their senders, and provided buffers, for the contract tests of
 * those.
 */
abstract class DatagramContract {

  static final int NAME_ROOM = 32;
  static final int BUFFER_BYTES = 128;
  static final int BUFFERS = 8;

  final Peers peers = new Peers();
  BackendFixture fixture;
  BufferSlice[] buffers;
  ProvidedBufferGroup group;
  int bufferBytes;
  int receiver;
  int sender;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers);
    receiver = peers.socket(Libc.SOCK_DGRAM);
    peers.bind(receiver);
    sender = sender();
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  int sender() {
    int socket = peers.socket(Libc.SOCK_DGRAM);
    peers.bind(socket);
    peers.connect(socket, peers.address(receiver));
    return socket;
  }

  void provide(int count) throws Exception {
    provide(count, BUFFER_BYTES);
  }

  void provide(int count, int newBufferBytes) throws Exception {
    bufferBytes = newBufferBytes;
    group = fixture.backend.provideBuffers(BUFFERS);
    buffers = new BufferSlice[BUFFERS];
    for (int id = 0; id < BUFFERS; id++) {
      buffers[id] = BufferSlice.unpooled(bufferBytes);
      if (id < count) {
        group.add(buffers[id].address(), bufferBytes, id);
      }
    }
    group.publish();
  }

  /** A message and what it was made of. */
  record Message(BufferSlice header, BufferSlice name, BufferSlice payload) {
    SocketAddress source() {
      return SocketAddresses.decode(
          name.segment(), MessageHeader.nameLengthBytes(header.segment()));
    }
  }

  Message message(SocketAddress to, BufferSlice payload) {
    BufferSlice header = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(1)));
    BufferSlice name = fixture.keep(BufferSlice.unpooled(SocketAddresses.MAX_BYTES));
    fixture.keep(payload);
    MessageHeader.setSegment(header.segment(), 0, payload.address(), payload.length());
    MessageHeader.set(header.segment(), 1);
    int length = to == null ? name.length() : SocketAddresses.encode(to, name.segment());
    MessageHeader.setName(header.segment(), name.address(), length);
    return new Message(header, name, payload);
  }

  Message messageOf(int lengthBytes) {
    return message(null, BufferSlice.unpooled(lengthBytes));
  }

  long receive(int socket, Message message, int flags) {
    return receive(socket, message, flags, 0);
  }

  long receive(int socket, Message message, int flags, long timeoutNanos) {
    return fixture.submit(
        OperationKind.RECEIVE_MESSAGE,
        socket,
        operation -> {
          operation.address = message.header().address();
          operation.operationFlags = flags;
          operation.timeoutNanos = timeoutNanos;
        });
  }

  long send(int socket, Message message) {
    return fixture.submit(
        OperationKind.SEND_MESSAGE,
        socket,
        operation -> {
          operation.address = message.header().address();
          operation.operationFlags = Libc.MSG_NOSIGNAL;
        });
  }

  long receiveMultishot(int socket) {
    return receiveMultishot(socket, 0, operation -> {});
  }

  long receiveMultishot(int socket, long controlRoom, Consumer<Operation> arguments) {
    BufferSlice header = fixture.keep(BufferSlice.unpooled(MessageHeader.bytes(0)));
    MessageHeader.set(header.segment(), 0);
    MessageHeader.setName(header.segment(), 0, NAME_ROOM);
    MessageHeader.setControl(header.segment(), 0, controlRoom);
    return fixture.submit(
        OperationKind.RECEIVE_MESSAGE_MULTISHOT,
        socket,
        operation -> {
          operation.address = header.address();
          arguments.accept(operation);
        });
  }

  MemorySegment bufferOf(Completion completion) {
    assertTrue((completion.flags() & CqeFlags.F_BUFFER) != 0, completion.toString());
    return buffers[CqeFlags.bufferId(completion.flags())].segment();
  }

  static int payloadLength(Completion completion) {
    return RecvmsgOut.payloadLengthBytes(completion.result(), NAME_ROOM, 0);
  }

  /** The bytes of the message; its buffer goes back. */
  String take(Completion completion) {
    int id = CqeFlags.bufferId(completion.flags());
    assertTrue(RecvmsgOut.isComplete(completion.result(), NAME_ROOM, 0), completion.toString());
    int payload = (int) RecvmsgOut.payloadOffset(NAME_ROOM, 0);
    BufferSlice buffer = buffers[id].range(payload, payloadLength(completion));
    String text = Peers.text(buffer, buffer.length());
    buffer.range(0, bufferBytes);
    group.add(buffer.address(), bufferBytes, id);
    group.publish();
    return text;
  }

  static SocketAddress source(MemorySegment buffer) {
    int length = RecvmsgOut.nameLengthBytes(buffer);
    return SocketAddresses.decode(buffer.asSlice(RecvmsgOut.nameOffset(), length), length);
  }

  void awaitMessages(long token, int count) throws Exception {
    fixture.turnUntil(count + " messages", () -> fixture.completions(token).size() >= count);
  }

  /** A UDP port that answers with ICMP "port unreachable": nobody listens. */
  int senderToNobody() {
    peers.close(receiver);
    return sender;
  }
}
