package millrace.proactor.backend.epoll;

/**
 * What is known of one descriptor: who waits for it, and for what the epoll instance watches it.
 *
 * <p>While an operation waits, the number means the same file, by the contract of the backend. When
 * none does, somebody may close it and the number may become another file's: then all but the lists
 * is only a guess, and {@link Watcher#watch} asks the kernel again.
 */
final class DescriptorState {

  /** In {@link #ready}: reading, accepting. */
  static final int READ = 1;

  /** In {@link #ready}: writing, connecting. */
  static final int WRITE = 2;

  /** In {@link #ready}: something happened that a POLL may have waited for. */
  static final int POLL = 4;

  /** Whether it is TCP. */
  enum Tcp {
    UNKNOWN,
    YES,
    NO
  }

  final int descriptor;
  final OperationList readers = new OperationList();
  final OperationList writers = new OperationList();
  final OperationList pollers = new OperationList();

  /** Tells events of this file from those of an earlier one with the same number. */
  int generation;

  /** EPOLL* that the kernel was asked for, without EPOLLET; 0 when it does not watch. */
  int watched;

  /** What may be tried again. */
  int ready;

  /** Whether there was an event that a read of fewer bytes than asked for may hide. */
  boolean exceptional;

  Tcp tcp = Tcp.UNKNOWN;

  /** Whether O_NONBLOCK was looked at. */
  boolean nonBlocking;

  /** Whether O_NONBLOCK was set here, and has to go again. */
  boolean restoreBlocking;

  /** Operations with the worker threads. */
  int withWorkers;

  /** Waits for those. */
  PendingOperation deferredClose;

  boolean inReadyList;
  DescriptorState nextReady;

  DescriptorState(int descriptor) {
    this.descriptor = descriptor;
  }

  boolean isIdle() {
    return readers.isEmpty() && writers.isEmpty() && pollers.isEmpty();
  }

  /** Nothing is known any more of the file behind the number. */
  void forgetFile() {
    ready = 0;
    exceptional = false;
    tcp = Tcp.UNKNOWN;
    nonBlocking = false;
    restoreBlocking = false;
  }
}
