package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Assertions on what a group of entries ended with, which name errors in words. */
final class Outcomes {
  private Outcomes() {}

  /**
   * Waits until as many completions were seen as results are given: those of the user data 1, 2, 3,
   * ... in any order, each once and without a flag.
   */
  static void assertResults(RingFixture fixture, int... results) {
    List<String> expected = new ArrayList<>();
    for (int index = 0; index < results.length; index++) {
      expected.add(words(new Completion(index + 1, results[index], 0)));
    }
    assertEquals(
        expected,
        fixture.await(results.length).stream().map(Outcomes::words).sorted().toList(),
        fixture::toString);
  }

  /** Waits for the completions, which come in this order. */
  static void assertSequence(RingFixture fixture, Completion... completions) {
    assertEquals(
        Arrays.stream(completions).map(Outcomes::words).toList(),
        fixture.await(completions.length).stream().map(Outcomes::words).toList());
  }

  /** A completion with the name of its error; sorts by user data as long as that has one digit. */
  static String words(Completion completion) {
    int result = completion.result();
    return completion.userData()
        + ": "
        + (result < 0 ? Errno.name(result) : result)
        + (completion.flags() == 0 ? "" : " 0x" + Integer.toHexString(completion.flags()));
  }
}
