package millrace.proactor.backend.epoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.proactor.backend.Operation;
import millrace.proactor.backend.OperationKind;
import millrace.proactor.backend.OperationTable;
import millrace.uring.Epoll;
import millrace.uring.Errno;
import millrace.uring.Libc;
import org.junit.jupiter.api.Test;

class FileWorkersTest {

  private static final int ROUNDS = 2000;
  private static final int LIMIT_MILLIS = 60_000;

  private final OperationTable table = new OperationTable(1);
  private int done;

  private PendingOperation badRead() {
    Operation operation = table.claim(false);
    operation.kind = OperationKind.READ;
    operation.descriptor = -1;
    return new PendingOperation(operation);
  }

  private void done(PendingOperation pending) {
    assertEquals(-Errno.EBADF, pending.result);
    table.free(pending.operation);
    done++;
  }

  /**
   * A thread hands a result over before it signals it. When the loop takes the result in between,
   * the signal ends a later wait, with nothing to collect; the results after that must be signalled
   * again.
   */
  @Test
  void aSignalThatComesAfterItsResultDoesNotSilenceTheNext() throws Exception {
    EpollWakeUp wakeUp = new EpollWakeUp();
    FileWorkers workers = new FileWorkers("test", 1, 1, wakeUp);
    int epoll = Epoll.create();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate(Epoll.EVENT_BYTES, 8);
      int mode = Epoll.IN | Epoll.ET;
      assertEquals(0, Epoll.control(epoll, Epoll.CTL_ADD, wakeUp.descriptor(), mode, 0));
      for (int round = 0; round < ROUNDS; round++) {
        String when = "in round " + round;
        workers.give(badRead());
        while (!workers.isIdle()) {
          workers.collect(this::done);
        }
        assertEquals(1, Epoll.await(epoll, events.address(), 1, LIMIT_MILLIS), when);
        workers.collect(this::done);
        workers.give(badRead());
        assertEquals(1, Epoll.await(epoll, events.address(), 1, LIMIT_MILLIS), when);
        workers.collect(this::done);
        assertTrue(workers.isIdle(), when);
      }
      assertEquals(2 * ROUNDS, done);
    } finally {
      workers.close();
      wakeUp.close();
      Libc.close(epoll);
    }
  }
}
