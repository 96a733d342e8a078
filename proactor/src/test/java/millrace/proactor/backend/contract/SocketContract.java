package millrace.proactor.backend.contract;

import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A backend and sockets, for the contract tests of those. */
abstract class SocketContract {

  final Peers peers = new Peers();
  BackendFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers);
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  /** A send of the window of {@code data}. */
  final long send(int socket, BufferSlice data) {
    return fixture.submit(
        OperationKind.SEND,
        socket,
        operation -> {
          operation.address = fixture.keep(data).address();
          operation.length = data.length();
          operation.operationFlags = Libc.MSG_NOSIGNAL;
        });
  }
}
