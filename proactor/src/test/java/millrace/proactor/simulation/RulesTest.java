package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import millrace.proactor.ProactorOptions;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.fault.InjectedFault;
import millrace.proactor.file.AsyncFile;
import millrace.proactor.file.FileStatus;
import millrace.proactor.net.ConnectionHandler;
import millrace.proactor.net.StreamConnection;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

/** Programs with a mistake, and which rule the simulation says they have broken. */
class RulesTest {

  private static final Path FILE = Path.of("/file");

  /** A scenario of a few lines. */
  private interface Program {
    void start(Simulation simulation) throws IOException;
  }

  private static SimulationResult run(FaultPlan faults, Program program) {
    return Simulation.run(scenario(program), 1, faults);
  }

  private static Supplier<Scenario> scenario(Program program) {
    return () ->
        new Scenario() {
          @Override
          public String name() {
            return "program";
          }

          @Override
          public void configure(ProactorOptions.Builder options, Simulation simulation) {
            options.maxOperationsInFlight(64);
          }

          @Override
          public void start(Simulation simulation) throws IOException {
            program.start(simulation);
          }
        };
  }

  private static void assertBroken(String rule, SimulationResult result) {
    assertTrue(result.failed(), "no rule was broken");
    String first = result.violations().get(0);
    assertTrue(first.contains(rule), first);
    assertTrue(result.describe().contains("seed 1"), result.describe());
  }

  private static void open(Simulation simulation, Consumer<AsyncFile> then) {
    simulation.files().write(FILE, new byte[10_000]);
    AsyncFile.open(
        simulation.proactor(),
        FILE,
        Libc.O_RDWR,
        0,
        (file, errno) -> {
          assertEquals(0, errno, Errno.name(errno));
          then.accept(file);
        });
  }

  private static void endAfterClose(Simulation simulation, AsyncFile file) {
    file.close(result -> simulation.end());
  }

  @Test
  void aProgramWithoutMistakeBreaksNone() {
    FileStatus[] found = new FileStatus[1];
    SimulationResult result =
        run(
            FaultPlan.none(),
            simulation ->
                open(
                    simulation,
                    file ->
                        file.status(
                            (status, errno) -> {
                              found[0] = status;
                              endAfterClose(simulation, file);
                            })));
    assertFalse(result.failed(), result::describe);
    assertTrue(result.report().drained());
    assertEquals(10_000, found[0].sizeBytes());
    assertTrue(found[0].isRegularFile());
    assertEquals(4096, found[0].blockSizeBytes());
    assertEquals(1_700_000_000L, found[0].modifiedSeconds());
  }

  @Test
  void writingIntoABufferThatIsBeingWrittenToAFile() {
    assertBroken(
        "its memory was changed",
        run(
            FaultPlan.none(),
            simulation ->
                open(
                    simulation,
                    file -> {
                      BufferSlice buffer = simulation.proactor().buffers().acquire(100);
                      file.write(buffer, 0, result -> endAfterClose(simulation, file));
                      buffer.put(5, (byte) 1);
                      buffer.release();
                    })));
  }

  @Test
  void writingIntoABufferThatIsBeingReadInto() {
    assertBroken(
        "its memory was written by another",
        run(
            FaultPlan.none(),
            simulation ->
                open(
                    simulation,
                    file -> {
                      BufferSlice buffer = simulation.proactor().buffers().acquire(100);
                      file.read(buffer, 0, result -> endAfterClose(simulation, file));
                      buffer.put(5, (byte) (buffer.get(5) + 1));
                      buffer.release();
                    })));
  }

  @Test
  void keepingASlice() {
    assertBroken(
        "1 buffers outstanding",
        run(
            FaultPlan.none(),
            simulation -> {
              BufferSlice kept = simulation.proactor().buffers().acquire(100);
              assertEquals(1024, kept.capacity());
              simulation.end();
            }));
  }

