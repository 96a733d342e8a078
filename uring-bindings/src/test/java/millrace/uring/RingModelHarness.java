package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import millrace.uring.RingAction.Kind;

/** Does the same to a ring and to a {@link RingModel}. */
final class RingModelHarness implements AutoCloseable, CompletionSink {
  static final int PIPES = 2;
  private static final int GROUP = 9;
  private static final int BUFFERS = 4;
  private static final int BUFFER_BYTES = 8;
  private static final int MAX_BYTES_IN_PIPE = 2048;
  private static final int MAX_MESSAGES_UNDER_WAY = 16;
  private static final long CANCEL_ALL = Long.MAX_VALUE;
  private static final long NEVER_NANOS = TimeUnit.DAYS.toNanos(365);
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final RingModel model = new RingModel(PIPES, BUFFERS);
  private final RingFixture fixture;
  private final ProvidedBufferRing group;
  private final MemorySegment groupMemory;
  private final int[][] pipes = new int[PIPES][];
  private final int[] sockets;
  private final Map<Integer, MemorySegment> memory = new HashMap<>();
  private final List<String> trace = new ArrayList<>();
  private boolean allCancelled;
  private int cancelledLast;

  RingModelHarness(RingOptions options) throws UringException {
    fixture = RingFixture.open(options);
    group = ProvidedBufferRing.register(fixture.ring, GROUP, BUFFERS);
    groupMemory = fixture.arena.allocate(BUFFERS * BUFFER_BYTES);
    sockets = fixture.socketPair(Libc.SOCK_SEQPACKET);
    for (int i = 0; i < PIPES; i++) {
      pipes[i] = fixture.pipe();
    }
  }

  /** Runs the actions to their end; what goes wrong is told with all that happened before. */
  void run(List<RingAction> actions) {
    try {
      for (RingAction action : actions) {
        trace.add(action.toString());
        apply(action);
        checkQueues();
      }
      finish();
    } catch (AssertionError | IllegalStateException e) {
      throw new AssertionError(e.getMessage() + "\n  " + String.join("\n  ", trace), e);
    }
  }

  private void apply(RingAction action) {
    switch (action.kind()) {
      case SEND -> send(action.amount());
      case REFILL -> refill(action.amount());
      case SUBMIT -> submit();
      case GET_EVENTS -> enter(fixture.ring.getEvents());
      case REAP -> reap(action.amount());
      case WRITE -> {
        if (model.bytesIn(action.channel()) + action.amount() <= MAX_BYTES_IN_PIPE) {
          prepare(action);
        }
      }
      case RECEIVE -> {
        if (!model.hasReceive()) {
          prepare(action);
        }
      }
      case CANCEL -> {
        if (model.prepared() > 0) {
          int target = action.channel() % model.prepared();
          prepare(new RingAction(Kind.CANCEL, target, 0));
        }
      }
      default -> prepare(action);
    }
  }

