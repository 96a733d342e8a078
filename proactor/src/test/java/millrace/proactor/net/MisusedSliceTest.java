package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

  /** {@code action} gets the connection of a peer, which it ends by what it does to a slice. */
  private static void assertEndsTheConnection(String hint, Consumer<StreamConnection> action)
      throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(() -> action.accept(connection));
        assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
        loop.run(() -> assertEquals(0, connection.queuedBytes()));
        assertEquals(1, recorder.closes);
        // Never as if the stream had ended there, where the transport can tell.
        assertEquals(!Transport.isUnix(), Peers.readAll(socket).reset());
      }
      assertMisuse(failures, hint);
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
  void oneMisusedSliceAmongOthersOfATurn() throws Exception {
    assertEndsTheConnection(
        "retain()",
        connection -> {
          BufferSlice misused = pooled(connection, "misused");
          assertTrue(connection.write(pooled(connection, "before")));
          assertTrue(connection.write(misused));
          assertTrue(connection.write(pooled(connection, "after")));
          misused.release();
        });
  }

  @Test
  void aCloseThatWouldFlushAMisusedSliceEndsAtOnce() throws Exception {
    assertEndsTheConnection(
        "retain()",
        connection -> {
          BufferSlice misused = pooled(connection, "misused");
          assertTrue(connection.write(misused));
          misused.release();
          connection.close();
        });
  }

  @Test
  void anAbortWithAMisusedSliceReleasesTheOthers() throws Exception {
    assertEndsTheConnection(
        "retain()",
        connection -> {
          BufferSlice misused = pooled(connection, "misused");
          assertTrue(connection.write(misused));
          assertTrue(connection.write(pooled(connection, "after")));
          misused.release();
          connection.abort();
        });
  }

  @Test
  void aSliceReleasedWhileItIsSentWithOthers() throws Exception {
    assertEndsTheConnection(
        "retain()",
        connection -> {
          BufferSlice misused = pooled(connection, "misused");
          assertTrue(connection.write(misused));
          assertTrue(connection.write(pooled(connection, "another")));
          // Behind the connection in the same turn: by then the send is submitted.
          atTurnEnd(connection, misused::release);
        });
  }

  @Test
  void aSliceReleasedWhileItIsSentAloneIsToldAndTheLoopGoesOn() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        loop.run(
            () -> {
              BufferSlice misused = pooled(connection, "misused");
              assertTrue(connection.write(misused));
              atTurnEnd(connection, misused::release);
            });
        loop.until("told", () -> !failures.isEmpty());
        loop.await(connection.closeAsync());
        assertEquals(new Peers.Input("misused", false), Peers.readAll(socket));
      }
      assertMisuse(failures, "too often");
    }
  }

  @Test
  void whoeverWaitsForAMisusedSliceHearsThatTheConnectionHasEnded() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Recorder recorder = new Recorder();
      StreamListener listener = Peers.listen(loop, recorder::accept);
      try (Socket socket = Peers.connect(listener)) {
        StreamConnection connection = loop.await(recorder.opened);
        CompletableFuture<Void> sent =
            loop.call(
                () -> {
                  BufferSlice misused = pooled(connection, "misused");
                  CompletableFuture<Void> future = connection.send(misused).toCompletableFuture();
                  misused.release();
                  return future;
                });
        boolean failed = loop.await(sent.handle((nothing, failure) -> failure != null));
        assertTrue(failed);
        assertEquals(Errno.ECANCELED, loop.await(recorder.closed));
        assertEquals("", Peers.readAll(socket).text());
      }
      assertMisuse(failures, "retain()");
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
      assertMisuse(failures, "what it was lent");
    }
  }
}