  @Test
  void writingIntoAReceiveBufferAfterItsRelease() {
    assertBroken(
        "was written after it had been given back",
        run(
            FaultPlan.none(),
            simulation -> {
              TcpListener listener =
                  TcpListener.bind(
                      simulation.proactor(),
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                      TcpListenerOptions.defaults(),
                      connection -> new UseAfterRelease());
              simulation.connect(
                  listener.localAddress(),
                  new PeerHandler() {
                    @Override
                    public void connected(SimulatedPeer peer) {
                      peer.write(new byte[60_000]);
                      peer.finish();
                    }

                    @Override
                    public void ended(SimulatedPeer peer) {
                      simulation.end();
                    }
                  });
            }));
  }

  /** Writes through a segment that it kept. */
  private static final class UseAfterRelease implements ConnectionHandler {
    private MemorySegment kept;

    @Override
    public void received(StreamConnection connection, BufferSlice data) {
      if (kept != null) {
        kept.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
      }
      kept = data.segment();
    }
  }

  @Test
  void throwing() {
    assertBroken(
        "a handler has failed: java.lang.IllegalStateException: oops",
        run(
            FaultPlan.none(),
            simulation -> {
              simulation
                  .proactor()
                  .execute(
                      () -> {
                        throw new IllegalStateException("oops");
                      });
              simulation.end();
            }));
  }

  @Test
  void askingAgainAndAgain() {
    assertBroken(
        "a busy loop",
        run(
            FaultPlan.none(),
            simulation ->
                new Runnable() {
                  @Override
                  public void run() {
                    simulation.proactor().execute(this);
                  }
                }.run()));
  }

  @Test
  void waitingForWhatNeverComes() {
    assertBroken("not finished in", run(FaultPlan.none(), simulation -> {}));
  }

  @Test
  void closingADescriptorUnderAnOperation() {
    assertBroken(
        "closed under READ",
        run(
            FaultPlan.none(),
            simulation -> {
              simulation.files().write(FILE, new byte[100]);
              BufferSlice path = BufferSlice.copyOf("/file\0".getBytes(StandardCharsets.US_ASCII));
              simulation
                  .proactor()
                  .operations()
                  .open(
                      Libc.AT_FDCWD,
                      path,
                      Libc.O_RDONLY,
                      0,
                      (context, attachment, descriptor, flags) -> {
                        var operations = simulation.proactor().operations();
                        operations.read(descriptor, path, 0, 0, (c, a, r, f) -> {}, 0, null);
                        operations.close(descriptor, (c, a, r, f) -> {}, 0, null);
                      },
                      0,
                      null);
            }));
  }

  @Test
  void shrinkingLeavesTheFaultsThatItTakes() {
    Program program = simulation -> open(simulation, file -> new Reads(simulation, file).next());
    FaultPlan plan = FaultPlan.usual().with(Fault.IO_ERROR, 0.1).with(Fault.OUT_OF_DESCRIPTORS, 0);
    SimulationResult failed = run(plan, program);
    assertBroken("a short read and an error", failed);
    SimulationResult shrunk = Shrinker.shrink(scenario(program), plan, failed, 2000);
    assertBroken("a short read and an error", shrunk);
    Set<Fault> kinds =
        shrunk.faults().stream().map(InjectedFault::fault).collect(Collectors.toSet());
    assertEquals(2, shrunk.faults().size(), shrunk::describe);
    assertEquals(Set.of(Fault.SHORT_READ, Fault.IO_ERROR), kinds);
    assertTrue(failed.faults().size() > 10, failed::describe);
  }

  /** Reads until it has seen both a short read and an error, which it holds to be wrong. */
  private static final class Reads {
    private final Simulation simulation;
    private final AsyncFile file;
    private final List<Integer> results = new ArrayList<>();

    Reads(Simulation simulation, AsyncFile file) {
      this.simulation = simulation;
      this.file = file;
    }

    void next() {
      BufferSlice buffer = simulation.proactor().buffers().acquire(1000);
      file.read(
          buffer.range(0, 1000),
          0,
          result -> {
            results.add(result);
            boolean isShort = results.stream().anyMatch(each -> each > 0 && each < 1000);
            if (isShort && results.contains(-Errno.EIO)) {
              simulation.violated("a short read and an error");
            } else if (results.size() < 300) {
              next();
            } else {
              endAfterClose(simulation, file);
            }
          });
      buffer.release();
    }
  }
}
