package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What is asked for, and what becomes of it. */
class RingOptionsTest {
  @Test
  void sizesAreRoundedUpByTheKernel() throws Exception {
    RingOptions options = RingOptions.builder().submissionEntries(5).completionEntries(100).build();
    try (Ring ring = Ring.open(options)) {
      assertEquals(8, ring.submissionQueue().entries());
      assertEquals(128, ring.completionQueue().entries());
    }
    try (Ring ring = Ring.open(RingOptions.builder().submissionEntries(32768).build())) {
      assertEquals(32768, ring.submissionQueue().entries());
      assertEquals(65536, ring.completionQueue().entries());
    }
  }

  @Test
  void defaultsOfTheProactorAreGrantedOrExplained() throws Exception {
    RingOptions options = RingOptions.proactorDefaults();
    assertEquals(EnumSet.of(SetupFlag.R_DISABLED, SetupFlag.CQSIZE), options.required());
    assertEquals(256, options.submissionEntries());
    assertEquals(1024, options.completionEntries());
    try (Ring ring = Ring.open(options)) {
      EnumSet<SetupFlag> accounted = EnumSet.copyOf(ring.grantedFlags());
      accounted.addAll(ring.refusedFlags().keySet());
      EnumSet<SetupFlag> asked = EnumSet.copyOf(options.required());
      asked.addAll(options.preferred());
      assertEquals(asked, accounted);
      assertTrue(ring.grantedFlags().containsAll(options.required()));
    }
  }

  @Test
  void newestPreferredFlagIsLeftOutWhenItBreaksARule() throws Exception {
    assertOnlyRefused(
        SetupFlag.HYBRID_IOPOLL,
        "HYBRID_IOPOLL needs IOPOLL, which is not asked for",
        SetupFlag.HYBRID_IOPOLL);
  }

  @Test
  void oldPreferredFlagThatIsToBlameDoesNotCostTheNewerOnes() throws Exception {
    assertOnlyRefused(
        SetupFlag.SQ_AFF, "SQ_AFF needs SQPOLL, which is not asked for", SetupFlag.SQ_AFF);
  }

  @Test
  void preferredFlagThatTheKernelDoesNotKnowIsLeftOut() throws Exception {
    Set<SetupFlag> unknown = EnumSet.noneOf(SetupFlag.class);
    for (SetupFlag flag : EnumSet.of(SetupFlag.SQE_MIXED, SetupFlag.SQ_REWIND)) {
      if (!KernelSupport.probe().supports(flag)) {
        unknown.add(flag);
      }
    }
    assumeFalse(unknown.isEmpty(), "this kernel knows all flags");
    RingOptions options =
        RingOptions.builder()
            .prefer(unknown.toArray(SetupFlag[]::new))
            .prefer(SetupFlag.SUBMIT_ALL, SetupFlag.NO_SQARRAY)
            .build();
    try (Ring ring = Ring.open(options)) {
      assertEquals(Set.of(SetupFlag.SUBMIT_ALL, SetupFlag.NO_SQARRAY), ring.grantedFlags());
      assertEquals(unknown, ring.refusedFlags().keySet());
      for (String reason : ring.refusedFlags().values()) {
        assertEquals(
            "io_uring_setup succeeds without it, and with it is EINVAL (22): invalid argument",
            reason);
      }
    }
  }

  @Test
  void flagsThatExcludeEachOtherAreReducedToThoseTheKernelTakes() throws Exception {
    RingOptions options =
        RingOptions.builder()
            .require(SetupFlag.SQPOLL)
            .prefer(SetupFlag.SUBMIT_ALL, SetupFlag.COOP_TASKRUN, SetupFlag.SINGLE_ISSUER)
            .build();
    try (Ring ring = Ring.open(options)) {
      assertEquals(
          Map.of(SetupFlag.COOP_TASKRUN, "COOP_TASKRUN excludes SQPOLL, which is asked for"),
          ring.refusedFlags());
      assertEquals(
          Set.of(SetupFlag.SQPOLL, SetupFlag.SUBMIT_ALL, SetupFlag.SINGLE_ISSUER),
          ring.grantedFlags());
    }
  }

  @Test
  void refusedFlagLeavesARingThatWorks() throws Exception {
    RingOptions options =
        RingOptions.proactorDefaults().toBuilder().prefer(SetupFlag.SQ_AFF).build();
    try (RingFixture fixture = RingFixture.open(options)) {
      fixture.next(1).nop();
      assertEquals(List.of(new Completion(1, 0, 0)), fixture.await(1));
    }
  }