  private void prepare(RingAction action) {
    makeRoom();
    // Before the model counts it: the bytes are those that follow.
    long firstByte = action.kind() == Kind.WRITE ? model.writtenTo(action.channel()) : 0;
    RingModel.Entry entry = model.prepared(action.kind(), action.channel(), action.amount());
    Sqe sqe = fixture.next(entry.userData);
    switch (action.kind()) {
      case READ -> {
        long address = memoryOf(entry).address();
        sqe.read(pipes[entry.channel][0], address, entry.length, Sqe.AT_FILE_POSITION);
      }
      case WRITE -> {
        MemorySegment bytes = memoryOf(entry);
        for (int i = 0; i < entry.length; i++) {
          bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (firstByte + i));
        }
        sqe.write(pipes[entry.channel][1], bytes.address(), entry.length, Sqe.AT_FILE_POSITION);
      }
      case POLL -> sqe.pollAdd(pipes[entry.channel][0], Libc.POLLIN);
      case SHORT_TIMER -> sqe.timeout(fixture.timespec(1), 0, 0);
      case LONG_TIMER -> sqe.timeout(fixture.timespec(NEVER_NANOS), 0, 0);
      case RECEIVE -> sqe.recvMultishot(sockets[0], GROUP, 0);
      case CANCEL -> sqe.cancel(entry.channel, 0);
      case NOP -> sqe.nop();
      default -> throw new AssertionError(action);
    }
  }

  private MemorySegment memoryOf(RingModel.Entry entry) {
    MemorySegment segment = fixture.arena.allocate(entry.length);
    memory.put(entry.userData, segment);
    return segment;
  }

  private void send(int count) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment message = scratch.allocate(BUFFER_BYTES);
      for (int i = 0; i < count && model.messagesUnderWay() < MAX_MESSAGES_UNDER_WAY; i++) {
        int number = model.sentMessages();
        int length = RingModel.messageBytes(number);
        message.set(ValueLayout.JAVA_BYTE, 0, (byte) number);
        assertEquals(length, Libc.send(sockets[1], message.address(), length, 0));
        model.sent();
      }
    }
  }

  private void refill(int count) {
    for (int i = 0; i < count; i++) {
      int buffer = model.refill();
      if (buffer >= 0) {
        group.add(groupMemory.address() + (long) buffer * BUFFER_BYTES, BUFFER_BYTES, buffer);
      }
    }
    group.publish();
  }

  private void submit() {
    enter(fixture.ring.submit());
  }

  private int reap(int limit) {
    int reaped = fixture.completions.drain(this, limit);
    if (fixture.completions.ready() == 0 && !fixture.ring.completionOverflowed()) {
      model.allReaped();
    }
    return reaped;
  }

  /** EBUSY: the completion queue has to be drained first; what was consumed is told by pending. */
  private static void enter(int result) {
    assertTrue(result >= 0 || result == -Errno.EBUSY, () -> Errno.describe(result));
  }

  private void makeRoom() {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (fixture.submissions.room() == 0) {
      submit();
      if (fixture.submissions.room() == 0) {
        reap(Integer.MAX_VALUE);
        assertTrue(System.nanoTime() < deadline, () -> "queue stays full: " + fixture);
      }
    }
  }

  private void checkQueues() {
    SubmissionQueue queue = fixture.submissions;
    assertEquals(queue.entries(), queue.room() + queue.pending());
    int ready = fixture.completions.ready();
    assertTrue(ready >= 0 && ready <= fixture.completions.entries(), () -> "ready " + ready);
    model.checkBuffersAreConserved(BUFFERS);
  }

  @Override
  public void completion(long userData, int result, int flags) {
    trace.add("-> " + Outcomes.words(new Completion(userData, result, flags)));
    if (userData == CANCEL_ALL) {
      allCancelled = true;
      cancelledLast = result;
      return;
    }
    MemorySegment data = memory.get((int) userData);
    if ((flags & CqeFlags.F_BUFFER) != 0) {
      data = groupMemory.asSlice((long) CqeFlags.bufferId(flags) * BUFFER_BYTES, BUFFER_BYTES);
    }
    model.completed(
        userData, result, flags, data == null ? null : data.toArray(ValueLayout.JAVA_BYTE));
  }

  /** Cancels all, and collects what the streams still hold: everything must have an end. */
  private void finish() {
    trace.add("(end)");
    model.closing();
    cancelAll();
    assertEquals(List.of(), model.unended());
    model.collecting();
    for (int pipe = 0; pipe < PIPES; pipe++) {
      collect(pipe);
    }
    trace.add("(receive the rest)");
    while (model.messagesUnderWay() > 0) {
      refill(BUFFERS);
      apply(new RingAction(Kind.RECEIVE, 0, 0));
      reapOnce();
    }
    model.closing();
    cancelAll();
    assertEquals(List.of(), model.unended());
    model.checkBuffersAreConserved(BUFFERS);
    assertEquals(0, fixture.ring.overflowCount());
    assertEquals(0, fixture.ring.droppedSubmissions());
  }

  private void cancelAll() {
    do {
      makeRoom();
      allCancelled = false;
      fixture.next(CANCEL_ALL).cancelAll();
      while (!allCancelled) {
        reapOnce();
      }
    } while (cancelledLast > 0 || !model.unended().isEmpty());
  }

  private void reapOnce() {
    int result = fixture.ring.submitAndWait(1, DEADLINE_NANOS);
    assertTrue(result >= 0 || result == -Errno.EBUSY, () -> Errno.describe(result) + fixture);
    assertTrue(reap(Integer.MAX_VALUE) > 0, fixture::toString);
  }

  private void collect(int pipe) {
    long count = model.bytesIn(pipe);
    MemorySegment rest = fixture.arena.allocate(MAX_BYTES_IN_PIPE);
    if (count > 0) {
      assertEquals(count, Libc.read(pipes[pipe][0], rest.address(), MAX_BYTES_IN_PIPE));
      model.readBytes(pipe, rest.toArray(ValueLayout.JAVA_BYTE), (int) count);
    }
    assertEquals(0, Libc.fcntl(pipes[pipe][0], Libc.F_SETFL, Libc.O_NONBLOCK));
    assertEquals(-Errno.EAGAIN, Libc.read(pipes[pipe][0], rest.address(), 1), "more bytes");
  }

  @Override
  public void close() {
    fixture.quiesce();
    group.close();
    fixture.close();
  }
}
