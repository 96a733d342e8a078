package millrace.proactor.backend.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import millrace.proactor.fault.FaultPlan;
import org.junit.jupiter.api.Test;

class BacklogTest {

  private static final UnixDomainSocketAddress ADDRESS = UnixDomainSocketAddress.of("/listener");

  private final World world = new World(1, FaultPlan.none());
  private final LocalNames names = new LocalNames(world, new SimulatedDisk(world));
  private final List<String> connected = new ArrayList<>();

  private StreamEndpoint connect(String client) {
    return names.connect(
        ADDRESS,
        names.unnamed(),
        new StreamEndpoint.Owner() {
          @Override
          public void connected(int errno) {
            connected.add(client + " " + errno);
          }

          @Override
          public void readable() {}

          @Override
          public void writable() {}
        });
  }

  private void settle() {
    while (world.step(Long.MAX_VALUE)) {}
  }

  @Test
  void roomGoesToTheNextWhenWhoeverWaitedFirstHasGone() {
    assertEquals(ADDRESS, names.bind(ADDRESS));
    Backlog backlog = new Backlog(ADDRESS, 0, () -> {});
    assertEquals(0, names.listen(backlog));
    connect("first");
    StreamEndpoint gone = connect("gone");
    connect("last");
    settle();
    assertEquals(List.of("first 0"), connected);
    assertTrue(backlog.isFull());
    gone.close(false);
    backlog.poll();
    settle();
    assertEquals(List.of("first 0", "last 0"), connected);
  }
}
