package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Queues that get other sizes while they are in use. */
class ResizeTest {
  @BeforeEach
  void kernelCan() {
    assumeTrue(
        KernelSupport.probe().supports(RegisterOpcode.REGISTER_RESIZE_RINGS),
        KernelSupport.probe().reason(RegisterOpcode.REGISTER_RESIZE_RINGS));
  }

  /** Mirrors liburing test/resize-rings.c: entries and completions that wait. */
  @Test
  void whatIsQueuedSurvivesAndTheQueuesAreLarger() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      List<Completion> expected = new ArrayList<>();
      int[][] sizes = {{16, 64}, {8, 32}, {128, 256}, {4, 0}, {32, 0}};
      long userData = 0;
      for (int[] size : sizes) {
        for (int index = 0; index < 3; index++) {
          fixture.next(userData).nop();
          expected.add(new Completion(userData++, 0, 0));
        }
        assertEquals(3, fixture.ring.submitAndWait(3, -1));
        Sqe prepared = fixture.next(userData).nop();
        expected.add(new Completion(userData++, 0, 0));
        fixture.ring.resize(size[0], size[1]);
        assertEquals(size[0], fixture.submissions.entries());
        assertEquals(size[1] == 0 ? 2 * size[0] : size[1], fixture.completions.entries());
        assertEquals(1, fixture.submissions.pending());
        assertEquals(3, fixture.completions.ready());
        assertThrows(IllegalStateException.class, prepared::nop, "its memory is unmapped");
        fixture.await(expected.size());
        assertEquals(expected, fixture.seen);
      }
    }
  }

  /** Mirrors liburing test/large-resize.c. */
  @Test
  void largerQueuesAreUsedToTheirEnd() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      fixture.ring.resize(4096, 8192);
      for (int round = 0; round < 3; round++) {
        fixture.forget();
        for (int index = 0; index < 4096; index++) {
          fixture.next(index).nop();
        }
        assertEquals(0, fixture.submissions.room());
        List<Completion> seen = fixture.await(4096);
        assertEquals(4096, seen.size());
        assertEquals(4095, seen.get(4095).userData());
      }
      assertEquals(0, fixture.ring.overflowCount());
    }
  }

  /** Mirrors liburing test/resize-rings.c: operations in flight. */
  @Test
  void operationInFlightCompletesIntoTheNewQueue() throws Exception {
    try (RingFixture fixture = RingFixture.open(8, 16)) {
      int[] pipe = fixture.pipe();
      fixture.next(1).read(pipe[0], fixture.buffer(8), 8, 0);
      assertEquals(1, fixture.ring.submit());
      fixture.ring.resize(32, 64);
      assertEquals(4, Libc.write(pipe[1], fixture.arena.allocateFrom("data").address(), 4));
      assertEquals(new Completion(1, 4, 0), fixture.await(1L));
    }
  }

  /** Mirrors liburing test/resize-rings.c: what does not fit. */
  @Test
  void queueThatIsTooSmallForWhatItHoldsIsRefusedAndTheRingGoesOn() throws Exception {
    try (RingFixture fixture = RingFixture.open(16, 32)) {
      for (int index = 0; index < 16; index++) {
        fixture.next(index).nop();
      }
      assertEquals(16, fixture.ring.submitAndWait(16, -1));
      UringException small = assertThrows(UringException.class, () -> fixture.ring.resize(4, 8));
      assertEquals(Errno.EOVERFLOW, small.errno());
      assertTrue(small.hint().contains("does not fit"), small.hint());
      assertEquals(16, fixture.drain());
      fixture.ring.resize(4, 8);
      assertEquals(4, fixture.submissions.entries());
    }
  }

  /** Mirrors liburing test/resize-rings.c: rings that cannot. */
  @Test
  void ringThatCannotBeResizedSaysWhatItNeeds() throws Exception {
    RingOptions[] unable = {
      RingOptions.builder().build(),
      RingOptions.builder()
          .require(SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN, SetupFlag.NO_MMAP)
          .build()
    };
    for (RingOptions options : unable) {
      try (RingFixture fixture = RingFixture.open(options)) {
        UringException refused =
            assertThrows(UringException.class, () -> fixture.ring.resize(512, 1024));
        assertEquals(Errno.EINVAL, refused.errno());
        assertTrue(refused.hint().startsWith("resizing "), refused.hint());
        fixture.next(1).nop();
        assertEquals(0, fixture.await(1L).result());
      }
    }
    try (RingFixture fixture = RingFixture.open()) {
      Ring ring = fixture.ring;
      assertThrows(IllegalArgumentException.class, () -> ring.resize(0, 0));
      assertThrows(IllegalArgumentException.class, () -> ring.resize(1, 65537));
      var fewer = assertThrows(IllegalArgumentException.class, () -> ring.resize(16, 8));
      assertEquals("completionEntries 8 is not in 16..65536", fewer.getMessage());
      fixture.next(1).nop();
      assertEquals(1, ring.submitAndWait(1, -1));
      assertThrows(
          IllegalStateException.class,
          () ->
              fixture.completions.drain(
                  (userData, result, flags) -> {
                    throw assertThrows(IllegalStateException.class, () -> ring.resize(512, 1024));
                  },
                  1));
    }
  }

  /** The restriction would answer EACCES if the kernel were asked. */
  @Test
  void everyRuleIsNamedBeforeTheKernelIsAsked() throws Exception {
    SetupFlag[] owned = {SetupFlag.R_DISABLED, SetupFlag.SINGLE_ISSUER};
    Map<String, RingOptions> rules =
        Map.of(
            "resizing needs DEFER_TASKRUN",
            RingOptions.builder().require(owned).require(SetupFlag.NO_SQARRAY).build(),
            "resizing excludes NO_MMAP",
            RingOptions.builder()
                .require(owned)
                .require(SetupFlag.DEFER_TASKRUN, SetupFlag.NO_SQARRAY, SetupFlag.NO_MMAP)
                .build(),
            "resizing needs NO_SQARRAY",
            RingOptions.builder().require(owned).require(SetupFlag.DEFER_TASKRUN).build());
    for (var rule : rules.entrySet()) {
      UringException refused = restrictedResize(rule.getValue(), 16, 32);
      assertEquals(Errno.EINVAL, refused.errno(), rule::getKey);
      assertEquals(rule.getKey(), refused.hint());
      assertEquals("16 submission, 32 completion entries", refused.subject());
    }
    RingOptions able = RingOptions.proactorDefaults();
    assertEquals(Errno.EACCES, restrictedResize(able, 16, 32).errno(), "this one was asked");
  }

  private static UringException restrictedResize(RingOptions options, int entries, int completions)
      throws UringException {
    try (Ring ring = Ring.open(options)) {
      new Restrictions()
          .allow(RegisterOpcode.REGISTER_ENABLE_RINGS)
          .allow(RegisterOpcode.REGISTER_RING_FDS, RegisterOpcode.UNREGISTER_RING_FDS)
          .register(ring);
      ring.enable();
      return assertThrows(UringException.class, () -> ring.resize(entries, completions));
    }
  }

  private static UringException refusal(RingFixture fixture, int entries) {
    return assertThrows(UringException.class, () -> fixture.ring.resize(entries, 2 * entries));
  }

  @Test
  void aRingWithAnIndexArrayIsRefusedAndGoesOn() throws Exception {
    RingOptions options =
        RingOptions.builder()
            .submissionEntries(4)
            .require(SetupFlag.SINGLE_ISSUER)
            .require(SetupFlag.DEFER_TASKRUN)
            .build();
    try (RingFixture fixture = RingFixture.open(options)) {
      UringException e = refusal(fixture, 16);
      assertEquals(Errno.EINVAL, e.errno());
      assertTrue(e.hint().contains("NO_SQARRAY"), e.hint());
      fixture.next(7).nop();
      assertEquals(0, fixture.await(7L).result());
    }
  }

  @Test
  void aRingWithoutDescriptorIsRefusedAndGoesOn() throws Exception {
    try (RingFixture fixture = RingFixture.open(4, 8)) {
      fixture.ring.closeFd();
      assertEquals(Errno.EBADF, refusal(fixture, 16).errno());
      fixture.next(7).nop();
      assertEquals(0, fixture.await(7L).result());
    }
  }

  @Test
  void aMixedQueueWithCompletionsInItIsRefusedAndGoesOn() throws Exception {
    assumeTrue(
        KernelSupport.probe().supports(SetupFlag.CQE_MIXED),
        KernelSupport.probe().reason(SetupFlag.CQE_MIXED));
    RingOptions options =
        RingOptions.proactorDefaults().toBuilder()
            .submissionEntries(4)
            .require(SetupFlag.CQE_MIXED)
            .build();
    try (RingFixture fixture = RingFixture.open(options)) {
      fixture.next(1).nop();
      assertEquals(1, fixture.ring.submitAndWait(1, -1));
      assertEquals(Errno.EOVERFLOW, refusal(fixture, 16).errno());
      assertEquals(0, fixture.await(1L).result());
      var small = assertThrows(UringException.class, () -> fixture.ring.resize(1, 1));
      assertEquals(Errno.EOVERFLOW, small.errno());
      assertEquals("CQE_MIXED needs 2 completion entries or more", small.hint());
      fixture.ring.resize(16, 32);
      fixture.next(2).nop();
      assertEquals(0, fixture.await(2L).result());
    }
  }
}