  private static void assertOnlyRefused(SetupFlag culprit, String reason, SetupFlag... more)
      throws UringException {
    Set<SetupFlag> usual;
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      usual = ring.grantedFlags();
    }
    RingOptions options = RingOptions.proactorDefaults().toBuilder().prefer(more).build();
    try (Ring ring = Ring.open(options)) {
      assertEquals(usual, ring.grantedFlags());
      String told = ring.refusedFlags().get(culprit);
      assertTrue(told.equals(reason) || told.contains("EINVAL (22)"), () -> culprit + ": " + told);
    }
  }

  @Test
  void workersAreSharedWithAnotherRing() throws Exception {
    Ring first = Ring.open(RingOptions.builder().build());
    try (Ring second = Ring.open(RingOptions.builder().shareWorkers(first).build())) {
      assertTrue(second.grantedFlags().contains(SetupFlag.ATTACH_WQ));
    } finally {
      first.close();
    }
    assertThrows(IllegalStateException.class, () -> RingOptions.builder().shareWorkers(first));
  }

  @Test
  void argumentsOutOfRangeAreNamed() {
    RingOptions.Builder builder = RingOptions.builder();
    assertRefused(
        "submissionEntries 0 is not in 1..2147483647", () -> builder.submissionEntries(0));
    assertRefused(
        "submissionEntries 32769 is not in 1..32768",
        () -> RingOptions.builder().submissionEntries(32769).build());
    assertRefused(
        "completionEntries 0 is not in 1..2147483647", () -> builder.completionEntries(0));
    assertRefused(
        "completionEntries 65537 is not in 0..65536",
        () -> RingOptions.builder().completionEntries(65537).build());
    assertRefused("pollThreadCpu -1 is not in 0..2147483647", () -> builder.pollThreadCpu(-1));
    assertRefused(
        "pollThreadIdleMillis -1 is not in 0..2147483647", () -> builder.pollThreadIdleMillis(-1));
    assertRefused(
        "completionEntries 8 is not in 16..65536: the kernel wants at least as many as"
            + " submissionEntries",
        () -> RingOptions.builder().submissionEntries(16).completionEntries(8).build());
    assertRefused(
        "CQSIZE needs completionEntries(1..65536)",
        () -> RingOptions.builder().prefer(SetupFlag.CQSIZE).build());
    assertRefused(
        "ATTACH_WQ needs shareWorkers(ring)",
        () -> RingOptions.builder().require(SetupFlag.ATTACH_WQ).build());
  }

  @Test
  void sizesAboveTheLimitAreCutWhenClampIsRequired() throws Exception {
    RingOptions options =
        RingOptions.builder()
            .submissionEntries(1 << 20)
            .completionEntries(40_000)
            .require(SetupFlag.CLAMP)
            .build();
    try (Ring ring = Ring.open(options)) {
      assertEquals(RingOptions.MAX_SUBMISSION_ENTRIES, ring.submissionQueue().entries());
      assertEquals(RingOptions.MAX_COMPLETION_ENTRIES, ring.completionQueue().entries());
    }
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void ringsOfTheNegotiationAreClosedAllButOne() throws Exception {
    try (Ring plain = Ring.open(RingOptions.builder().build())) {
      // SQPOLL to blame and the oldest: the others are left out first, and tried again one by one.
      RingOptions options =
          RingOptions.builder()
              .shareWorkers(plain)
              .prefer(SetupFlag.SQPOLL, SetupFlag.SUBMIT_ALL, SetupFlag.NO_SQARRAY)
              .build();
      int before = rings();
      try (Ring ring = Ring.open(options)) {
        assertEquals(
            Set.of(SetupFlag.ATTACH_WQ, SetupFlag.SUBMIT_ALL, SetupFlag.NO_SQARRAY),
            ring.grantedFlags());
        assertEquals(Set.of(SetupFlag.SQPOLL), ring.refusedFlags().keySet());
        assertEquals(before + 1, rings());
      }
      assertEquals(before, rings());
    }
  }

  private static int rings() throws IOException {
    int rings = 0;
    try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path link : links) {
        if (Files.readSymbolicLink(link).toString().equals("anon_inode:[io_uring]")) {
          rings++;
        }
      }
    }
    return rings;
  }
}
