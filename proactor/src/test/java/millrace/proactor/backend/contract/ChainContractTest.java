package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import millrace.proactor.backend.OnEveryBackend;
import millrace.uring.Libc;
import org.junit.jupiter.api.io.TempDir;

/** {@link ChainContract} on the backends of the operating system. */
@OnEveryBackend
class ChainContractTest extends ChainContract {

  @TempDir Path directory;

  @Override
  Surroundings surroundings() throws Exception {
    return new Real(new BackendFixture(256), directory);
  }

  private record Real(BackendFixture fixture, Peers peers, Path directory) implements Surroundings {

    Real(BackendFixture fixture, Path directory) {
      this(fixture, new Peers(), directory);
    }

    @Override
    public Stream stream() {
      int[] pair = peers.connection();
      return new Stream() {
        @Override
        public int descriptor() {
          return pair[0];
        }

        @Override
        public void write(String text) {
          Peers.write(pair[1], text);
        }

        @Override
        public void finish() {
          assertEquals(0, Libc.shutdown(pair[1], Libc.SHUT_WR));
        }
      };
    }

    @Override
    public String path(String name) {
      return directory.resolve(name).toString();
    }

    @Override
    public String content(String path) throws Exception {
      return Files.readString(Path.of(path), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws Exception {
      fixture.close();
      peers.close();
    }
  }
}
