package millrace.proactor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import millrace.proactor.buffer.BufferSlice;
import org.junit.jupiter.api.Test;

/** What applications do wrong, and the loop outlives. */
class LifetimeLoopTest {

  @Test
  void aWaiterForBuffersThatThrowsHurtsNeitherTheLoopNorThoseBehindIt() throws Exception {
    try (LoopFixture loop = LoopFixture.start(o -> o.bufferPoolBytes(1 << 18))) {
      List<String> served = new ArrayList<>();
      loop.run(
          () -> {
            BufferSlice all = loop.proactor().buffers().acquire(1 << 18);
            loop.proactor()
                .buffers()
                .whenAvailable(
                    () -> {
                      throw new IllegalStateException("planted");
                    });
            loop.proactor().buffers().whenAvailable(() -> served.add("second"));
            all.release();
          });
      loop.until("served", () -> served.size() == 1);
      assertEquals("planted", loop.expectedFailures().get(0).getMessage());
    }
  }
}
