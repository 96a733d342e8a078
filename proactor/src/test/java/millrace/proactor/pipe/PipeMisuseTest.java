package millrace.proactor.pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
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

  /** {@code action} writes; the reader gets {@code text}, or nothing if the writer is aborted. */
  private static void assertComes(
      String text, int errno, BiConsumer<LoopFixture, PipeWriter> action) throws Exception {
    StringBuilder received = new StringBuilder();
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    CompletableFuture<Integer> readerClosed = new CompletableFuture<>();
    try (LoopFixture loop = LoopFixture.start()) {
      PipeReadHandler reading =
          new PipeReadHandler() {
            @Override
            public void received(PipeReader reader, BufferSlice data) {
              received.append(new String(data.toByteArray(), StandardCharsets.US_ASCII));
            }

            @Override
            public void endOfStream(PipeReader reader) {
              reader.close();
            }

            @Override
            public void closed(PipeReader reader, int reason) {
              readerClosed.complete(reason);
            }
          };
      PipeWriteHandler writing =
          new PipeWriteHandler() {
            @Override
            public void closed(PipeWriter writer, int reason) {
              closed.complete(reason);
            }
          };
      Pipe pipe = loop.await(Pipe.open(loop.proactor(), PipeOptions.defaults(), reading, writing));
      loop.run(() -> action.accept(loop, pipe.writer()));
      loop.await(pipe.writer().closeAsync());
      assertEquals(errno, loop.await(closed));
      assertEquals(0, loop.await(readerClosed));
      assertEquals(text, loop.call(received::toString));
    }
  }

  private static BufferSlice pooled(LoopFixture loop, char character) {
    BufferSlice slice = loop.proactor().buffers().acquire(LONG_BYTES);
    slice.copyWindow(BufferSlice.copyOf(text(character).getBytes(StandardCharsets.US_ASCII)));
    return slice;
  }

  private static String text(char character) {
    return String.valueOf(character).repeat(LONG_BYTES);
  }

  /** As one does who does not know that it is the writer's; and whoever gets memory now. */
  private static void releaseTooOften(LoopFixture loop, BufferSlice slice) {
    assertThrows(IllegalStateException.class, slice::release);
    BufferSlice other = pooled(loop, 'X');
    other.release();
  }

  @Test
  void whatIsQueuedCannotBeReleased() throws Exception {
    assertComes(
        text('a') + text('b'),
        0,
        (loop, writer) -> {
          BufferSlice misused = pooled(loop, 'a');
          assertTrue(writer.write(misused));
          assertTrue(writer.write(pooled(loop, 'b')));
          releaseTooOften(loop, misused);
        });
  }

  @Test
  void whatIsWrittenBeforeACloseCannotBeReleased() throws Exception {
    assertComes(
        text('a'),
        0,
        (loop, writer) -> {
          BufferSlice misused = pooled(loop, 'a');
          assertTrue(writer.write(misused));
          releaseTooOften(loop, misused);
          writer.close();
        });
  }

  @Test
  void anAbortReleasesAllThatIsQueuedOnce() throws Exception {
    assertComes(
        "",
        Errno.ECANCELED,
        (loop, writer) -> {
          BufferSlice misused = pooled(loop, 'a');
          assertTrue(writer.write(misused));
          assertTrue(writer.write(pooled(loop, 'b')));
          releaseTooOften(loop, misused);
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
