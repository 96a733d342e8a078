package millrace.proactor.engine;

/**
 * Something that lives on a loop and must end before the loop does: a listener, a connection, a
 * file. Loop thread only.
 */
public abstract class LoopResource {

  LoopResource previous;
  LoopResource next;
  boolean registered;

  /** The loop is shutting down: finish what is under way, then end. */
  public abstract void drain();

  /** The time to drain is over: end now. */
  public abstract void terminate();

  /** Whether the drain phase waits for it; otherwise it only ends when all that do have ended. */
  public boolean holdsDrain() {
    return true;
  }
}
