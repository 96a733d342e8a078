package millrace.proactor.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import millrace.proactor.LoopFixture;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Slices that were released too often end their pipe and nothing else. */
@OnEveryBackend
class PipeMisuseTest {

  /** Longer than what is copied together with others. */
  private static final int LONG_BYTES = 4096;

  /** {@code action} ends the writer by what it does to a slice. */
  private static void assertEndsTheWriter(BiConsumer<LoopFixture, PipeWriter> action)
      throws Exception {
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    CompletableFuture<Integer> readerClosed = new CompletableFuture<>();
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      PipeReadHandler reading =
          new PipeReadHandler() {
            @Override
            public void received(PipeReader reader, BufferSlice data) {}

            @Override
            public void endOfStream(PipeReader reader) {
              reader.close();
            }

            @Override
            public void closed(PipeReader reader, int errno) {
              readerClosed.complete(errno);
            }
          };
      PipeWriteHandler writing =
          new PipeWriteHandler() {
            @Override
            public void closed(PipeWriter writer, int errno) {
              closed.complete(errno);
            }
          };
      Pipe pipe = loop.await(Pipe.open(loop.proactor(), PipeOptions.defaults(), reading, writing));
      loop.run(() -> action.accept(loop, pipe.writer()));
      assertEquals(Errno.ECANCELED, loop.await(closed));
      assertEquals(0, loop.await(readerClosed));
      assertFalse(failures.isEmpty(), "nobody was told");
      for (Throwable failure : failures) {
        assertInstanceOf(IllegalStateException.class, failure);
        assertTrue(failure.getMessage().contains("retain()"), failure::toString);
      }
    }
  }

  private static BufferSlice pooled(LoopFixture loop) {
    return loop.proactor().buffers().acquire(LONG_BYTES);
  }

  @Test
  void aSliceReleasedBeforeItIsWritten() throws Exception {
    assertEndsTheWriter(
        (loop, writer) -> {
          BufferSlice misused = pooled(loop);
          assertTrue(writer.write(misused));
          assertTrue(writer.write(pooled(loop)));
          misused.release();
        });
  }

  @Test
  void aSliceReleasedBeforeTheWriterIsClosed() throws Exception {
    assertEndsTheWriter(
        (loop, writer) -> {
          BufferSlice misused = pooled(loop);
          assertTrue(writer.write(misused));
          misused.release();
          writer.close();
        });
  }

  @Test
  void aSliceReleasedBeforeAnAbort() throws Exception {
    assertEndsTheWriter(
        (loop, writer) -> {
          BufferSlice misused = pooled(loop);
          assertTrue(writer.write(misused));
          assertTrue(writer.write(pooled(loop)));
          misused.release();
          writer.abort();
        });
  }

  @Test
  void aSliceWrittenOffTheLoopIsTakenOverAndReleased() throws Exception {
    int[] two = new int[2];
    assertEquals(0, Libc.pipe2(two, Libc.O_CLOEXEC));
    try (LoopFixture loop = LoopFixture.start()) {
      PipeWriter writer =
          loop.await(
              PipeWriter.wrap(
                  loop.proactor(), two[1], PipeOptions.defaults(), new PipeWriteHandler() {}));
      BufferSlice slice = BufferSlice.unpooled(1);
      assertThrows(IllegalStateException.class, () -> writer.write(slice));
      assertThrows(IllegalStateException.class, slice::release);
      loop.await(writer.closeAsync());
    } finally {
      Libc.close(two[0]);
    }
  }
}
