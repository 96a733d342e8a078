package millrace.proactor.backend.epoll;

import java.util.function.Consumer;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.timers.Timer;
import millrace.timers.TimerSink;
import millrace.uring.Errno;
import millrace.uring.Libc;

/**
 * The life of an operation: tried, waiting, tried again, with a worker thread, cancelled, overdue,
 * and in the end in the list of those whose result stands. Loop thread only.
 */
final class OperationRunner implements TimerSink {

  /** Between attempts that no readiness announces; doubled each time. */
  private static final long SHORTEST_PAUSE_NANOS = 1_000_000;

  private static final long LONGEST_PAUSE_NANOS = 32_000_000;

  private final DescriptorTable descriptors;
  private final Watcher watcher;
  private final ReadyList ready;
  private final CallBudget budget;
  private final FileWorkers workers;
  private final Deadlines deadlines;
  private final FileType fileType;
  private final Attempts attempts;
  private final Chains chains;

  /** The result stands, and is to be delivered. */
  private final OperationList ended = new OperationList();

  private final Consumer<PendingOperation> workerDone = this::workerDone;

  OperationRunner(
      DescriptorTable descriptors,
      Watcher watcher,
      ReadyList ready,
      CallBudget budget,
      FileWorkers workers,
      Deadlines deadlines,
      FileType fileType,
      Attempts attempts,
      Chains chains) {
    this.descriptors = descriptors;
    this.watcher = watcher;
    this.ready = ready;
    this.budget = budget;
    this.workers = workers;
    this.deadlines = deadlines;
    this.fileType = fileType;
    this.attempts = attempts;
    this.chains = chains;
  }

  OperationList ended() {
    return ended;
  }

  /** Tries the operation for the first time. */
  void begin(PendingOperation pending) {
    switch (pending.operation.kind) {
      case NOP -> end(pending, 0);
      case TIMEOUT -> sleep(pending);
      case CLOSE -> close(pending);
      case OPEN, OPEN_HOW, STATUS, UNLINK, SYNC -> giveToWorkers(pending);
      default -> tryOrWait(pending);
    }
  }

  /** Its end was asked for before its time had come. */
  void endWithoutBeginning(PendingOperation pending) {
    end(pending, -Errno.ECANCELED);
  }

  /** Until a deadline, which is all that it is. */
  private void sleep(PendingOperation pending) {
    pending.state = PendingOperation.State.SLEEPING;
    deadlines.start(pending, pending.operation.offset);
  }

  private void tryOrWait(PendingOperation pending) {
    int descriptor = pending.operation.descriptor;
    DescriptorState known = descriptors.find(descriptor);
    if (known != null) {
      if (known.isIdle()) {
        known.forgetFile();
      } else if (!isFirst(pending, known)) {
        // Behind others, who have found that it is not ready.
        await(pending, known, false);
        return;
      }
    }
    budget.descriptor();
    int outcome = attempts.attempt(pending);
    if (outcome == Outcome.NOT_READY || outcome == Outcome.OVER_BUDGET) {
      await(pending, descriptors.get(descriptor), outcome == Outcome.OVER_BUDGET);
      return;
    }
    if (outcome == Outcome.TRY_LATER) {
      await(pending, descriptors.get(descriptor));
      return;
    }
    settle(descriptors.find(descriptor));
    finish(pending, outcome);
  }

  /** Waits unwatched, for its next attempt. */
  private void await(PendingOperation pending, DescriptorState state) {
    if (state.isIdle() && state.watched != 0) {
      // It may have been watched as another file: who comes next must not trust it.
      watcher.unwatch(state);
    }
    state.listOf(pending.operation.kind).add(pending);
    pending.state = PendingOperation.State.WAITING;
    pending.descriptor = state;
    long now = System.nanoTime();
    pending.deadlineNanos = now + pending.operation.timeoutNanos;
    pending.pauseNanos = SHORTEST_PAUSE_NANOS;
    pause(pending, now);
  }

