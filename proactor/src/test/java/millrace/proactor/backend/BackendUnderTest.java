package millrace.proactor.backend;

import java.io.IOException;
import millrace.proactor.BackendChoice;
import millrace.proactor.ProactorOptions;
import millrace.proactor.backend.epoll.EpollBackend;
import millrace.proactor.backend.uring.UringBackend;

/**
 * The backends that the same tests run on; {@link OnEveryBackend} makes each one current in turn.
 */
public enum BackendUnderTest {
  IO_URING(BackendChoice.IO_URING, false),
  EPOLL(BackendChoice.EPOLL, false),
  EPOLL_LEVEL_TRIGGERED(BackendChoice.EPOLL, true),
  /** For tests of the contract alone: a loop of the operating system cannot be started on it. */
  SIMULATED(null, false);

  private static volatile boolean simulated;
  private static volatile long seed;

  private final BackendChoice choice;
  private final boolean levelTriggered;

  BackendUnderTest(BackendChoice choice, boolean levelTriggered) {
    this.choice = choice;
    this.levelTriggered = levelTriggered;
  }

  /** The one that loops started now run on. */
  public static BackendUnderTest current() {
    if (simulated) {
      return SIMULATED;
    }
    boolean levelTriggered = Boolean.getBoolean(ProactorOptions.LEVEL_TRIGGERED_PROPERTY);
    return switch (BackendChoice.ofProperty()) {
      case AUTO, IO_URING -> IO_URING;
      case EPOLL -> levelTriggered ? EPOLL_LEVEL_TRIGGERED : EPOLL;
    };
  }

  public boolean isEpoll() {
    return choice == BackendChoice.EPOLL;
  }

  /** Of the simulated world that the tests run in now. */
  public static long seed() {
    return seed;
  }

  /** What a loop started now runs on without asking for anything. */
  void makeDefault(long newSeed) {
    seed = newSeed;
    simulated = this == SIMULATED;
    if (simulated) {
      return;
    }
    System.setProperty(BackendChoice.PROPERTY, choice.label());
    System.setProperty(ProactorOptions.LEVEL_TRIGGERED_PROPERTY, Boolean.toString(levelTriggered));
  }

  static void resetDefault() {
    simulated = false;
    System.clearProperty(BackendChoice.PROPERTY);
    System.clearProperty(ProactorOptions.LEVEL_TRIGGERED_PROPERTY);
  }

  /** A backend of this kind, not started; the simulated one comes with its own surroundings. */
  public Backend open(OperationTable table) throws IOException {
    if (this == SIMULATED) {
      throw new IllegalStateException("SIMULATED: see SimulatedSurroundings");
    }
    return isEpoll()
        ? new EpollBackend("backend-test", table, 2, levelTriggered)
        : new UringBackend(8, table, 0, 0);
  }
}
