package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The combinations of set-up flags that are refused, by us and by the kernel. */
class SetupRuleTest {
  static List<SetupRule> rules() {
    return SetupRule.ALL;
  }

  /** The smallest set that breaks just this rule. */
  private static EnumSet<SetupFlag> breaking(SetupRule rule) {
    EnumSet<SetupFlag> flags = SetupRule.withNeeds(rule.flag());
    if (rule.excludes()) {
      flags.addAll(rule.others());
    } else {
      flags.removeAll(rule.others());
    }
    return flags;
  }

  /** Mirrors liburing test/io_uring_setup.c: flags that do not go together. */
  @ParameterizedTest
  @MethodSource("rules")
  void brokenRuleIsNamedBeforeTheKernelIsAsked(SetupRule rule) {
    EnumSet<SetupFlag> flags = breaking(rule);
    assertTrue(SetupRule.brokenBy(flags).contains(rule), () -> rule + " by " + flags);
    RingOptions.Builder builder = RingOptions.builder().require(flags.toArray(SetupFlag[]::new));
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, builder::build);
    assertEquals(
        "flags " + flags + ": " + SetupRule.brokenBy(flags).get(0) + " (io_uring_setup(2))",
        thrown.getMessage());
  }

  /** Mirrors liburing test/io_uring_setup.c: the kernel's EINVAL for each of them. */
  @ParameterizedTest
  @MethodSource("rules")
  void kernelRefusesWhatBreaksARuleAndTakesWhatKeepsIt(SetupRule rule) throws Exception {
    assertEquals(-Errno.EINVAL, RawSetup.ask(breaking(rule), 0));
    assumeTrue(
        KernelSupport.probe().supports(rule.flag()), KernelSupport.probe().reason(rule.flag()));
    assertEquals(0, RawSetup.ask(SetupRule.withNeeds(rule.flag()), 0));
  }

  @Test
  void rulesSayOfEachPairOfFlagsWhatTheKernelSays() throws Exception {
    List<String> differences = new ArrayList<>();
    int asked = 0;
    RingOptions polled = RingOptions.builder().require(SetupFlag.SQPOLL).build();
    try (Ring plain = Ring.open(RingOptions.builder().build());
        Ring polling = Ring.open(polled)) {
      for (SetupFlag first : SetupFlag.values()) {
        for (SetupFlag second : SetupFlag.values()) {
          EnumSet<SetupFlag> flags = SetupRule.withNeeds(first);
          flags.addAll(SetupRule.withNeeds(second));
          if (!flags.stream().allMatch(KernelSupport.probe()::supports)) {
            continue;
          }
          // The thread that polls is shared too, so the other ring must have one.
          Ring other = flags.contains(SetupFlag.SQPOLL) ? polling : plain;
          int expected = SetupRule.brokenBy(flags).isEmpty() ? 0 : -Errno.EINVAL;
          int answer = RawSetup.ask(flags, other.fd());
          asked++;
          if (answer != expected) {
            differences.add(flags + ": " + answer);
          }
        }
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(asked > 100, "asked only " + asked);
  }

  @Test
  void whatARequiredFlagNeedsMayBePreferred() throws Exception {
    RingOptions options =
        RingOptions.builder()
            .require(SetupFlag.DEFER_TASKRUN)
            .prefer(SetupFlag.SINGLE_ISSUER)
            .build();
    try (Ring ring = Ring.open(options)) {
      assertEquals(Set.of(SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN), ring.grantedFlags());
    }
  }

  /** Mirrors liburing test/sq-poll-share.c: sharing with a ring that has no such thread. */
  @Test
  void pollThreadIsSharedOnlyWithARingThatHasOne() throws Exception {
    try (Ring plain = Ring.open(RingOptions.builder().build())) {
      RingOptions.Builder builder =
          RingOptions.builder().shareWorkers(plain).require(SetupFlag.SQPOLL);
      IllegalArgumentException thrown =
          assertThrows(IllegalArgumentException.class, builder::build);
      assertTrue(thrown.getMessage().startsWith("ATTACH_WQ with SQPOLL needs"), thrown::getMessage);
      Set<SetupFlag> flags = EnumSet.of(SetupFlag.SQPOLL, SetupFlag.ATTACH_WQ);
      assertEquals(-Errno.EINVAL, RawSetup.ask(flags, plain.fd()));
    }
  }

  @Test
  void legalSetsBreakNoRule() {
    for (SetupFlag flag : SetupFlag.values()) {
      assertEquals(List.of(), SetupRule.brokenBy(SetupRule.withNeeds(flag)));
    }
    assertFalse(SetupRule.brokenBy(EnumSet.allOf(SetupFlag.class)).isEmpty());
  }

  /** The kernel answers EOVERFLOW, which names nothing. */
  @Test
  void queuesOfMixedEntriesHaveRoomForAWideOne() throws Exception {
    RingOptions.Builder one = RingOptions.builder().submissionEntries(1).completionEntries(1);
    for (SetupFlag flag : List.of(SetupFlag.CQE_MIXED, SetupFlag.SQE_MIXED)) {
      String rule =
          flag == SetupFlag.CQE_MIXED
              ? "CQE_MIXED needs 2 completion entries or more"
              : "SQE_MIXED needs 2 submission entries or more";
      RingOptions.Builder required = one.build().toBuilder().require(flag);
      var refused = assertThrows(IllegalArgumentException.class, required::build);
      assertTrue(refused.getMessage().endsWith(": " + rule), refused::getMessage);
      try (Ring ring = Ring.open(one.build().toBuilder().prefer(flag).build())) {
        assertEquals(Set.of(SetupFlag.CQSIZE), ring.grantedFlags());
        assertEquals(rule, ring.refusedFlags().get(flag));
      }
      assertNull(
          RingOptionsCheck.tooSmall(flag, KernelProbe.ENTRIES, KernelProbe.COMPLETION_ENTRIES),
          "the probe asks for queues that the kernel refuses");
    }
  }
}
