package millrace.proactor.backend.simulated;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import millrace.proactor.fault.Fault;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.fault.InjectedFault;

/**
 * Decides at each opportunity whether a fault strikes. The decision is a function of seed, kind and
 * number of the opportunity, so that taking one fault away does not change the dice of the others.
 */
public final class Faults {

  private static final long KIND_STEP = 0x9E37_79B9_7F4A_7C15L;
  private static final long OPPORTUNITY_STEP = 0xD1B5_4A32_D192_ED03L;

  private final long seed;
  private final FaultPlan plan;
  private final Trace trace;
  private final Map<Fault, Integer> opportunities = new EnumMap<>(Fault.class);
  private final List<InjectedFault> injected = new ArrayList<>();
  private SplittableRandom details = new SplittableRandom(0);
  private boolean off = true;

  Faults(long seed, FaultPlan plan, Trace trace) {
    this.seed = seed;
    this.plan = plan;
    this.trace = trace;
  }

  /** Whether anything may strike from now on. */
  public void enable(boolean enabled) {
    off = !enabled;
  }

  boolean strikes(Fault fault) {
    double probability = plan.probability(fault);
    if (probability == 0 || off) {
      return false;
    }
    int opportunity = opportunities.merge(fault, 1, Integer::sum) - 1;
    // By name, so that a new kind changes nothing for the others.
    long kind = fault.name().hashCode() * KIND_STEP;
    SplittableRandom dice = new SplittableRandom(seed + kind + opportunity * OPPORTUNITY_STEP);
    if (dice.nextDouble() >= probability) {
      return false;
    }
    InjectedFault candidate = new InjectedFault(fault, opportunity);
    if (!plan.allows(candidate)) {
      return false;
    }
    details = dice;
    injected.add(candidate);
    trace.line("fault").add(candidate);
    return true;
  }

  /** How much the fault that has just struck does: {@code least} to {@code most}. */
  int amount(int least, int most) {
    return least >= most ? least : details.nextInt(least, most + 1);
  }

  long nanos(long least, long most) {
    return details.nextLong(least, most + 1);
  }

  /** All that have struck, in order. */
  public List<InjectedFault> injected() {
    return injected;
  }
}
