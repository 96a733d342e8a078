package millrace.proactor.backend.epoll;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.schedule.MpscQueue;
import millrace.uring.Errno;
import millrace.uring.FileCalls;
import millrace.uring.Libc;

/**
 * A few daemon threads for calls that wait for a device: files have no readiness to wait for. What
 * a thread has begun cannot be taken back, and the memory of the operation is in use until it is
 * handed back.
 *
 * <p>The loop thread gives and collects. Results come through a bounded queue that has room for
 * every operation there can be, and wake the loop once for all that are there.
 */
final class FileWorkers {

  private static final int MIN_RESULTS = 2;

  private final String name;
  private final int maxThreads;
  private final EpollWakeUp wakeUp;
  private final MpscQueue<PendingOperation> results;
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();

  /** Given and not collected; loop thread. */
  private int outstanding;

  /** Guards what follows. */
  private final Object lock = new Object();

  private final OperationList queue = new OperationList();
  private int queued;
  private int idle;
  private boolean closed;

  /**
   * @param name of the loop: its threads are named after it
   * @param maxThreads most threads, at least 1; each is started when first needed
   * @param maxOperations most operations that can be given at once
   */
  FileWorkers(String name, int maxThreads, int maxOperations, EpollWakeUp wakeUp) {
    this.name = name;
    this.maxThreads = maxThreads;
    this.wakeUp = wakeUp;
    int capacity = Math.max(MIN_RESULTS, Integer.highestOneBit(maxOperations * 2 - 1));
    this.results = new MpscQueue<>(capacity);
  }

  /** Loop thread: queues the operation. */
  void give(PendingOperation operation) {
    outstanding++;
    boolean threadNeeded;
    synchronized (lock) {
      queue.add(operation);
      queued++;
      threadNeeded = queued > idle && threads.size() < maxThreads;
      lock.notify();
    }
    if (threadNeeded) {
      String threadName = name + "-file-" + (threads.size() + 1);
      threads.add(Thread.ofPlatform().daemon().name(threadName).start(this::work));
    }
  }

  /** Loop thread: takes the operation back; false when a thread has begun it. */
  boolean takeBack(PendingOperation operation) {
    synchronized (lock) {
      if (operation.list != queue) {
        return false;
      }
      queue.remove(operation);
      queued--;
    }
    outstanding--;
    return true;
  }

  /** Loop thread: calls {@code action}, which may take it back, with each that waits. */
  void forEachQueued(Consumer<PendingOperation> action) {
    List<PendingOperation> all = new ArrayList<>();
    synchronized (lock) {
      for (PendingOperation each = queue.first(); each != null; each = each.next) {
        all.add(each);
      }
    }
    all.forEach(action);
  }

  boolean isIdle() {
    return outstanding == 0;
  }

  /** Loop thread: hands each operation that is done to {@code target}. */
  void collect(Consumer<PendingOperation> target) {
    // A thread signals after it has handed its result over: the signal of one that was collected in
    // between is still to be taken back.
    if (outstanding == 0 && !signalled.get()) {
      return;
    }
    // Before the look: a result that comes after it wakes the loop anew.
    signalled.set(false);
    for (PendingOperation done = results.poll(); done != null; done = results.poll()) {
      outstanding--;
      target.accept(done);
    }
  }

  /**
   * Loop thread: ends the threads. With operations outstanding they end when they can, and their
   * results are lost; else this waits for them.
   */
  void close() {
    synchronized (lock) {
      closed = true;
      while (queue.poll() != null) {
        queued--;
      }
      lock.notifyAll();
    }
    if (outstanding == 0) {
      threads.forEach(FileWorkers::join);
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    for (PendingOperation next = take(); next != null; next = take()) {
      next.result = perform(next.operation);
      boolean taken = results.offer(next);
      assert taken : "more results than operations";
      if (!signalled.getAndSet(true)) {
        wakeUp.signal();
      }
    }
  }

  /** The next operation; null when it is over. */
  private PendingOperation take() {
    synchronized (lock) {
      idle++;
      while (queue.isEmpty() && !closed) {
        awaitChange();
      }
      idle--;
      PendingOperation next = queue.poll();
      if (next != null) {
        queued--;
      }
      return next;
    }
  }

  @SuppressWarnings("WaitNotInLoop") // take() has the loop.
  private void awaitChange() {
    try {
      lock.wait();
    } catch (InterruptedException e) {
      // An interrupt means nothing to these threads: they end when the backend closes.
      assert !closed || queue.isEmpty();
    }
  }

  private static int perform(Operation op) {
    while (true) {
      long result = call(op);
      // A close that was interrupted has closed (close(2)).
      if (result != -Errno.EINTR || op.kind == OperationKind.CLOSE) {
        return (int) result;
      }
    }
  }

  private static long call(Operation op) {
    int fd = op.descriptor;
    boolean ownPosition = op.offset < 0;
    return switch (op.kind) {
      case READ ->
          ownPosition
              ? Libc.read(fd, op.address, op.length)
              : FileCalls.pread(fd, op.address, op.length, op.offset);
      case WRITE ->
          ownPosition
              ? Libc.write(fd, op.address, op.length)
              : FileCalls.pwrite(fd, op.address, op.length, op.offset);
      case OPEN -> FileCalls.openat(fd, op.address, op.operationFlags, op.mode);
      case OPEN_HOW -> FileCalls.openat2(fd, op.address, op.secondAddress);
      case STATUS -> FileCalls.statx(fd, op.address, op.operationFlags, op.mode, op.secondAddress);
      case UNLINK -> FileCalls.unlinkat(fd, op.address, op.operationFlags);
      case SYNC -> FileCalls.fsync(fd, op.operationFlags != 0);
      case CLOSE -> Libc.close(fd);
      default -> throw new AssertionError("not for a worker thread: " + op);
    };
  }
}
