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
  EPOLL_LEVEL_TRIGGERED(BackendChoice.EPOLL, true);

  private final BackendChoice choice;
  private final boolean levelTriggered;

  BackendUnderTest(BackendChoice choice, boolean levelTriggered) {
    this.choice = choice;
    this.levelTriggered = levelTriggered;
  }

  /** The one that loops started now run on. */
  public static BackendUnderTest current() {
    boolean levelTriggered = Boolean.getBoolean(ProactorOptions.LEVEL_TRIGGERED_PROPERTY);
    return switch (BackendChoice.ofProperty()) {
      case AUTO, IO_URING -> IO_URING;
      case EPOLL -> levelTriggered ? EPOLL_LEVEL_TRIGGERED : EPOLL;
    };
  }

  public boolean isEpoll() {
    return choice == BackendChoice.EPOLL;
  }

  /** What a loop started now runs on without asking for anything. */
  void makeDefault() {
    System.setProperty(BackendChoice.PROPERTY, choice.label());
    System.setProperty(ProactorOptions.LEVEL_TRIGGERED_PROPERTY, Boolean.toString(levelTriggered));
  }

  static void resetDefault() {
    System.clearProperty(BackendChoice.PROPERTY);
    System.clearProperty(ProactorOptions.LEVEL_TRIGGERED_PROPERTY);
  }

  /** A backend of this kind, not started. */
  public Backend open(OperationTable table) throws IOException {
    return isEpoll()
        ? new EpollBackend("backend-test", table, 2, levelTriggered)
        : new UringBackend(8, table, 0, 0);
  }
}
