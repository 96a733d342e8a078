package millrace.uring;

import static millrace.uring.Results.assertFailed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import millrace.uring.abi.IoUring;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Child processes. Mirrors liburing test/waitid.c. */
class WaitidTest {
  // Not by ProcessBuilder: the JDK has a thread that waits for its children.
  private static final Downcall POSIX_SPAWN = Downcall.ofInt("posix_spawn", 6);
  private static final Downcall KILL = Downcall.ofInt("kill", 2);
  private static final Downcall WAITPID = Downcall.ofInt("waitpid", 3);
  private static final Downcall PIDFD_OPEN = Downcall.ofVariadicInt("syscall", 1, 3);
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;
  private static final int SIGCHLD = 17;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  private final List<Integer> children = new ArrayList<>();
  private RingFixture ring;
  private MemorySegment status;

  @BeforeEach
  void open() throws Exception {
    ring = RingFixture.open();
    status = ring.arena.allocate(ChildStatus.BYTES, 8);
  }

  @AfterEach
  void close() {
    ring.close();
    for (int child : children) {
      KILL.call(child, SIGKILL);
      WAITPID.call(child, 0, 0);
    }
  }

  @Test
  void exitOfAChildIsToldWithItsCode() {
    int child = spawn("exit 7");
    assertEquals(0, ring.run(waitFor(child, ChildStatus.WEXITED)));
    assertEquals(ChildStatus.CLD_EXITED, ChildStatus.code(status));
    assertEquals(7, ChildStatus.status(status));
    assertEquals(child, ChildStatus.processId(status));
    assertEquals(SIGCHLD, ChildStatus.signal(status));
    assertFailed(Errno.ECHILD, ring.run(waitFor(child, ChildStatus.WEXITED)));
  }

  /** Only looks: other tests and the JDK have children too. */
  @Test
  void childIsFoundByItsGroupByItsDescriptorAndAmongAll() {
    int child = spawn("exit 3");
    int look = ChildStatus.WEXITED | ChildStatus.WNOWAIT;
    assertEquals(0, ring.run(waitFor(child, look)));
    long address = status.address();
    assertEquals(0, ring.run(ring.next(1).waitid(ChildStatus.P_PGID, 0, address, look)));
    assertEquals(ChildStatus.CLD_EXITED, ChildStatus.code(status));
    assertEquals(0, ring.run(ring.next(1).waitid(ChildStatus.P_ALL, 0, address, look)));
    assertEquals(ChildStatus.CLD_EXITED, ChildStatus.code(status));
    int pidfd = ring.own((int) PIDFD_OPEN.call(IoUring.__NR_pidfd_open(), child, 0));
    assertEquals(0, ring.run(ring.next(1).waitid(ChildStatus.P_PIDFD, pidfd, address, look)));
    assertEquals(child, ChildStatus.processId(status));
    assertEquals(3, ChildStatus.status(status));
    int noChild = ring.pipe()[0];
    assertFailed(
        Errno.EBADF, ring.run(ring.next(1).waitid(ChildStatus.P_PIDFD, noChild, address, look)));
  }

  @Test
  void waitThatCameFirstEndsWithTheChild() {
    int child = spawn("exec sleep 1000");
    waitFor(child, ChildStatus.WEXITED);
    assertEquals(1, ring.ring.submit());
    assertEquals(0, KILL.call(child, SIGTERM));
    assertEquals(new Completion(1, 0, 0), ring.await(1L));
    assertEquals(ChildStatus.CLD_KILLED, ChildStatus.code(status));
    assertEquals(SIGTERM, ChildStatus.status(status));
  }

  @Test
  void aChildThatStopsAndGoesOnIsTold() {
    int child = spawn("exec sleep 1000");
    waitFor(child, ChildStatus.WSTOPPED);
    assertEquals(1, ring.ring.submit());
    assertEquals(0, KILL.call(child, SIGSTOP));
    assertEquals(new Completion(1, 0, 0), ring.await(1L));
    assertEquals(ChildStatus.CLD_STOPPED, ChildStatus.code(status));
    assertEquals(SIGSTOP, ChildStatus.status(status));
    ring.forget();
    waitFor(child, ChildStatus.WCONTINUED);
    assertEquals(1, ring.ring.submit());
    assertEquals(0, KILL.call(child, SIGCONT));
    assertEquals(new Completion(1, 0, 0), ring.await(1L));
    assertEquals(ChildStatus.CLD_CONTINUED, ChildStatus.code(status));
  }

  @Test
  void nothingToTellIsToldAtOnceWhenAskedFor() {
    int child = spawn("exec sleep 1000");
    assertEquals(0, ring.run(waitFor(child, ChildStatus.WEXITED | ChildStatus.WNOHANG)));
    assertEquals(0, ChildStatus.processId(status));
    assertEquals(0, ChildStatus.signal(status));
  }

  @Test
  void aChildCanBeLeftToBeWaitedForAgain() {
    int child = spawn("exit 3");
    int leave = ChildStatus.WEXITED | ChildStatus.WNOWAIT;
    assertEquals(0, ring.run(waitFor(child, leave)));
    assertEquals(3, ChildStatus.status(status));
    status.fill((byte) 0);
    assertEquals(0, ring.run(waitFor(child, ChildStatus.WEXITED)));
    assertEquals(3, ChildStatus.status(status));
  }

  @Test
  void aWaitIsCancelled() {
    int child = spawn("exec sleep 1000");
    waitFor(child, ChildStatus.WEXITED);
    assertEquals(1, ring.ring.submit());
    ring.next(2).cancel(1, 0);
    ring.await(2);
    // The kernel tells how many, as liburing's test wants it, and not 0.
    assertTrue(Set.of(0, 1).contains(ring.await(2L).result()), ring::toString);
    assertEquals(new Completion(1, -Errno.ECANCELED, 0), ring.await(1L));
  }

  @Test
  void otherProcessesAndOptionsAreRefused() {
    assertFailed(Errno.ECHILD, ring.run(waitFor(1, ChildStatus.WEXITED)));
    assertFailed(Errno.EINVAL, ring.run(waitFor(1, 0)));
    Sqe unknown = ring.next(1).waitid(99, 1, status.address(), ChildStatus.WEXITED);
    assertFailed(Errno.EINVAL, ring.run(unknown));
  }

  private Sqe waitFor(int child, int options) {
    return ring.next(1).waitid(ChildStatus.P_PID, child, status.address(), options);
  }

  private int spawn(String script) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment shell = arena.allocateFrom("/bin/sh");
      MemorySegment arguments = arena.allocate(ValueLayout.ADDRESS, 4);
      arguments.setAtIndex(ValueLayout.ADDRESS, 0, shell);
      arguments.setAtIndex(ValueLayout.ADDRESS, 1, arena.allocateFrom("-c"));
      arguments.setAtIndex(ValueLayout.ADDRESS, 2, arena.allocateFrom(script));
      MemorySegment environment = arena.allocate(ValueLayout.ADDRESS, 2);
      environment.setAtIndex(ValueLayout.ADDRESS, 0, arena.allocateFrom("PATH=/usr/bin:/bin"));
      assertEquals(
          0,
          POSIX_SPAWN.call(
              pid.address(), shell.address(), 0, 0, arguments.address(), environment.address()));
      children.add(pid.get(ValueLayout.JAVA_INT, 0));
      return children.getLast();
    }
  }
}
