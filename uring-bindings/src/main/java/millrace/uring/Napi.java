package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_napi;

/**
 * How waits of a ring busy-poll the queues of network devices instead of waiting for their
 * interrupts: shorter latencies for CPU time.
 *
 * <p>The methods that register: by the owner of the ring, or by any thread before it is enabled;
 * not for rings with {@link SetupFlag#IOPOLL}. 6.9. Source: {@code io_uring_register_napi(3)}.
 *
 * @param busyPollMicros how long to poll before sleeping, 0 or more
 * @param preferBusyPoll whether devices should be polled rather than interrupt, while they are
 *     polled
 * @param tracking which queues are polled
 */
public record Napi(int busyPollMicros, boolean preferBusyPoll, Tracking tracking) {
  /** Which network queues a ring polls. */
  public enum Tracking {
    /** Those that its sockets are found to use. */
    DYNAMIC(IoUring.IO_URING_NAPI_TRACKING_DYNAMIC()),
    /** Those that {@link #addStatic} names (6.13). */
    STATIC(IoUring.IO_URING_NAPI_TRACKING_STATIC()),
    /** None (6.13). */
    INACTIVE(IoUring.IO_URING_NAPI_TRACKING_INACTIVE());

    private final int code;

    Tracking(int code) {
      this.code = code;
    }

    private static Tracking of(int code) {
      for (Tracking tracking : values()) {
        if (tracking.code == code) {
          return tracking;
        }
      }
      throw new IllegalStateException("unknown NAPI tracking " + code);
    }
  }

  /** Checks the time. */
  public Napi {
    Arguments.notNegative("busyPollMicros", busyPollMicros);
  }

  /**
   * Polls as told here from now on (IORING_REGISTER_NAPI).
   *
   * @param ring the ring whose waits poll
   * @return what held before
   * @throws UringException EINVAL before Linux 6.9 (STATIC and INACTIVE: 6.13) and for rings with
   *     IOPOLL, EOPNOTSUPP where the kernel has no busy polling
   */
  public Napi register(Ring ring) throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_napi.layout());
      io_uring_napi.opcode(argument, (byte) IoUring.IO_URING_NAPI_REGISTER_OP());
      io_uring_napi.busy_poll_to(argument, busyPollMicros);
      io_uring_napi.prefer_busy_poll(argument, (byte) (preferBusyPoll ? 1 : 0));
      io_uring_napi.op_param(argument, tracking.code);
      Registration.call(ring, RegisterOpcode.REGISTER_NAPI, argument, 1, toString());
      return read(argument);
    }
  }

  /**
   * Ends the polling (IORING_UNREGISTER_NAPI).
   *
   * @param ring the ring whose waits poll
   * @return what held before
   * @throws UringException EINVAL before Linux 6.9, EOPNOTSUPP
   */
  public static Napi unregister(Ring ring) throws UringException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_napi.layout());
      Registration.call(ring, RegisterOpcode.UNREGISTER_NAPI, argument, 1, null);
      return read(argument);
    }
  }

  /**
   * Adds a queue to those polled with {@link Tracking#STATIC} (6.13).
   *
   * @param ring the ring whose waits poll
   * @param napiId a queue's id, as SO_INCOMING_NAPI_ID tells it
   * @return 0, or {@code -errno}: EINVAL for a number that can be none or without static tracking,
   *     EEXIST
   */
  public static int addStatic(Ring ring, int napiId) {
    return changeStatic(ring, IoUring.IO_URING_NAPI_STATIC_ADD_ID(), napiId);
  }

  /**
   * Takes a queue out of those polled with {@link Tracking#STATIC} (6.13).
   *
   * @param ring the ring whose waits poll
   * @param napiId a queue's id
   * @return 0, or {@code -errno}: ENOENT, EINVAL
   */
  public static int deleteStatic(Ring ring, int napiId) {
    return changeStatic(ring, IoUring.IO_URING_NAPI_STATIC_DEL_ID(), napiId);
  }

  private static int changeStatic(Ring ring, int operation, int napiId) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment argument = scratch.allocate(io_uring_napi.layout());
      io_uring_napi.opcode(argument, (byte) operation);
      io_uring_napi.op_param(argument, napiId);
      return ring.register(IoUring.IORING_REGISTER_NAPI(), argument, 1);
    }
  }

  private static Napi read(MemorySegment argument) {
    return new Napi(
        io_uring_napi.busy_poll_to(argument),
        io_uring_napi.prefer_busy_poll(argument) != 0,
        Tracking.of(io_uring_napi.op_param(argument)));
  }
}
