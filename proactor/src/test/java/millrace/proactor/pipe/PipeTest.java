package millrace.proactor.pipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import millrace.proactor.LoopFixture;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.OnEveryBackend;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OnEveryBackend
class PipeTest {

  private static final long SEED = 0x5eed_0071L;
  private static final PipeOptions DEFAULTS = PipeOptions.defaults();
  private static final int PIPE_BYTES = 1 << 16;

  @TempDir Path directory;

  /** Writes down what a reader is told, and fails when that is out of turn. */
  private static class Reading implements PipeReadHandler {
    final ByteArrayOutputStream input = new ByteArrayOutputStream();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    int ends;

    @Override
    public void received(PipeReader reader, BufferSlice data) {
      assertFalse(closed.isDone() || ends > 0, "received after the end");
      assertTrue(data.length() > 0, "received nothing");
      input.writeBytes(data.toByteArray());
    }

    @Override
    public void endOfStream(PipeReader reader) {
      ends++;
      reader.close();
    }

    @Override
    public void closed(PipeReader reader, int errno) {
      assertTrue(closed.complete(errno), "closed twice");
    }

    String text() {
      return input.toString(ISO_8859_1);
    }
  }

  private static class Writing implements PipeWriteHandler {
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    int writables;

    @Override
    public void writable(PipeWriter writer) {
      writables++;
    }

    @Override
    public void closed(PipeWriter writer, int errno) {
      assertTrue(closed.complete(errno), "closed twice");
    }
  }

  private static BufferSlice slice(String text) {
    return BufferSlice.copyOf(text.getBytes(ISO_8859_1));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(SEED).nextBytes(bytes);
    return bytes;
  }

  private static int openDescriptors() {
    return new File("/proc/self/fd").list().length;
  }

  private static int[] rawPipe(int flags) {
    int[] two = new int[2];
    assertEquals(0, Libc.pipe2(two, Libc.O_CLOEXEC | flags));
    return two;
  }

  private static UringException failure(LoopFixture loop, CompletionStage<?> stage) {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    stage.whenComplete((value, thrown) -> failure.complete(thrown));
    return (UringException) loop.await(failure);
  }

  private static Pipe open(LoopFixture loop, Reading reading, Writing writing) {
    return loop.await(Pipe.open(loop.proactor(), DEFAULTS, reading, writing));
  }

  @Test
  void bytesGoThroughInTheirOrderAndThenTheEnd() throws Exception {
    byte[] content = random(3 << 20);
    int before = openDescriptors();
    try (LoopFixture loop = LoopFixture.start()) {
      Reading reading = new Reading();
      Writing writing = new Writing();
      Pipe pipe = open(loop, reading, writing);
      loop.run(
          () -> {
            Random random = new Random(SEED);
            for (int at = 0; at < content.length; ) {
              int length = Math.min(content.length - at, 1 + random.nextInt(20_000));
              if (random.nextBoolean()) {
                length = Math.min(length, 1 + random.nextInt(100));
              }
              byte[] part = java.util.Arrays.copyOfRange(content, at, at + length);
              pipe.writer().write(BufferSlice.copyOf(part));
              at += length;
            }
            pipe.writer().close();
            assertFalse(pipe.writer().isOpen());
            assertEquals(content.length, pipe.writer().queuedBytes());
          });
      assertEquals(0, loop.await(writing.closed));
      assertEquals(0, loop.await(reading.closed));
      assertEquals(1, reading.ends);
      assertArrayEquals(content, reading.input.toByteArray());
    }
    assertTrue(openDescriptors() <= before + 2, "descriptors left open");
  }

