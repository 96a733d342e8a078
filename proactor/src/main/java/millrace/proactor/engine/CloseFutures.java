package millrace.proactor.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Who waits for the close of a channel. Loop thread only. */
public final class CloseFutures {

  private boolean closed;
  private List<CompletableFuture<Void>> waiting; // null: nobody; most channels have none

  /** Completes {@code future} with those that wait, or at once when the channel is closed. */
  public void add(CompletableFuture<Void> future) {
    if (closed) {
      future.complete(null);
      return;
    }
    if (waiting == null) {
      waiting = new ArrayList<>();
    }
    waiting.add(future);
  }

  /** The descriptor is closed, whether or not its handler has been told. */
  public void closed() {
    closed = true;
  }

  /** Completes those that wait; after {@link #closed}. */
  public void complete() {
    if (waiting != null) {
      waiting.forEach(future -> future.complete(null));
      waiting = null;
    }
  }
}
