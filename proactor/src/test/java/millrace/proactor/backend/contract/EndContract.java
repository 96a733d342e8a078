package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import millrace.uring.MessageHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * Operations of each kind that have to wait until they are ended, for the contract tests of ends.
 */
abstract class EndContract {

  static final Set<OperationKind> WAITING =
      EnumSet.of(
          OperationKind.READ,
          OperationKind.WRITE,
          OperationKind.RECEIVE,
          OperationKind.RECEIVE_MULTISHOT,
          OperationKind.RECEIVE_MESSAGE,
          OperationKind.RECEIVE_MESSAGE_MULTISHOT,
          OperationKind.SEND,
          OperationKind.SEND_MESSAGE,
          OperationKind.ACCEPT,
          OperationKind.ACCEPT_MULTISHOT,
          OperationKind.CONNECT,
          OperationKind.POLL);

  private static final int BUFFERS = 4;

  final Peers peers = new Peers();
  final BufferSlice buffer = BufferSlice.unpooled(1 << 16);
  BackendFixture fixture;
  int[] emptyPipe;
  int[] fullPipe;
  int[] quietPair;
  int[] fullPair;
  int listener;
  int deaf;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers, 128);
    var group = fixture.backend.provideBuffers(BUFFERS);
    for (int id = 0; id < BUFFERS; id++) {
      group.add(fixture.keep(BufferSlice.unpooled(64)).address(), 64, id);
    }
    group.publish();
    emptyPipe = peers.pipe();
    fullPipe = peers.pipe();
    assertEquals(1 << 16, peers.surroundings.write(fullPipe[1], buffer));
    quietPair = peers.connection();
    fullPair = peers.connection();
    peers.fill(fullPair[0]);
    listener = peers.listener();
    deaf = deafListener();
  }

  /** Whoever connects there waits: its queue is full, and the kernel drops what asks for more. */
  int deafListener() {
    int socket = peers.listener(0);
    peers.connect(peers.address(socket));
    return socket;
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  int descriptorOf(OperationKind kind) {
    return switch (kind) {
      case READ, POLL -> emptyPipe[0];
      case WRITE -> fullPipe[1];
      case RECEIVE, RECEIVE_MULTISHOT, RECEIVE_MESSAGE, RECEIVE_MESSAGE_MULTISHOT -> quietPair[0];
      case SEND, SEND_MESSAGE -> full(fullPair[0]);
      case ACCEPT, ACCEPT_MULTISHOT -> listener;
      case CONNECT -> peers.socket(Libc.SOCK_STREAM);
      default -> throw new IllegalArgumentException(kind.toString());
    };
  }

  int full(int socket) {
    peers.fill(socket);
    return socket;
  }

  long submit(OperationKind kind, int descriptor, long timeoutNanos) {
    Operation operation = prepare(kind, descriptor, timeoutNanos);
    fixture.backend.submit(operation);
    return operation.token();
  }

  Operation prepare(OperationKind kind, int descriptor, long timeoutNanos) {
    BufferSlice memory = fixture.keep(memoryOf(kind));
    return fixture.prepare(
        kind,
        descriptor,
        operation -> {
          operation.address = memory.address();
          operation.length = memory.length();
          operation.offset = -1;
          operation.timeoutNanos = timeoutNanos;
          operation.operationFlags = kind == OperationKind.POLL ? Libc.POLLIN : 0;
        });
  }

  BufferSlice memoryOf(OperationKind kind) {
    return switch (kind) {
      case CONNECT -> Peers.sockaddr(peers.address(deaf));
      case WRITE, SEND -> buffer;
      case SEND_MESSAGE -> message(buffer);
      case RECEIVE_MESSAGE, RECEIVE_MESSAGE_MULTISHOT -> message(BufferSlice.unpooled(64));
      default -> BufferSlice.unpooled(64);
    };
  }

  BufferSlice message(BufferSlice data) {
    BufferSlice header = BufferSlice.unpooled(MessageHeader.bytes(1));
    MessageHeader.setSegment(header.segment(), 0, fixture.keep(data).address(), data.length());
    MessageHeader.set(header.segment(), 1);
    return header;
  }

  Operation nop() {
    return fixture.prepare(OperationKind.NOP, -1, operation -> {});
  }

  static long[] timeouts(OperationKind kind) {
    return kind.isMultishot() ? new long[] {0} : new long[] {0, BackendFixture.HOUR_NANOS};
  }

  Path file(String content) {
    Path path = peers.surroundings.directory().resolve("file");
    peers.surroundings.writeFile(path, content.getBytes(StandardCharsets.US_ASCII));
    return path;
  }
}
