package millrace.proactor.backend.epoll;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.proactor.backend.BackendStatistics;
import millrace.uring.Epoll;
import millrace.uring.Errno;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * The epoll instance: what it watches each descriptor for, and the one wait of a turn.
 *
 * <p><b>Edge-triggered</b> an event tells that something has become ready; it is remembered in the
 * descriptor's state until a call answers EAGAIN. <b>Level-triggered</b> the kernel reports again
 * and again, so whatever nobody waits for must not be watched.
 *
 * <p>A descriptor nobody waits for stays watched until there is an event, but it may be closed
 * meanwhile, and its number be another file's: whoever is the first to wait asks for a change, and
 * ENOENT tells that this file is not watched yet (epoll_ctl(2)). The generation in the event's data
 * tells late events of the old file.
 *
 * <p>Loop thread only.
 */
final class Watcher {

  private static final int MAX_EVENTS = 512;
  private static final int NANOS_PER_MILLI = 1_000_000;

  /**
   * What a reader waits for. RDHUP and PRI: the end of the stream and urgent data both let a read
   * return fewer bytes than it asked for although there is more to read.
   */
  private static final int READ_EVENTS = Epoll.IN | Epoll.RDHUP | Epoll.PRI;

  private static final int ENDS = Epoll.HUP | Epoll.ERR;
  private static final int EXCEPTIONAL = Epoll.RDHUP | Epoll.PRI | ENDS;

  private final DescriptorTable descriptors;
  private final ReadyList ready;
  private final BackendStatistics statistics;
  private final EpollWakeUp wakeUp;
  private final boolean levelTriggered;
  private final MemorySegment events;
  private final int epoll;
  private boolean nanosecondWaits = true;

  Watcher(
      DescriptorTable descriptors,
      ReadyList ready,
      BackendStatistics statistics,
      EpollWakeUp wakeUp,
      boolean levelTriggered,
      Arena arena)
      throws UringException {
    this.descriptors = descriptors;
    this.ready = ready;
    this.statistics = statistics;
    this.wakeUp = wakeUp;
    this.levelTriggered = levelTriggered;
    this.events = arena.allocate((long) MAX_EVENTS * Epoll.EVENT_BYTES, 8);
    this.epoll = Epoll.create();
    if (Errno.isError(epoll)) {
      throw new UringException("epoll_create1", -epoll, null, null);
    }
    int descriptor = wakeUp.descriptor();
    int result = Epoll.control(epoll, Epoll.CTL_ADD, descriptor, Epoll.IN | Epoll.ET, descriptor);
    if (Errno.isError(result)) {
      close();
      throw new UringException("epoll_ctl", -result, "eventfd", null);
    }
  }

  /**
   * Watches for what the operations of {@code state} wait for; the kernel looks at once, so that
   * nothing is missed that has become ready before.
   *
   * @param first whether nobody had waited for this descriptor before
   * @return 0 or -errno: EPERM for a file that is always ready
   */
  int watch(DescriptorState state, boolean first) {
    int wanted = wanted(state);
    if (state.watched != 0) {
      if (!first && (wanted & ~state.watched) == 0) {
        return 0;
      }
      // What was watched before stays so: the next one to wait for it then needs no call.
      int result = control(Epoll.CTL_MOD, state, first ? wanted : wanted | state.watched);
      if (result != -Errno.ENOENT) {
        return result;
      }
    }
    state.generation++;
    return control(Epoll.CTL_ADD, state, wanted);
  }

  /**
   * Watches the descriptor no more, before it is closed or since nobody waits.
   *
   * @return whether it was watched, and is a socket or a pipe or the like
   */
  boolean unwatch(DescriptorState state) {
    boolean watched = false;
    if (state.watched != 0) {
      // ENOENT, EBADF: closed behind our back, which has the same effect.
      watched = Epoll.control(epoll, Epoll.CTL_DEL, state.descriptor, 0, 0) == 0;
      state.watched = 0;
    }
    state.generation++;
    return watched;
  }