  private void pause(PendingOperation pending, long nowNanos) {
    long nanos = pending.pauseNanos;
    if (pending.operation.timeoutNanos > 0) {
      nanos = Math.min(nanos, pending.deadlineNanos - nowNanos);
    }
    pending.pauseNanos = Math.min(2 * pending.pauseNanos, LONGEST_PAUSE_NANOS);
    deadlines.start(pending, nowNanos + nanos);
  }

  private void tryAgain(PendingOperation pending, long nowNanos) {
    int outcome = attempts.attempt(pending);
    if (outcome == Outcome.TRY_LATER) {
      pause(pending, nowNanos);
      return;
    }
    DescriptorState state = pending.descriptor;
    leave(pending);
    finish(pending, outcome);
    if (!state.writers.isEmpty()) {
      // Behind this one; what they wait for may have been so all the time.
      state.ready |= DescriptorState.WRITE;
      ready.add(state);
    }
  }

  private static boolean isFirst(PendingOperation pending, DescriptorState state) {
    return pending.operation.kind == OperationKind.POLL
        || state.listOf(pending.operation.kind).isEmpty();
  }

  private void await(PendingOperation pending, DescriptorState state, boolean readyStill) {
    boolean first = state.isIdle();
    OperationList list = state.listOf(pending.operation.kind);
    list.add(pending);
    pending.state = PendingOperation.State.WAITING;
    pending.descriptor = state;
    int error = watcher.watch(state, first);
    if (Errno.isError(error)) {
      list.remove(pending);
      settle(state);
      // EPERM: it is always ready, as far as epoll knows (epoll_ctl(2)), and may block.
      boolean transfer =
          pending.operation.kind == OperationKind.READ
              || pending.operation.kind == OperationKind.WRITE;
      finish(pending, error == -Errno.EPERM && transfer ? Outcome.MAY_BLOCK : error);
      return;
    }
    if (readyStill) {
      state.ready |= list == state.writers ? DescriptorState.WRITE : DescriptorState.READ;
      ready.add(state);
    }
    startDeadline(pending);
  }

  /** Tries what waits for the descriptors in the ready list, each for its budget. */
  void serveReady() {
    for (int count = ready.size(); count > 0 && budget.mayDeliver(); count--) {
      DescriptorState state = ready.poll();
      budget.descriptor();
      serve(state, state.pollers, DescriptorState.POLL);
      serve(state, state.readers, DescriptorState.READ);
      serve(state, state.writers, DescriptorState.WRITE);
      if (state.ready != 0) {
        ready.add(state);
      }
    }
  }

  private void serve(DescriptorState state, OperationList list, int direction) {
    PendingOperation next = list.first();
    while (next != null && (state.ready & direction) != 0) {
      PendingOperation pending = next;
      int outcome = attempts.attempt(pending);
      if (outcome == Outcome.OVER_BUDGET) {
        return;
      }
      next = pending.next;
      if (outcome != Outcome.NOT_READY && outcome != Outcome.TRY_LATER) {
        leave(pending);
        finish(pending, outcome);
      } else if (direction != DescriptorState.POLL) {
        break;
      }
    }
    state.ready &= ~direction;
  }

  /** Takes the operation out of the list in which it waits. */
  private void leave(PendingOperation pending) {
    pending.list.remove(pending);
    settle(pending.descriptor);
  }

  private static void settle(DescriptorState state) {
    if (state != null && state.nonBlocking && state.isIdle()) {
      SocketCalls.restoreBlocking(state);
    }
  }

  private void finish(PendingOperation pending, int outcome) {
    if (outcome == Outcome.MAY_BLOCK) {
      giveToWorkers(pending);
    } else {
      end(pending, outcome);
    }
  }

  private void end(PendingOperation pending, int result) {
    deadlines.cancel(pending);
    pending.state = PendingOperation.State.ENDED;
    pending.result = result;
    ended.add(pending);
    chains.ended(pending, ended);
  }

  private void startDeadline(PendingOperation pending) {
    long timeoutNanos = pending.operation.timeoutNanos;
    if (timeoutNanos > 0 && !pending.isStarted()) {
      deadlines.startAfter(pending, timeoutNanos);
    }
  }

