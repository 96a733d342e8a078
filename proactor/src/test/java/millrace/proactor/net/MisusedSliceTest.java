package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.LoopFixture;
import millrace.proactor.Transport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.TurnEndTask;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/**
 * Slices that were released too often end their connection, as its stream has lost its meaning, and
 * nothing else; the fixture sees that no buffer stays out and that the loop drains.
 */
@OnEveryBackend(transports = {Transport.TCP, Transport.UNIX})
class MisusedSliceTest {

  private static BufferSlice pooled(StreamConnection connection, String text) {
    BufferSlice slice = connection.proactor().buffers().acquire(text.length());
    slice.copyWindow(Peers.slice(text));
    return slice;
  }

  private static void assertMisuse(List<Throwable> failures, String hint) {
    assertFalse(failures.isEmpty(), "nobody was told");
    for (Throwable failure : failures) {
      assertInstanceOf(IllegalStateException.class, failure);
      assertTrue(failure.getMessage().contains(hint), failure::toString);
    }
  }

  /** Takes all the references that are left, as one does who releases too often. */
  private static void releaseTooOften(BufferSlice slice) {
    assertThrows(
        IllegalStateException.class,
        () -> {
          while (true) {
            slice.release();
          }
        });
  }

  /** Whoever gets memory now is not to get that of others; it is overwritten and given back. */
  private static void useMemory(StreamConnection connection) {
    List<BufferSlice> slices = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      slices.add(pooled(connection, "XXXXXXXXXXXX"));
    }
    slices.forEach(BufferSlice::release);
  }

  /** {@code action} gets the connection of a peer, which must get what was written. */
  private static void assertComes(String text, Consumer<StreamConnection> action) throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(() -> action.accept(connection));
        loop.await(connection.closeAsync());
        assertEquals(new Peers.Input(text, false), Peers.readAll(socket));
        assertEquals(0, loop.await(recorder.closed));
      }
    }
  }

  private static void atTurnEnd(StreamConnection connection, Runnable action) {
    Loop.of(connection.proactor())
        .atTurnEnd(
            new TurnEndTask() {
              @Override
              protected void run() {
                action.run();
              }
            });
  }

  @Test
  void anEchoThatIsNotRetainedLosesItsConnection() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder recorder =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              from.write(data);
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        loop.await(recorder.opened);
        socket.getOutputStream().write(7);
        assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
      }
      assertMisuse(failures, "retain()");
    }
  }

  @Test
  void whatIsQueuedCannotBeReleased() throws Exception {
    assertComes(
        "before misused after",
        connection -> {
          BufferSlice misused = pooled(connection, "misused ");
          assertTrue(connection.write(pooled(connection, "before ")));
          assertTrue(connection.write(misused));
          assertTrue(connection.write(pooled(connection, "after")));
          releaseTooOften(misused);
          useMemory(connection);
        });
  }

  @Test
  void whatIsSentWithOthersCannotBeReleased() throws Exception {
    assertComes(
        "misused another",
        connection -> {
          BufferSlice misused = pooled(connection, "misused ");
          assertTrue(connection.write(misused));
          assertTrue(connection.write(pooled(connection, "another")));
          // Behind the connection in the same turn: by then the send is submitted.
          atTurnEnd(
              connection,
              () -> {
                releaseTooOften(misused);
                useMemory(connection);
              });
        });
  }

  @Test
  void whatIsSentAloneCannotBeReleased() throws Exception {
    assertComes(
        "misused",
        connection -> {
          BufferSlice misused = pooled(connection, "misused");
          assertTrue(connection.write(misused.retain()));
          atTurnEnd(
              connection,
              () -> {
                releaseTooOften(misused);
                useMemory(connection);
              });
        });
  }

  @Test
  void anAbortReleasesAllThatIsQueuedOnce() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        assertTrue(socket.isConnected());
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(
            () -> {
              BufferSlice misused = pooled(connection, "misused");
              assertTrue(connection.write(misused));
              assertTrue(connection.write(pooled(connection, "after")));
              releaseTooOften(misused);
              connection.abort();
              // The next owner's reference is not the connection's to give up.
              BufferSlice next = pooled(connection, "next");
              assertEquals(1, connection.proactor().buffers().outstanding());
              next.release();
            });
        assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
      }
    }
  }

  @Test
  void aSliceWithoutReferencesIsRefusedByTheCall() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(
            () -> {
              BufferSlice misused = pooled(connection, "misused");
              misused.release();
              assertThrows(IllegalStateException.class, () -> connection.write(misused));
              assertTrue(connection.write(pooled(connection, "good")));
              connection.close();
            });
        assertEquals(new Peers.Input("good", false), Peers.readAll(socket));
        assertEquals(0, loop.await(recorder.closed));
      }
    }
  }

  @Test
  void aSliceWrittenOffTheLoopIsTakenOverAndReleased() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        BufferSlice slice = Peers.slice("x");
        assertThrows(IllegalStateException.class, () -> connection.write(slice));
        assertThrows(IllegalStateException.class, slice::release);
        loop.await(connection.closeAsync());
        assertEquals(new Peers.Input("", false), Peers.readAll(socket));
      }
    }
  }

  @Test
  void whoReleasesWhatWasLentLosesTheConnection() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder recorder =
          new Recorder() {
            @Override
            void onReceived(StreamConnection from, BufferSlice data) {
              data.release();
            }
          };
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        loop.await(recorder.opened);
        socket.getOutputStream().write(7);
        assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
      }
      assertMisuse(failures, "it was lent");
    }
  }
}
