package millrace.benchmarks.echo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {

  private static Arguments arguments(String line) {
    return new Arguments(line.split(" "));
  }

  @Test
  void whatIsNotGivenHasItsDefault() {
    Arguments given = arguments("--forks 7 --seconds 0.25");
    assertEquals(7, given.number("--forks", 3, 1));
    assertEquals(0.25, given.seconds("--seconds", 4));
    assertEquals(2, given.number("--warm-up", 2, 1));
    assertEquals("file", given.text("--csv", "file"));
    given.checkAllKnown();
  }

  @ParameterizedTest
  @CsvSource({
    "--forks 0, '--forks: 0, must be >= 1'",
    "--forks x, '--forks: not a number: x'",
    "--forks, '--forks: a value is missing'",
    "forks 1, 'not an option: forks'",
    "--fork 1, 'no such option: --fork'"
  })
  void whatIsWrongIsSaid(String line, String message) {
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> {
              Arguments given = arguments(line);
              given.number("--forks", 3, 1);
              given.checkAllKnown();
            });
    assertEquals(message, wrong.getMessage());
  }

  @Test
  void theMedianOfAnEvenNumberIsTheMiddleOfTwo() {
    assertEquals(new Spread(2.5, 1, 4), Spread.of(4, 1, 3, 2));
    assertEquals(new Spread(3, 1, 9), Spread.of(9, 3, 1));
  }
}
