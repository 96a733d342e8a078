package millrace.proactor.backend.simulated;

import java.io.IOException;

/** What ends the loop with an exception of its turn: broken rules, a busy loop, a failure. */
final class TurnRules {

  /** A loop may need a few turns in which nothing comes; this many are a busy loop. */
  private static final int MOST_IDLE_TURNS = 64;

  /** A bound on turns: so many, and so many more for each event that has happened. */
  private static final int TURNS_GRANTED = 2000;

  private static final int TURNS_PER_EVENT = 20;

  private final World world;
  private IOException failure;
  private long eventsSeen;
  private int idleTurns;
  private long turns;

  TurnRules(World world) {
    this.world = world;
  }

  /** Lets the next turn fail with the result. */
  IOException failNextTurn(String reason) {
    failure = new IOException(reason);
    return failure;
  }

  /** Whether the turn is to fail. */
  boolean hasFailure() {
    return failure != null;
  }

  /** Throws what ends the loop, if anything does. */
  void check() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (!world.violations().isEmpty()) {
      throw new IOException("a rule was broken: " + world.violations().get(0));
    }
  }

  /**
   * A turn is over.
   *
   * @param delivered whether completions were delivered
   * @param called whether its wait has ended as it was to: by a wake-up, or when its time was over
   */
  void turnEnded(boolean delivered, boolean called) {
    boolean happened = delivered || called || world.executed() != eventsSeen;
    eventsSeen = world.executed();
    idleTurns = happened ? 0 : idleTurns + 1;
    turns++;
    if (idleTurns > MOST_IDLE_TURNS || turns - TURNS_GRANTED > TURNS_PER_EVENT * world.executed()) {
      world.violated(
          "a busy loop: "
              + turns
              + " turns for "
              + world.executed()
              + " events, "
              + idleTurns
              + " idle ones in a row");
    }
  }
}
