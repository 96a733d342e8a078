package millrace.proactor.file;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import millrace.proactor.IoHandler;
import millrace.proactor.LoopFixture;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;
import millrace.uring.UringException;

/** What the tests of files share. */
final class FileFixture {

  private FileFixture() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static BufferSlice slice(String text) {
    return BufferSlice.copyOf(bytes(text));
  }

  static String text(BufferSlice slice, int lengthBytes) {
    byte[] target = new byte[lengthBytes];
    slice.copyTo(target, 0, 0, lengthBytes);
    return new String(target, StandardCharsets.UTF_8);
  }

  static IoHandler into(CompletableFuture<Integer> result) {
    return value -> {
      if (!result.complete(value)) {
        throw new IllegalStateException("a second call, with " + value);
      }
    };
  }

  /** What {@code stage} fails with. */
  static UringException failure(LoopFixture loop, CompletionStage<?> stage) {
    AssertionError error = assertThrows(AssertionError.class, () -> loop.await(stage));
    if (error.getCause() instanceof UringException e) {
      return e;
    }
    throw error;
  }

  /** The file, or the name of the error. */
  static OpenHandler openInto(CompletableFuture<AsyncFile> file) {
    return (opened, errno) -> {
      boolean first =
          opened != null
              ? file.complete(opened)
              : file.completeExceptionally(new UringException("open", errno, null, null));
      if (!first) {
        throw new IllegalStateException("a second call");
      }
    };
  }

  static CompletableFuture<AsyncFile> open(LoopFixture loop, Path path, int flags, int mode) {
    CompletableFuture<AsyncFile> file = new CompletableFuture<>();
    loop.run(
        () -> {
          AsyncFile.open(loop.proactor(), path, flags, mode, openInto(file));
          if (file.isDone()) {
            throw new IllegalStateException("from inside the submitting call");
          }
        });
    return file;
  }

  static String openError(LoopFixture loop, Path path, int flags) {
    return Errno.name(failure(loop, open(loop, path, flags, 0666)).errno());
  }

  /** How many of this process's descriptors refer to {@code path}. */
  static long descriptorsOf(Path path) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(entry -> refersTo(entry, path)).count();
    }
  }

  private static boolean refersTo(Path entry, Path path) {
    try {
      return Files.readSymbolicLink(entry).equals(path);
    } catch (IOException e) {
      // Closed since it was listed: the descriptor of the listing itself is one.
      return false;
    }
  }
}
