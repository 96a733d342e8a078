package millrace.proactor;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a {@link Proactor} is to run on. The default comes from the system property {@link
 * #PROPERTY}, and is {@link #AUTO} without it.
 */
public enum BackendChoice {
  /** io_uring where it is to be had with all that is needed of it, otherwise epoll. */
  AUTO,
  /** io_uring, or a clear failure. */
  IO_URING,
  /**
   * epoll: the same results and the same errnos as on io_uring, with these differences, of which
   * most show in {@link Operations} only:
   *
   * <ul>
   *   <li>An operation on a descriptor with O_NONBLOCK waits; io_uring of older kernels answers
   *       {@code EAGAIN} (6.18 waits too).
   *   <li>While an accept or a connect waits, the open file has O_NONBLOCK.
   *   <li>A file operation that a worker thread has begun ends with its own result, whatever cancel
   *       or deadline; io_uring interrupts it where the file system lets it ({@code ECANCELED},
   *       {@code EINTR}, {@code ETIME}).
   *   <li>A close waits for the worker threads to be done with the descriptor, and ends what else
   *       waits on it with {@code ECANCELED}; on io_uring that goes on with the file.
   *   <li>A close that waits cannot be cancelled.
   *   <li>Operations of one descriptor and direction are served first come first served.
   *   <li>A connect to a UNIX socket whose queue is full is tried again until it succeeds, every 32
   *       milliseconds at the latest, and not in the order of others who wait.
   *   <li>A member of a chain whose arguments the kernel refuses as it takes them (an empty or too
   *       long path, a msghdr or sockaddr that is none, unknown SOCK_* flags) ends when its time
   *       has come; on io_uring it ends all of its chain behind the last sync or status, and
   *       nothing of that is done.
   *   <li>A member of a chain whose end was asked for before its time had come does not begin; on
   *       io_uring it may once a turn has passed since it was submitted, see {@link
   *       OperationChain}.
   *   <li>A truncated datagram received with MSG_WAITALL lets its chain go on.
   *   <li>Of the flags of a completion only F_MORE and F_BUFFER with its number are set.
   *   <li>A multishot receive without a buffer ends with {@code ENOBUFS} when there is data, not
   *       before.
   *   <li>A descriptor must not be closed behind the backend's back while a duplicate keeps the
   *       file open, level-triggered: epoll goes on reporting it (epoll(7), "Questions and
   *       answers", 6).
   * </ul>
   */
  EPOLL;

  /** Name of the system property that chooses: auto, io_uring or epoll. */
  public static final String PROPERTY = "millrace.backend";

  /** {@return how the system property and command lines spell it: auto, io_uring or epoll} */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The choice of that name.
   *
   * @param label auto, io_uring or epoll
   * @return the choice
   * @throws IllegalArgumentException for any other
   */
  public static BackendChoice of(String label) {
    return Arrays.stream(values())
        .filter(choice -> choice.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "backend: " + label + ", must be auto, io_uring or epoll"));
  }

  /**
   * What the system property says.
   *
   * @return the choice
   * @throws IllegalArgumentException when it is neither auto, io_uring nor epoll
   */
  public static BackendChoice ofProperty() {
    String label = System.getProperty(PROPERTY);
    return label == null ? AUTO : of(label);
  }
}
