package millrace.uring;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A rule of {@code io_uring_setup(2)} on flags that need or exclude each other. The kernel answers
 * EINVAL to what breaks one, and does not say which.
 *
 * @param flag the flag that the rule is about
 * @param excludes true when the flag cannot be together with any of the others; false when it needs
 *     one of them
 * @param others what it needs or excludes
 */
record SetupRule(SetupFlag flag, boolean excludes, Set<SetupFlag> others) {
  /** All rules, in the order of their flags; for exclusions the newer flag is the rule's. */
  static final List<SetupRule> ALL =
      List.of(
          needs(SetupFlag.SQ_AFF, SetupFlag.SQPOLL),
          excludes(SetupFlag.COOP_TASKRUN, SetupFlag.SQPOLL),
          excludes(SetupFlag.TASKRUN_FLAG, SetupFlag.SQPOLL),
          needs(SetupFlag.TASKRUN_FLAG, SetupFlag.COOP_TASKRUN, SetupFlag.DEFER_TASKRUN),
          excludes(SetupFlag.DEFER_TASKRUN, SetupFlag.SQPOLL),
          needs(SetupFlag.DEFER_TASKRUN, SetupFlag.SINGLE_ISSUER),
          needs(SetupFlag.REGISTERED_FD_ONLY, SetupFlag.NO_MMAP),
          needs(SetupFlag.HYBRID_IOPOLL, SetupFlag.IOPOLL),
          excludes(SetupFlag.CQE_MIXED, SetupFlag.CQE32),
          excludes(SetupFlag.SQE_MIXED, SetupFlag.SQE128),
          excludes(SetupFlag.SQ_REWIND, SetupFlag.SQPOLL),
          needs(SetupFlag.SQ_REWIND, SetupFlag.NO_SQARRAY));

  private static SetupRule needs(SetupFlag flag, SetupFlag first, SetupFlag... more) {
    return new SetupRule(flag, false, Collections.unmodifiableSet(EnumSet.of(first, more)));
  }

  private static SetupRule excludes(SetupFlag flag, SetupFlag other) {
    return new SetupRule(flag, true, Collections.unmodifiableSet(EnumSet.of(other)));
  }

  /** Whether a ring with exactly these flags would be refused by this rule. */
  boolean isBrokenBy(Set<SetupFlag> flags) {
    return flags.contains(flag) && excludes != Collections.disjoint(flags, others);
  }

  /** The rules that these flags break. */
  static List<SetupRule> brokenBy(Set<SetupFlag> flags) {
    List<SetupRule> broken = new ArrayList<>();
    for (SetupRule rule : ALL) {
      if (rule.isBrokenBy(flags)) {
        broken.add(rule);
      }
    }
    return broken;
  }

  /**
   * The smallest legal set that has the flag: with what it needs, and with what that needs. Of
   * alternatives the oldest, which has needs of its own in no case.
   */
  static EnumSet<SetupFlag> withNeeds(SetupFlag flag) {
    EnumSet<SetupFlag> flags = EnumSet.of(flag);
    List<SetupRule> broken = brokenBy(flags);
    while (!broken.isEmpty()) {
      SetupRule rule = broken.get(0);
      assert !rule.excludes : "a flag excludes what it needs: " + rule;
      flags.add(rule.others.iterator().next());
      broken = brokenBy(flags);
    }
    return flags;
  }

  /** Such as "DEFER_TASKRUN needs SINGLE_ISSUER". */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(flag.name()).append(excludes ? " excludes " : " needs ");
    String separator = "";
    for (SetupFlag other : others) {
      text.append(separator).append(other);
      separator = " or ";
    }
    return text.toString();
  }
}
