package millrace.proactor.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import millrace.proactor.LoopFixture;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls from other threads, whose operations start later than the call. */
class AsyncFileOwnershipTest {

  @TempDir Path directory;

  private static BufferSlice acquire(LoopFixture loop, String text) {
    BufferSlice slice = loop.proactor().buffers().acquire(1024);
    slice.copyWindow(FileFixture.slice(text));
    return slice;
  }

  /** Keeps the loop from starting what is given meanwhile. */
  private static void hold(LoopFixture loop, CountDownLatch release, Runnable then)
      throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    loop.proactor()
        .execute(
            () -> {
              held.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              then.run();
            });
    held.await();
  }

  private static AsyncFile open(LoopFixture loop, Path path) {
    return loop.await(
        AsyncFile.open(
            loop.proactor(),
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Test
  void aBufferReleasedAndMovedAfterTheCallIsWrittenAsItWas() throws Exception {
    for (boolean fully : new boolean[] {false, true}) {
      Path path = directory.resolve("written " + fully);
      try (LoopFixture loop = LoopFixture.start()) {
        AsyncFile file = open(loop, path);
        BufferSlice mine = loop.call(() -> acquire(loop, "mine, not yours").range(0, 4));
        CountDownLatch release = new CountDownLatch(1);
        hold(loop, release, () -> acquire(loop, "of somebody else").release());
        CompletionStage<Integer> written =
            fully ? file.writeFullyAsync(mine, 0) : file.writeAsync(mine, 0);
        mine.range(6, 9);
        mine.release();
        release.countDown();
        assertEquals(4, loop.await(written));
        assertEquals("mine", Files.readString(path));
        assertEquals(0, loop.await(file.closeAsync()));
        loop.until("released", () -> loop.proactor().buffers().outstanding() == 0);
      }
    }
  }

  @Test
  void aReadGoesIntoTheWindowOfTheCall() throws Exception {
    Path path = Files.writeString(directory.resolve("read"), "0123456789");
    for (boolean fully : new boolean[] {false, true}) {
      try (LoopFixture loop = LoopFixture.start()) {
        AsyncFile file = open(loop, path);
        BufferSlice target = loop.call(() -> acquire(loop, "................").range(2, 5));
        CountDownLatch release = new CountDownLatch(1);
        hold(loop, release, () -> {});
        CompletionStage<Integer> read =
            fully ? file.readFullyAsync(target, 3) : file.readAsync(target, 3);
        target.range(0, 16);
        release.countDown();
        assertEquals(5, loop.await(read));
        assertEquals("..34567.........", FileFixture.text(target, 16));
        target.release();
        assertEquals(0, loop.await(file.closeAsync()));
      }
    }
  }

  @Test
  void aBufferOfACallThatIsRefusedIsGivenBack() throws Exception {
    LoopFixture loop = LoopFixture.start();
    AsyncFile file = open(loop, directory.resolve("late"));
    BufferSlice buffer = BufferSlice.unpooled(10);
    loop.close();
    for (boolean fully : new boolean[] {false, true}) {
      CompletionStage<Integer> refused =
          fully ? file.writeFullyAsync(buffer, 0) : file.writeAsync(buffer, 0);
      assertEquals(true, refused.toCompletableFuture().isCompletedExceptionally());
    }
    // The only reference: a second release would throw.
    buffer.release();
    org.junit.jupiter.api.Assertions.assertThrows(IllegalStateException.class, buffer::release);
  }
}
