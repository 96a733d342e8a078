package millrace.proactor.backend.simulated;

import java.net.SocketAddress;

/**
 * What recvmsg(2) tells.
 *
 * @param result bytes or -errno
 * @param source the sender; null when there is none to tell
 * @param flags MSG_TRUNC
 */
record Received(int result, SocketAddress source, int flags) {

  static Received of(int result) {
    return new Received(result, null, 0);
  }
}
