package millrace.proactor.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.simulated.RemoteSocket;
import millrace.proactor.backend.simulated.SimulatedBackend;
import millrace.proactor.backend.simulated.World;
import millrace.proactor.fault.FaultPlan;

/** {@link ChainContract} in a simulated world. */
class SimulatedChainContractTest extends ChainContract {

  @Override
  Surroundings surroundings() throws Exception {
    World world = new World(7, FaultPlan.none());
    OperationTable table = new OperationTable(256);
    SimulatedBackend backend = new SimulatedBackend(world, table, 8);
    return new Simulated(world, backend, new BackendFixture(table, backend));
  }

  private record Simulated(World world, SimulatedBackend backend, BackendFixture fixture)
      implements Surroundings {

    @Override
    public Stream stream() throws Exception {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      int listener = backend.sockets().stream(any);
      assertEquals(0, backend.sockets().bind(listener, any));
      assertEquals(0, backend.sockets().listen(listener, 8));
      InetSocketAddress address = (InetSocketAddress) backend.sockets().localAddress(listener);
      Other other = new Other(this);
      backend.remoteHost().connect(address, other);
      other.descriptor = fixture.await(fixture.submit(OperationKind.ACCEPT, listener));
      fixture.turnUntil("the peer's connect", () -> other.socket != null);
      return other;
    }

    @Override
    public String path(String name) {
      return "/" + name;
    }

    @Override
    public String content(String path) {
      return new String(backend.disk().read(path), StandardCharsets.ISO_8859_1);
    }

    /** Lets virtual time pass, so that what was sent arrives. */
    void settle() throws Exception {
      long end = world.nowNanos() + 5_000_000;
      while (world.nowNanos() < end) {
        fixture.turn(end - world.nowNanos(), 1000);
      }
    }

    @Override
    public void close() throws Exception {
      fixture.close();
      assertEquals(List.of(), world.violations());
    }
  }

  /** The other machine. */
  private static final class Other implements ChainContract.Stream, RemoteSocket.Handler {
    private final Simulated surroundings;
    private RemoteSocket socket;
    private int descriptor;

    Other(Simulated surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public int descriptor() {
      return descriptor;
    }

    @Override
    public void write(String text) throws Exception {
      socket.write(text.getBytes(StandardCharsets.ISO_8859_1));
      surroundings.settle();
    }

    @Override
    public void finish() throws Exception {
      socket.finish();
      surroundings.settle();
    }

    @Override
    public void connected(RemoteSocket connected) {
      socket = connected;
    }

    @Override
    public void received(RemoteSocket from, byte[] data) {}

    @Override
    public void ended(RemoteSocket from) {}

    @Override
    public void failed(RemoteSocket from, int errno) {}

    @Override
    public void sent(RemoteSocket from) {}
  }
}
