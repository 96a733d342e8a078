package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Members of chains and how they end, for the contract tests of chains. */
abstract class ChainContract {

  static final int LENGTH = 4;
  static final long MILLISECOND_NANOS = 1_000_000;

  private static final int BAD_DESCRIPTOR = 999_999;

  final Peers peers = new Peers();
  BackendFixture fixture;
  Path directory;

  @BeforeEach
  void start() throws Exception {
    fixture = new BackendFixture(peers, 256);
    directory = peers.surroundings.directory();
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
    peers.close();
  }

  /** A connection whose other side is the test's. */
  record Stream(Peers peers, int descriptor, int other) {

    void write(String text) {
      peers.write(other, text);
    }

    void finish() {
      assertEquals(0, peers.surroundings.shutdown(other, Libc.SHUT_WR));
    }
  }

  Stream stream() {
    int[] pair = peers.connection();
    return new Stream(peers, pair[0], pair[1]);
  }

  String path(String name) {
    return directory.resolve(name).toString();
  }

  String content(String path) {
    return new String(peers.surroundings.readFile(Path.of(path)), StandardCharsets.ISO_8859_1);
  }

  Operation nop() {
    return fixture.prepare(OperationKind.NOP, -1, operation -> {});
  }

  Operation transfer(OperationKind kind, int descriptor, BufferSlice buffer, long offset) {
    fixture.keep(buffer);
    return fixture.prepare(
        kind,
        descriptor,
        operation -> {
          operation.address = buffer.address();
          operation.length = buffer.length();
          operation.offset = offset;
        });
  }

  /** Ends with EBADF as soon as it begins. */
  Operation failing() {
    return transfer(OperationKind.READ, BAD_DESCRIPTOR, BufferSlice.unpooled(8), 0);
  }

  Operation receive(Stream stream, int bytes) {
    return transfer(OperationKind.RECEIVE, stream.descriptor(), BufferSlice.unpooled(bytes), 0);
  }

  Operation write(int file, String text, long offset) {
    return transfer(OperationKind.WRITE, file, Peers.slice(text), offset);
  }

  Operation pause(long nanos) {
    long deadline = fixture.backend.nanoTime() + nanos;
    return fixture.prepare(OperationKind.TIMEOUT, -1, operation -> operation.offset = deadline);
  }

  Operation sync(int descriptor) {
    return fixture.prepare(OperationKind.SYNC, descriptor, operation -> {});
  }

  static Operation with(Operation operation, Consumer<Operation> change) {
    change.accept(operation);
    return operation;
  }

  static Operation deadline(Operation operation, long nanos) {
    return with(operation, changed -> changed.timeoutNanos = nanos);
  }

  static Operation cancelled(Operation operation) {
    return with(operation, changed -> changed.cancelRequested = true);
  }

  static Operation hard(Operation operation) {
    return with(operation, changed -> changed.hardLink = true);
  }

  int open(String path) throws Exception {
    return fixture.await(
        fixture.submit(
            OperationKind.OPEN,
            Libc.AT_FDCWD,
            operation -> {
              operation.address = fixture.path(path);
              operation.length = path.length() + 1;
              operation.operationFlags = Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC;
              operation.mode = 0600;
            }));
  }

  void close(int file) throws Exception {
    assertEquals(0, fixture.await(fixture.submit(OperationKind.CLOSE, file)));
  }

  /** What the members have ended with, each once and in the order of the chain. */
  String results(long... chain) throws Exception {
    for (long token : chain) {
      fixture.await(token);
    }
    List<Long> expected = Arrays.stream(chain).boxed().toList();
    List<Long> order = new ArrayList<>(fixture.order());
    order.retainAll(expected);
    assertEquals(expected, order, "not in the order of the chain");
    List<String> results = new ArrayList<>();
    for (long token : chain) {
      assertEquals(1, fixture.completions(token).size());
      results.add(fixture.last(token).toString());
    }
    return String.join(" ", results);
  }

  /** {@code before} zeros, {@code at}, and {@code after} for the rest of {@link #LENGTH}. */
  static String expected(int before, String at, String after) {
    List<String> all = new ArrayList<>(Collections.nCopies(LENGTH, after));
    Collections.fill(all.subList(0, before), "0");
    all.set(before, at);
    return String.join(" ", all);
  }

  /** A chain of no-ops with {@code member} at {@code position}. */
  Operation[] chainWith(int position, Operation member) {
    Operation[] chain = new Operation[LENGTH];
    for (int index = 0; index < LENGTH; index++) {
      chain[index] = index == position ? member : nop();
    }
    return chain;
  }
}
