package millrace.uring;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/**
 * The credentials the registering thread had (user, groups, capabilities), under which single
 * operations can run later: those whose entry carries {@link #id} in its personality.
 *
 * <p>By the owner of the ring, or by any thread before it is enabled. 5.6. Source: {@code
 * io_uring_register_personality(3)}.
 */
public final class Personality implements AutoCloseable {
  private final Ring ring;
  private final int id;
  private boolean closed;

  private Personality(Ring ring, int id) {
    this.ring = ring;
    this.id = id;
  }

  /**
   * Registers the credentials that the current thread has now.
   *
   * @param ring the ring whose operations may use them
   * @return the registration; the caller must close it
   * @throws UringException ENOSPC when there are 65535, ENOMEM
   */
  public static Personality register(Ring ring) throws UringException {
    int id =
        Registration.call(ring, RegisterOpcode.REGISTER_PERSONALITY, MemorySegment.NULL, 0, null);
    return new Personality(ring, id);
  }

  /**
   * What entries carry to run under these credentials.
   *
   * @return 1 to 65535
   */
  public int id() {
    return id;
  }

  /**
   * Forgets the credentials. Idempotent. Operations that name them from then on end with EINVAL;
   * those in flight are not touched.
   *
   * @throws UncheckedIOException when the kernel refuses, as a restricted ring's does
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (!ring.isClosed()) {
      try {
        Registration.call(
            ring, RegisterOpcode.UNREGISTER_PERSONALITY, MemorySegment.NULL, id, "id " + id);
      } catch (UringException e) {
        throw new UncheckedIOException(e);
      }
    }
    closed = true;
  }
}