  @Test
  void aReaderThatIsPausedStopsTheWriter() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Reading reading = new Reading();
      Writing writing = new Writing();
      Pipe pipe = open(loop, reading, writing);
      long sent =
          loop.call(
              () -> {
                pipe.reader().pause();
                long bytes = 0;
                boolean writable = true;
                while (writable) {
                  writable = pipe.writer().write(slice("x".repeat(10_000)));
                  bytes += 10_000;
                }
                return bytes;
              });
      // What the pipe holds has gone, and at most one piece that was under way was read.
      loop.until("the pipe is full", () -> pipe.writer().queuedBytes() <= sent - PIPE_BYTES);
      long left = loop.call(() -> pipe.writer().queuedBytes());
      assertTrue(left >= sent - PIPE_BYTES - DEFAULTS.readBytes() - 4096, left + " of " + sent);
      assertEquals("", reading.text());
      assertFalse(loop.call(pipe.writer()::isWritable));
      loop.run(pipe.reader()::resume);
      loop.until("writable", () -> writing.writables == 1);
      loop.until("all read", () -> reading.input.size() == sent);
      assertEquals("x".repeat((int) sent), reading.text());
      loop.run(pipe.writer()::close);
      assertEquals(0, loop.await(reading.closed));
    }
  }

  @Test
  void whoWritesToAPipeThatNobodyReadsGetsEpipeAndNoSignal() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Reading reading = new Reading();
      Writing writing = new Writing();
      Pipe pipe = open(loop, reading, writing);
      assertEquals(null, loop.await(pipe.reader().closeAsync()));
      assertEquals(0, loop.await(reading.closed));
      UringException refused = failure(loop, pipe.writer().send(slice("into the void")));
      assertEquals(Errno.EPIPE, refused.errno());
      assertEquals(Errno.EPIPE, loop.await(writing.closed));
      UringException late = failure(loop, pipe.writer().send(slice("again")));
      assertEquals(Errno.EPIPE, late.errno());
      assertTrue(late.getMessage().endsWith("the writer is closed"), late.getMessage());
    }
  }

  @Test
  void descriptorsThatDoNotBlockAreWaitedForToo() throws Exception {
    byte[] content = random(1 << 20);
    try (LoopFixture loop = LoopFixture.start()) {
      int[] raw = rawPipe(Libc.O_NONBLOCK);
      Reading reading = new Reading();
      Writing writing = new Writing();
      loop.await(PipeReader.wrap(loop.proactor(), raw[0], DEFAULTS, reading));
      PipeWriter writer = loop.await(PipeWriter.wrap(loop.proactor(), raw[1], DEFAULTS, writing));
      assertEquals(null, loop.await(writer.send(BufferSlice.copyOf(content))));
      loop.run(() -> writer.write(slice("end")));
      loop.await(writer.closeAsync());
      assertEquals(0, loop.await(writing.closed));
      assertEquals(0, loop.await(reading.closed));
      assertEquals(new String(content, ISO_8859_1) + "end", reading.text());
    }
  }

  @Test
  void aCloseWaitsForTheReaderNoLongerThanItsLimit() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      int[] raw = rawPipe(0);
      Writing writing = new Writing();
      PipeOptions options = DEFAULTS.withCloseLimit(Duration.ofMillis(50));
      PipeWriter writer = loop.await(PipeWriter.wrap(loop.proactor(), raw[1], options, writing));
      CompletionStage<Void> sent = writer.send(BufferSlice.copyOf(random(1 << 20)));
      loop.run(writer::close);
      assertEquals(Errno.ETIMEDOUT, loop.await(writing.closed));
      assertEquals(Errno.ETIMEDOUT, failure(loop, sent).errno());
      assertEquals(0, Libc.close(raw[0]));
    }
  }

  @Test
  void anAbortDropsWhatIsQueued() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      int[] raw = rawPipe(0);
      Writing writing = new Writing();
      PipeWriter writer = loop.await(PipeWriter.wrap(loop.proactor(), raw[1], DEFAULTS, writing));
      loop.run(
          () -> {
            for (int i = 0; i < 10; i++) {
              writer.write(loop.proactor().buffers().acquire(1 << 16));
            }
          });
      loop.until("the pipe is full", () -> writer.queuedBytes() < 10 << 16);
      loop.run(writer::abort);
      assertEquals(Errno.ECANCELED, loop.await(writing.closed));
      assertEquals(0, loop.call(() -> loop.proactor().buffers().outstanding()));
      assertEquals(0, Libc.close(raw[0]));
    }
  }

  @Test
  void beyondItsLimitTheWriterEnds() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Reading reading = new Reading();
      Writing writing = new Writing();
      PipeOptions options = DEFAULTS.withWatermarks(10, 100, 100_000);
      Pipe pipe = loop.await(Pipe.open(loop.proactor(), options, reading, writing));
      loop.run(
          () -> {
            assertFalse(pipe.writer().write(slice("x".repeat(100_000))));
            assertFalse(pipe.writer().write(slice("y")));
            assertFalse(pipe.writer().isOpen());
          });
      assertEquals(Errno.ENOBUFS, loop.await(writing.closed));
      assertEquals(0, loop.await(reading.closed));
    }
  }

  @Test
  void manySmallWritesOfOneTurnBecomeFew() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Reading reading = new Reading();
      Pipe pipe = open(loop, reading, new Writing());
      StringBuilder expected = new StringBuilder();
      long before = loop.call(() -> loop.proactor().metrics().operationsSubmitted());
      loop.run(
          () -> {
            for (int i = 0; i < 1000; i++) {
              expected.append("line ").append(i).append('\n');
              pipe.writer().write(slice("line " + i + '\n'));
            }
            pipe.writer().close();
          });
      loop.await(reading.closed);
      assertEquals(expected.toString(), reading.text());
      long operations = loop.proactor().metrics().operationsSubmitted() - before;
      assertTrue(operations < 50, operations + " operations for 1000 writes");
    }
  }

  @Test
  void bytesAndEndThatComeWhilePausedAreToldAfterTheResume() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      int[] raw = rawPipe(0);
      Reading reading = new Reading();
      PipeReader reader = loop.await(PipeReader.wrap(loop.proactor(), raw[0], DEFAULTS, reading));
      loop.run(reader::pause);
      BufferSlice bytes = slice("grist");
      assertEquals(5, Libc.write(raw[1], bytes.address(), 5));
      assertEquals(0, Libc.close(raw[1]));
      loop.until("read", () -> (Libc.poll(raw[0], Libc.POLLIN, 0) & Libc.POLLIN) == 0);
      assertEquals("", loop.call(reading::text));
      assertEquals(0, reading.ends);
      loop.run(reader::resume);
      assertEquals(0, loop.await(reading.closed));
      assertEquals("grist", reading.text());
      assertEquals(1, reading.ends);
    }
  }

  @Test
  void aHandlerThatThrowsLosesItsEndAndNoOther() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      List<Throwable> failures = loop.expectedFailures();
      Reading reading =
          new Reading() {
            @Override
            public void received(PipeReader reader, BufferSlice data) {
              throw new IllegalStateException("planted");
            }
          };
      Writing writing = new Writing();
      Pipe pipe = open(loop, reading, writing);
      loop.run(() -> pipe.writer().write(slice("x")));
      assertEquals(Errno.ECANCELED, loop.await(reading.closed));
      assertTrue(loop.call(pipe.writer()::isOpen));
      assertEquals(List.of("planted"), failures.stream().map(Throwable::getMessage).toList());
    }
  }

  @Test
  void aReaderWithoutABufferWaitsForOne() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.bufferPoolBytes(1 << 18))) {
      List<BufferSlice> hoard = new ArrayList<>();
      loop.run(() -> hoard.add(loop.proactor().buffers().acquire(1 << 18)));
      int[] raw = rawPipe(0);
      Reading reading = new Reading();
      loop.await(PipeReader.wrap(loop.proactor(), raw[0], DEFAULTS, reading));
      BufferSlice bytes = slice("late");
      assertEquals(4, Libc.write(raw[1], bytes.address(), 4));
      assertEquals(0, Libc.close(raw[1]));
      assertEquals(0, loop.call(() -> loop.proactor().metrics().operationsInFlight()));
      loop.run(() -> hoard.forEach(BufferSlice::release));
      assertEquals(0, loop.await(reading.closed));
      assertEquals("late", reading.text());
    }
  }

  @Test
  void aShutdownWritesWhatIsQueuedAndEndsReadersThatWait() throws Exception {
    byte[] content = random(1 << 20);
    Reading idle = new Reading();
    Writing writing = new Writing();
    int[] quiet = rawPipe(0);
    int[] raw = rawPipe(0);
    CompletableFuture<byte[]> peer = new CompletableFuture<>();
    try (LoopFixture loop = LoopFixture.start()) {
      loop.await(PipeReader.wrap(loop.proactor(), quiet[0], DEFAULTS, idle));
      PipeWriter writer = loop.await(PipeWriter.wrap(loop.proactor(), raw[1], DEFAULTS, writing));
      loop.run(() -> writer.write(BufferSlice.copyOf(content)));
      Thread.ofPlatform().start(() -> peer.complete(readAll(raw[0])));
      ShutdownReport report = loop.shutdown(Duration.ofSeconds(20));
      assertTrue(report.drained(), report::toString);
      assertEquals(0, report.buffersOutstanding());
    }
    assertEquals(0, writing.closed.join());
    assertEquals(0, idle.closed.join());
    assertArrayEquals(content, peer.get(60, TimeUnit.SECONDS));
    assertEquals(0, Libc.close(quiet[1]));
    assertEquals(0, Libc.close(raw[0]));
  }

  private static byte[] readAll(int descriptor) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    BufferSlice part = BufferSlice.unpooled(PIPE_BYTES);
    for (long count = 1; count > 0; ) {
      count = Libc.read(descriptor, part.address(), PIPE_BYTES);
      byte[] bytes = new byte[(int) Math.max(0, count)];
      part.copyTo(bytes, 0, 0, bytes.length);
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }

  @Test
  void aShutdownWithoutTimeEndsBothEnds() throws Exception {
    Reading reading = new Reading();
    Writing writing = new Writing();
    try (LoopFixture loop = LoopFixture.start()) {
      Pipe pipe = open(loop, reading, writing);
      loop.run(
          () -> {
            pipe.reader().pause();
            for (int i = 0; i < 10; i++) {
              pipe.writer().write(loop.proactor().buffers().acquire(1 << 16));
            }
          });
      ShutdownReport report = loop.shutdown(Duration.ZERO);
      assertEquals(0, report.operationsAbandoned());
      assertEquals(0, report.buffersOutstanding());
    }
    // Asked to drain it has closed, or there was not even time for that.
    assertTrue(List.of(0, Errno.ECANCELED).contains(reading.closed.join()));
    assertEquals(Errno.ECANCELED, writing.closed.join());
  }

  @Test
  void aLoopAtItsCapLeavesTheDescriptorToTheCaller() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.maxOperationsInFlight(16))) {
      for (int i = 0; i < 4; i++) {
        open(loop, new Reading(), new Writing());
      }
      int[] raw = rawPipe(0);
      CompletionStage<PipeReader> reader =
          PipeReader.wrap(loop.proactor(), raw[0], DEFAULTS, new Reading());
      assertEquals(Errno.EAGAIN, failure(loop, reader).errno());
      CompletionStage<Pipe> pipe =
          Pipe.open(loop.proactor(), DEFAULTS, new Reading(), new Writing());
      assertEquals(Errno.EAGAIN, failure(loop, pipe).errno());
      assertEquals(0, Libc.close(raw[0]));
      assertEquals(0, Libc.close(raw[1]));
    }
  }

  @Test
  void aDescriptorThatIsNoneIsToldByClosed() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Reading reading = new Reading();
      loop.await(PipeReader.wrap(loop.proactor(), 1 << 20, DEFAULTS, reading));
      assertEquals(Errno.EBADF, loop.await(reading.closed));
      Writing writing = new Writing();
      PipeWriter writer = loop.await(PipeWriter.wrap(loop.proactor(), 1 << 20, DEFAULTS, writing));
      loop.run(() -> writer.write(slice("x")));
      assertEquals(Errno.EBADF, loop.await(writing.closed));
      IllegalArgumentException negative =
          assertThrows(
              IllegalArgumentException.class,
              () -> PipeReader.wrap(loop.proactor(), -1, DEFAULTS, reading));
      assertEquals("descriptor: -1, must be >= 0", negative.getMessage());
    }
  }

  @Test
  void aFifoIsOpenedWithoutWaitingAndEndsWithItsLastWriter() throws Exception {
    Path fifo = makeFifo();
    try (LoopFixture loop = LoopFixture.start()) {
      CompletionStage<PipeWriter> early =
          PipeWriter.openFifo(loop.proactor(), fifo, DEFAULTS, new Writing());
      UringException nobody = failure(loop, early);
      assertEquals(Errno.ENXIO, nobody.errno());
      assertTrue(nobody.getMessage().endsWith("nobody has it open for reading"));

      Reading reading = new Reading();
      PipeReader reader = loop.await(PipeReader.openFifo(loop.proactor(), fifo, DEFAULTS, reading));
      // Several turns, and no writer yet: that is no end.
      for (int i = 0; i < 10; i++) {
        loop.run(() -> {});
      }
      assertEquals(0, reading.ends);
      assertTrue(loop.call(reader::isOpen));

      Writing writing = new Writing();
      PipeWriter writer = loop.await(PipeWriter.openFifo(loop.proactor(), fifo, DEFAULTS, writing));
      byte[] content = random(1 << 20);
      loop.run(
          () -> {
            writer.write(BufferSlice.copyOf(content));
            writer.close();
          });
      assertEquals(0, loop.await(writing.closed));
      assertEquals(0, loop.await(reading.closed));
      assertEquals(1, reading.ends);
      assertArrayEquals(content, reading.input.toByteArray());
    }
  }

  @Test
  void aPathThatIsNotThereIsTold() throws Exception {
    try (LoopFixture loop = LoopFixture.start()) {
      Path missing = directory.resolve("missing");
      CompletionStage<PipeReader> reader =
          PipeReader.openFifo(loop.proactor(), missing, DEFAULTS, new Reading());
      UringException refused = failure(loop, reader);
      assertEquals(Errno.ENOENT, refused.errno());
      assertTrue(refused.getMessage().contains(missing.toString()), refused.getMessage());
    }
  }

  private Path makeFifo() throws Exception {
    Path fifo = directory.resolve("fifo" + System.nanoTime());
    Process mkfifo = new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start();
    assertEquals(0, mkfifo.waitFor());
    return fifo;
  }

  @Test
  void optionsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withReadBytes(0));
    assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withReadBytes((1 << 18) + 1));
    assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withWatermarks(2, 1, 3));
    assertThrows(
        IllegalArgumentException.class, () -> DEFAULTS.withCloseLimit(Duration.ofNanos(-1)));
    assertEquals(
        new PipeOptions(1, 2, 3, 4, Duration.ZERO),
        DEFAULTS.withReadBytes(1).withWatermarks(2, 3, 4).withCloseLimit(Duration.ZERO));
  }
}
