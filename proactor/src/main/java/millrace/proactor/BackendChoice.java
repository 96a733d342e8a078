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
  /** epoll. */
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
