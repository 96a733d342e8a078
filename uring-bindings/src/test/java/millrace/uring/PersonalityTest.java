package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registered credentials. */
class PersonalityTest {
  private static final Downcall SYSCALL = Downcall.ofVariadicInt("syscall", 1, 4);
  private static final int NOBODY = 65534;

  @TempDir Path directory;

  /** Mirrors liburing test/personality.c: registering, using, and the invalid ids. */
  @Test
  void operationNamesRegisteredCredentialsAndNoOthers() throws Exception {
    try (RingFixture fixture = RingFixture.open()) {
      Personality personality = Personality.register(fixture.ring);
      assertTrue(personality.id() > 0);
      assertEquals(0, nopAs(fixture, personality.id()));
      assertEquals(-Errno.EINVAL, nopAs(fixture, personality.id() + 2));
      personality.close();
      personality.close();
      assertEquals(-Errno.EINVAL, nopAs(fixture, personality.id()));
    }
  }

  private static int nopAs(RingFixture fixture, int id) {
    fixture.forget();
    fixture.next(1).nop().personality(id);
    return fixture.await(1L).result();
  }

  /** Mirrors liburing test/personality.c: what one may open, the other may not. */
  @Test
  void operationRunsWithTheRightsOfItsPersonality() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root, to become somebody");
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    RingOptions options = RingOptions.builder().require(SetupFlag.R_DISABLED).build();
    Ring ring = Ring.open(options);
    FutureTask<Personality> nobody =
        new FutureTask<>(
            () -> {
              // The libc would change all threads; the bare call changes this one.
              int result = (int) SYSCALL.call(setresuid(), NOBODY, NOBODY, NOBODY);
              assertEquals(0, result);
              return Personality.register(ring);
            });
    Thread.ofPlatform().start(nobody).join();
    try (RingFixture fixture = new RingFixture(ring)) {
      int id = nobody.get().id();
      fixture.next(1).openat(Libc.AT_FDCWD, fixture.path(secret), Libc.O_CLOEXEC, 0);
      fixture.own(fixture.await(1L).result());
      fixture
          .next(2)
          .openat(Libc.AT_FDCWD, fixture.path(secret), Libc.O_CLOEXEC, 0)
          .personality(id);
      assertEquals(-Errno.EACCES, fixture.await(2L).result());
    }
  }

  @Test
  void closedRingHasNoPersonalities() throws Exception {
    Ring ring = Ring.open(RingOptions.builder().build());
    Personality personality = Personality.register(ring);
    ring.close();
    personality.close();
    assertThrows(IllegalStateException.class, () -> Personality.register(ring));
  }

  // asm/unistd_64.h and asm-generic/unistd.h.
  private static int setresuid() {
    return "amd64".equals(System.getProperty("os.arch")) ? 117 : 147;
  }
}