  private int control(int operation, DescriptorState state, int wanted) {
    int mode = levelTriggered ? 0 : Epoll.ET;
    long data = (long) state.generation << 32 | state.descriptor;
    int result = Epoll.control(epoll, operation, state.descriptor, wanted | mode, data);
    if (result == 0) {
      state.watched = wanted;
    } else {
      state.watched = 0;
    }
    return result;
  }

  private static int wanted(DescriptorState state) {
    int wanted = state.readers.isEmpty() ? 0 : READ_EVENTS;
    if (!state.writers.isEmpty()) {
      wanted |= Epoll.OUT;
    }
    for (PendingOperation poll = state.pollers.first(); poll != null; poll = poll.next) {
      // POLL* and EPOLL* are the same bits (epoll_ctl(2)); those above are EPOLL's own.
      wanted |= (poll.operation.operationFlags & 0xffff) | ENDS;
    }
    return wanted;
  }

  /**
   * Waits for events, and puts the descriptors that they are of into the ready list.
   *
   * @param timeoutNanos longest wait in nanoseconds; 0 does not wait, negative waits without limit
   */
  void await(long timeoutNanos) throws UringException {
    statistics.systemCalls.increment();
    int count = waitForEvents(timeoutNanos);
    if (count < 0 && count != -Errno.EINTR) {
      throw new UringException("epoll_wait", -count, null, null);
    }
    for (int index = 0; index < count; index++) {
      happened(Epoll.data(events, index), Epoll.events(events, index));
    }
  }

  private int waitForEvents(long timeoutNanos) {
    if (timeoutNanos <= 0) {
      return Epoll.await(epoll, events.address(), MAX_EVENTS, timeoutNanos == 0 ? 0 : -1);
    }
    if (nanosecondWaits) {
      int count = Epoll.awaitNanos(epoll, events.address(), MAX_EVENTS, timeoutNanos);
      // Before Linux 5.11, or behind a seccomp filter that is older than the call.
      if (count != -Errno.ENOSYS && count != -Errno.EPERM) {
        return count;
      }
      nanosecondWaits = false;
    }
    // Rounded up: a deadline is never early.
    long millis = (timeoutNanos - 1) / NANOS_PER_MILLI + 1;
    return Epoll.await(
        epoll, events.address(), MAX_EVENTS, (int) Math.min(millis, Integer.MAX_VALUE));
  }

  private void happened(long data, int what) {
    int descriptor = (int) data;
    if (descriptor == wakeUp.descriptor()) {
      statistics.wakeUps.increment();
      return;
    }
    DescriptorState state = descriptors.find(descriptor);
    if (state == null || state.generation != (int) (data >>> 32)) {
      return;
    }
    if (state.isIdle()) {
      // Whoever comes next tries first. Until then each event would only end a wait; and HUP and
      // ERR are reported whatever is asked for, so it must not be watched at all.
      unwatch(state);
      return;
    }
    if (levelTriggered) {
      unwatchUnwanted(state, what);
    }
    if ((what & EXCEPTIONAL) != 0) {
      state.exceptional = true;
    }
    if ((what & (READ_EVENTS | ENDS)) != 0) {
      state.ready |= DescriptorState.READ;
    }
    if ((what & (Epoll.OUT | ENDS)) != 0) {
      state.ready |= DescriptorState.WRITE;
    }
    state.ready |= DescriptorState.POLL;
    ready.add(state);
  }

  /** Level-triggered, what nobody waits for would end each wait at once. */
  private void unwatchUnwanted(DescriptorState state, int what) {
    int wanted = wanted(state);
    if ((what & ~(wanted | ENDS)) != 0) {
      control(Epoll.CTL_MOD, state, wanted);
    }
  }

  void close() {
    Libc.close(epoll);
  }
}
