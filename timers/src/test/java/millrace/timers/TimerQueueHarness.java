package millrace.timers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Runs one sequence of operations on a queue and on the model, and compares after every step. */
final class TimerQueueHarness {
  private static final class SinkFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final TimerQueue queue;
  private final ModelTimerQueue model;
  private final Timer[] timers;
  private final List<String> trace = new ArrayList<>();
  private List<TimerOperation> operations;
  private int position;
  private long fired;
  private long cancelled;
  private long refused;
  private int drainedByCall;
  private boolean startedPastInside;

  TimerQueueHarness(TimerQueue queue, int timerCount) {
    this.queue = queue;
    this.model = new ModelTimerQueue(queue.nowNanos(), queue.tickNanos(), queue.maxLive());
    this.timers = new Timer[timerCount];
    for (int i = 0; i < timerCount; i++) {
      timers[i] = Timer.of((timer, nowNanos) -> {});
    }
  }

  /** Runs the sequence and then drains the queue. Returns what fired, when. */
  List<String> run(List<TimerOperation> sequence) {
    operations = sequence;
    position = 0;
    while (position < operations.size()) {
      apply(operations.get(position++));
      compare();
    }
    while (queue.live() > 0) {
      int before = queue.live();
      expire(queue.nextDeadlineNanos(), Integer.MAX_VALUE);
      compare();
      // Each call at the next deadline fires something or, after a cancel, comes closer to it.
      assertTrue(
          queue.live() < before || queue.nextDeadlineNanos() - queue.nowNanos() > 0, "no progress");
    }
    return trace;
  }

  private void apply(TimerOperation operation) {
    long instantNanos = queue.nowNanos() + operation.nanos();
    switch (operation.kind()) {
      case START -> start(operation.timer(), instantNanos);
      case CANCEL -> cancel(operation.timer());
      case EXPIRE -> expire(instantNanos, operation.limit());
      case EXPIRE_AT_NEXT_DEADLINE -> {
        if (queue.live() > 0) {
          expire(queue.nextDeadlineNanos(), operation.limit());
        }
      }
      case DRAIN -> drain();
      case THROW -> {}
    }
  }

  private void start(int timer, long deadlineNanos) {
    boolean expected = model.start(timer, deadlineNanos);
    refused += expected ? 0 : 1;
    assertEquals(expected, queue.start(timers[timer], deadlineNanos), "start");
    if (expected) {
      assertEquals(deadlineNanos, timers[timer].deadlineNanos());
      startedPastInside |= deadlineNanos - queue.nowNanos() <= 0;
    }
  }

  private void cancel(int timer) {
    boolean expected = model.cancel(timer);
    cancelled += expected ? 1 : 0;
    assertEquals(expected, queue.cancel(timers[timer]), "cancel");
  }

  private void expire(long nowNanos, int limit) {
    long firedBefore = fired;
    boolean threw = false;
    startedPastInside = false;
    model.beginExpire(nowNanos);
    try {
      int returned = queue.expire(nowNanos, this::expired, limit);
      assertEquals(fired - firedBefore, returned);
    } catch (SinkFailure expected) {
      threw = true;
    }
    long firedNow = fired - firedBefore;
    assertTrue(firedNow <= limit, "budget");
    if (!threw && firedNow < limit) {
      assertFalse(model.mustFireMore(), "a due timer did not fire");
    }
    model.endExpire();
    if (!threw && firedNow < limit && !startedPastInside && queue.live() > 0) {
      assertTrue(
          queue.nextDeadlineNanos() - queue.nowNanos() > 0, "nothing is due, yet it says so");
    }
  }

  private void drain() {
    long cancelledBefore = cancelled;
    drainedByCall = 0;
    model.beginDrain();
    try {
      int returned = queue.drain(this::drained);
      assertEquals(drainedByCall, returned);
      assertNull(model.firstStartedBeforeTheCall(), "a timer was not drained");
    } catch (SinkFailure expected) {
      assertTrue(cancelled > cancelledBefore);
    }
    model.endDrain();
  }

  private void drained(Timer timer, long nowNanos) {
    cancelled++;
    drainedByCall++;
    ModelTimerQueue.Entry expected = model.firstStartedBeforeTheCall();
    assertNotNull(expected, "a timer was drained in the call in which it was started");
    handedOver(expected, timer, nowNanos);
  }

  private void expired(Timer timer, long nowNanos) {
    fired++;
    ModelTimerQueue.Entry expected = model.firstEligible();
    assertNotNull(expected, "a timer fired early, or in the call in which it was started");
    handedOver(expected, timer, nowNanos);
  }

  private void handedOver(ModelTimerQueue.Entry expected, Timer timer, long nowNanos) {
    assertEquals(model.nowNanos(), nowNanos);
    assertSame(timers[expected.timer()], timer, "order");
    assertFalse(timer.isStarted());
    model.cancel(expected.timer());
    trace.add(expected.timer() + "@" + nowNanos);
    while (position < operations.size() && operations.get(position).inside()) {
      TimerOperation operation = operations.get(position++);
      switch (operation.kind()) {
        case THROW -> throw new SinkFailure();
        case EXPIRE, EXPIRE_AT_NEXT_DEADLINE ->
            assertThrows(
                IllegalStateException.class,
                () -> queue.expire(queue.nowNanos(), TimerSink.RUN_HANDLERS, 1));
        case DRAIN ->
            assertThrows(IllegalStateException.class, () -> queue.drain(TimerSink.RUN_HANDLERS));
        default -> apply(operation);
      }
      compareCounts();
    }
  }

  private void compare() {
    compareCounts();
    for (int i = 0; i < timers.length; i++) {
      assertEquals(model.isStarted(i), timers[i].isStarted(), "isStarted");
    }
    assertEquals(model.nowNanos(), queue.nowNanos());
    if (model.live() == 0) {
      assertEquals(Long.MAX_VALUE, queue.nextDeadlineNanos());
      assertEquals(-1, queue.waitNanos(queue.nowNanos()));
      return;
    }
    long waitNanos = queue.nextDeadlineNanos() - queue.nowNanos();
    assertTrue(waitNanos >= 0, "the next deadline is before the queue's time");
    assertEquals(waitNanos, queue.waitNanos(queue.nowNanos()));
    BigInteger wait = BigInteger.valueOf(waitNanos);
    assertTrue(wait.compareTo(model.delayOfFirst()) <= 0, "the next deadline is too late");
  }

  private void compareCounts() {
    assertEquals(model.live(), queue.live());
    assertEquals(fired, queue.firedCount());
    assertEquals(cancelled, queue.cancelledCount());
    assertEquals(refused, queue.refusedCount());
    assertEquals(fired + cancelled + model.live(), queue.startedCount());
  }
}
