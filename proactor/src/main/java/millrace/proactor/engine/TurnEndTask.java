package millrace.proactor.engine;

/**
 * Work to do once before the loop submits, however often it was asked for during the turn: many
 * writes become one send. An intrusive node; loop thread only.
 */
public abstract class TurnEndTask {

  TurnEndTask next;
  boolean queued;

  /** The work. */
  protected abstract void run();
}