  private void giveToWorkers(PendingOperation pending) {
    int descriptor = pending.operation.descriptor;
    pending.descriptor = null;
    // A number that is no descriptor gets no state: the call will tell, or not need it.
    if (descriptor >= 0 && !Errno.isError(Libc.fcntl(descriptor, Libc.F_GETFD, 0))) {
      pending.descriptor = descriptors.get(descriptor);
      pending.descriptor.withWorkers++;
    }
    pending.state = PendingOperation.State.WITH_WORKERS;
    startDeadline(pending);
    workers.give(pending);
  }

  /** Ends what worker threads are done with. */
  void collectFromWorkers() {
    workers.collect(workerDone);
  }

  private void workerDone(PendingOperation pending) {
    withoutWorkers(pending);
    end(pending, pending.result);
  }

  private void withoutWorkers(PendingOperation pending) {
    DescriptorState state = pending.descriptor;
    if (state != null) {
      state.withWorkers--;
      PendingOperation close = state.deferredClose;
      if (close != null && state.withWorkers == 0) {
        state.deferredClose = null;
        close(close);
      }
    }
  }

  /** What waits ends; what a thread has begun goes on, and tells its own result (EALREADY). */
  void cancel(PendingOperation pending) {
    stop(pending, -Errno.ECANCELED);
  }

  /** A deadline is over. */
  @Override
  public void expired(Timer timer, long nowNanos) {
    PendingOperation pending = (PendingOperation) timer;
    boolean overdue = pending.operation.timeoutNanos > 0 && nowNanos - pending.deadlineNanos >= 0;
    if (pending.pauseNanos > 0 && !overdue) {
      tryAgain(pending, nowNanos);
    } else {
      stop(pending, -Errno.ETIME);
    }
  }

  private void stop(PendingOperation pending, int result) {
    switch (pending.state) {
      case SLEEPING -> end(pending, result);
      case WAITING -> {
        leave(pending);
        end(pending, pending.transferred > 0 ? pending.transferred : result);
      }
      case WITH_WORKERS -> {
        if (pending.operation.kind != OperationKind.CLOSE && workers.takeBack(pending)) {
          withoutWorkers(pending);
          end(pending, result);
        }
      }
      default -> {
        // It has ended, or it is a close, which is not to be cancelled.
      }
    }
  }

  void cancelDescriptor(int descriptor) {
    DescriptorState state = descriptors.find(descriptor);
    if (state == null) {
      return;
    }
    cancelWaiting(state);
    if (state.withWorkers > 0) {
      workers.forEachQueued(
          pending -> {
            if (pending.operation.descriptor == descriptor && isOn(pending.operation)) {
              cancel(pending);
            }
          });
    }
  }

  /** Whether the operation is one on its descriptor, which otherwise only names a directory. */
  private static boolean isOn(Operation operation) {
    return switch (operation.kind) {
      case READ, WRITE, SYNC -> true;
      default -> false;
    };
  }

  private void cancelWaiting(DescriptorState state) {
    cancelAll(state.readers);
    cancelAll(state.writers);
    cancelAll(state.pollers);
  }

  private void cancelAll(OperationList list) {
    while (!list.isEmpty()) {
      cancel(list.first());
    }
  }

  private void close(PendingOperation pending) {
    int descriptor = pending.operation.descriptor;
    DescriptorState state = descriptors.find(descriptor);
    boolean inline = false;
    if (state != null) {
      if (state.withWorkers > 0) {
        // The number must not be another file's when a thread uses it.
        deferClose(pending, state);
        return;
      }
      cancelWaiting(state);
      inline = watcher.unwatch(state);
      state.forgetFile();
    }
    if (inline || !FileType.isStored(fileType.of(descriptor))) {
      end(pending, Libc.close(descriptor));
    } else {
      // A file may have something to flush (NFS, FUSE).
      pending.state = PendingOperation.State.WITH_WORKERS;
      pending.descriptor = null;
      workers.give(pending);
    }
  }

  private void deferClose(PendingOperation pending, DescriptorState state) {
    if (state.deferredClose != null) {
      end(pending, -Errno.EBADF);
      return;
    }
    state.deferredClose = pending;
    pending.state = PendingOperation.State.CLOSE_DEFERRED;
  }
}
