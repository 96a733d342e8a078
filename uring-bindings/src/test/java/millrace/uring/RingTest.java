package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingTest {
  @Test
  void noOpsCompleteWithTheirUserDataInOrder() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      List<Completion> expected = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        fixture.next(100 + i).nop();
        expected.add(new Completion(100 + i, 0, 0));
      }
      assertEquals(3, fixture.submissions.pending());
      assertEquals(3, fixture.ring.submitAndWait(3, -1));
      assertEquals(0, fixture.submissions.pending());
      assertEquals(3, fixture.completions.ready());
      assertEquals(3, fixture.drain());
      assertEquals(expected, fixture.seen);
    }
  }
}
