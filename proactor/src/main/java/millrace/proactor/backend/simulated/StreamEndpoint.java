package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;

/** One end of a connection of byte streams. */
interface StreamEndpoint {

  /** Gets to know that a receive or a send may now give another answer. */
  interface Owner {
    void readable();

    void writable();

    /** The answer to a connect: 0 or an errno. */
    void connected(int errno);
  }

  /** Whoever owns an endpoint that waits to be accepted. */
  Owner NOBODY_YET =
      new Owner() {
        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void connected(int errno) {}
      };

  int WOULD_BLOCK = WaitableFile.WOULD_BLOCK;

  void setOwner(Owner owner);

  /** recv(2): bytes, 0 at the end, {@link #WOULD_BLOCK} or -errno. */
  int receive(MemorySegment target);

  /** What recv(2) says when there is no data. */
  int receiveEnd();

  /** send(2) with MSG_NOSIGNAL of at most {@code most} bytes. */
  int send(MemorySegment source, int most);

  int receivedBytes();

  /** Whether a receive has an answer. */
  boolean isReadable();

  /** Whether a send has an answer. */
  boolean isWritable();

  /** POLL* of what is so. */
  int events();

  /** shutdown(2). */
  int shutdown(int how);

  /** close(2) of the last descriptor. */
  void close(boolean resetWanted);

  SocketAddress local();

  /** Null when there is no peer any more: getpeername(2) says ENOTCONN. */
  SocketAddress peerAddress();

  /** The connection's number, the same at both ends. */
  int number();
}
