package millrace.proactor;

import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.OperationTable;
import millrace.proactor.backend.epoll.EpollBackend;
import millrace.proactor.backend.uring.UringBackend;
import millrace.proactor.backend.uring.UringRequirements;
import millrace.uring.UringUnavailableException;

/**
 * Which backend loops of this process run on, and why.
 *
 * @param backend {@link BackendChoice#IO_URING} or {@link BackendChoice#EPOLL}
 * @param reason in words, for logs and people
 */
public record BackendSelection(BackendChoice backend, String reason) {

  private static final System.Logger LOGGER = System.getLogger("millrace.proactor");

  /** Each reason is logged once, however many loops there are. */
  private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

  /** Checks both values. */
  public BackendSelection {
    Objects.requireNonNull(reason, "reason");
    if (backend == BackendChoice.AUTO) {
      throw new IllegalArgumentException("backend: auto is a choice, no backend");
    }
  }

  /**
   * What {@link Proactor#start} would run on with default options. Asks the kernel, at the first
   * call for a few milliseconds. Any thread.
   *
   * @param choice what is asked for
   * @return the backend and the reason
   * @throws UringUnavailableException when io_uring is asked for and cannot be had; says why
   */
  public static BackendSelection of(BackendChoice choice) throws UringUnavailableException {
    BackendSelection selection = ofAnySize(choice);
    if (selection.backend == BackendChoice.IO_URING) {
      ProactorOptions options = ProactorOptions.builder().build();
      try {
        // The trial was with a small ring, and a loop's may exceed RLIMIT_MEMLOCK.
        UringRequirements.checkSize(options.submissionEntries(), options.maxOperationsInFlight());
      } catch (UringUnavailableException e) {
        return fallBack(choice, e);
      }
    }
    return selection;
  }

  /** As {@link #of}, for a loop of whatever size. */
  private static BackendSelection ofAnySize(BackendChoice choice) throws UringUnavailableException {
    if (choice == BackendChoice.EPOLL) {
      return new BackendSelection(BackendChoice.EPOLL, "it was asked for");
    }
    try {
      UringRequirements.check();
    } catch (UringUnavailableException e) {
      return fallBack(choice, e);
    }
    return new BackendSelection(
        BackendChoice.IO_URING,
        choice == BackendChoice.AUTO ? "the kernel has all of it" : "it was asked for");
  }

  private static BackendSelection fallBack(BackendChoice choice, UringUnavailableException failure)
      throws UringUnavailableException {
    if (choice == BackendChoice.IO_URING) {
      throw failure;
    }
    return new BackendSelection(
        BackendChoice.EPOLL, "io_uring is not to be had: " + failure.getMessage());
  }

  /** Opens the backend that {@code options} ask for, and logs the reason once. */
  static Backend open(ProactorOptions options, OperationTable table) throws IOException {
    BackendSelection selection = ofAnySize(options.backend());
    if (selection.backend == BackendChoice.IO_URING) {
      try {
        Backend backend =
            new UringBackend(
                options.submissionEntries(),
                table,
                options.boundedWorkers(),
                options.unboundedWorkers());
        selection.log();
        return backend;
      } catch (UringUnavailableException e) {
        // The trial ring was granted and this one is not: too large, or no descriptor is left.
        selection = fallBack(options.backend(), e);
      }
    }
    selection.log();
    return new EpollBackend(
        options.name(), table, options.boundedWorkers(), options.levelTriggered());
  }

  private void log() {
    boolean fallenBack = backend == BackendChoice.EPOLL && !reason.equals("it was asked for");
    System.Logger.Level level = fallenBack ? System.Logger.Level.INFO : System.Logger.Level.DEBUG;
    if (LOGGED.add(toString())) {
      LOGGER.log(level, toString());
    }
  }

  @Override
  public String toString() {
    return "running on " + backend.label() + ": " + reason;
  }
}
