package millrace.uring;

import java.util.Set;
import millrace.uring.abi.IoUring;

/**
 * What a {@link ZeroCopyReceiveQueue} can tell by a completion of its own: {@code ZCRX_EVENT_*} in
 * the kernel header, 7.2. The completion has the user data that {@link
 * ZeroCopyReceiveOptions#events} gave, the {@link #code} as its result and no flags. An event that
 * was told is not told again before {@link ZeroCopyReceiveQueue#armEvent}.
 */
public enum ZeroCopyReceiveEvent {
  /**
   * The device needed memory and there was none: all of the areas is in the application's hands.
   */
  ALLOC_FAIL(IoUring.ZCRX_EVENT_ALLOC_FAIL()),
  /** Data was copied into the area, as the device had put it elsewhere. */
  COPY(IoUring.ZCRX_EVENT_COPY());

  private final int code;

  ZeroCopyReceiveEvent(int code) {
    this.code = code;
  }

  /**
   * The kernel's number of the event.
   *
   * @return the result of completions that tell it
   */
  public int code() {
    return code;
  }

  /**
   * The event that a completion tells.
   *
   * @param result the result of a completion that has the user data of events
   * @return the event, or null for one that is newer than this class
   */
  public static ZeroCopyReceiveEvent of(int result) {
    for (ZeroCopyReceiveEvent event : values()) {
      if (event.code == result) {
        return event;
      }
    }
    return null;
  }

  static int mask(Set<ZeroCopyReceiveEvent> events) {
    int mask = 0;
    for (ZeroCopyReceiveEvent event : events) {
      mask |= 1 << event.code;
    }
    return mask;
  }
}
