package millrace.proactor.backend.contract;

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
}
