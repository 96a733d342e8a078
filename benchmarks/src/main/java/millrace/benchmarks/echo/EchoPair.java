package millrace.benchmarks.echo;

/**
 * A round of each server, one right after the other.
 *
 * @param first the round of the server whose figures are divided by the other's
 * @param second the round of the server compared with
 */
record EchoPair(EchoRound first, EchoRound second) {

  double disturbedPercent() {
    return Math.max(first.disturbedPercent(), second.disturbedPercent());
  }
}
