package millrace.proactor.simulation.scenario;

/**
 * Which pieces of a file must outlive a crash. A sync that fails may have lost what was written
 * before it by others, and their own syncs are told that all is well: so it takes back what was
 * synced while it was under way. Beginnings, successes and failures are the clock.
 */
final class SyncedPieces {

  /** When each was synced; 0: it is not known to be. */
  private final int[] synced;

  private int clock;
  private int lastFailure;

  SyncedPieces(int count) {
    synced = new int[count];
  }

  /** A write and its sync begin: what to give to the other methods. */
  int begin() {
    return ++clock;
  }

  /** A sync has failed that belongs to what began at {@code begun}. */
  void failed(int begun) {
    lastFailure = ++clock;
    for (int piece = 0; piece < synced.length; piece++) {
      synced[piece] = synced[piece] > begun ? 0 : synced[piece];
    }
  }

  /** A piece was written and synced by what began at {@code begun}. */
  void succeeded(int piece, int begun) {
    if (begun > lastFailure) {
      synced[piece] = ++clock;
    }
  }

  boolean contains(int piece) {
    return synced[piece] > 0;
  }
}
