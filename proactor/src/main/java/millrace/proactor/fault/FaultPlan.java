package millrace.proactor.fault;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * How probable each kind of fault is at each of its opportunities. Immutable; any thread.
 *
 * <p>A plan can be restricted to single faults by {@link #only}: that is how a failing run is
 * shrunk. Whether a fault strikes at an opportunity depends on the seed, the kind and the number of
 * the opportunity, and on nothing else.
 */
public final class FaultPlan {

  private final Map<Fault, Double> probabilities;
  private final Set<InjectedFault> allowed;

  private FaultPlan(Map<Fault, Double> probabilities, Set<InjectedFault> allowed) {
    this.probabilities = probabilities;
    this.allowed = allowed;
  }

  /** {@return a plan without faults} */
  public static FaultPlan none() {
    return new FaultPlan(new EnumMap<>(Fault.class), null);
  }

  /** {@return a plan with every fault at its {@link Fault#usualProbability()}} */
  public static FaultPlan usual() {
    FaultPlan plan = none();
    for (Fault fault : Fault.values()) {
      plan.probabilities.put(fault, fault.usualProbability());
    }
    return plan;
  }

  /**
   * A plan that the seed chooses: some kinds never, some as usual, some more often. Runs differ
   * more in this way than if each had a little of everything, and find more (swarm testing).
   *
   * @param seed chooses the plan
   * @return the plan
   */
  public static FaultPlan swarm(long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x5357_4152_4d21L);
    FaultPlan plan = none();
    for (Fault fault : Fault.values()) {
      double probability =
          switch (random.nextInt(6)) {
            case 0, 1, 2 -> 0;
            case 3 -> Math.min(0.6, fault.usualProbability() * 4);
            default -> fault.usualProbability();
          };
      plan.probabilities.put(fault, probability);
    }
    return plan;
  }

  /**
   * Another probability for one kind.
   *
   * @param fault the kind
   * @param probability at each opportunity, 0 to 1
   * @return a copy with that change
   */
  public FaultPlan with(Fault fault, double probability) {
    Objects.requireNonNull(fault, "fault");
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability: " + probability + ", must be 0..1");
    }
    Map<Fault, Double> copy = new EnumMap<>(probabilities);
    copy.put(fault, probability);
    return new FaultPlan(copy, allowed);
  }

  /**
   * The same plan, of which only {@code faults} may strike.
   *
   * @param faults those that may; whether they do is still for the seed to say
   * @return a copy with that restriction
   */
  public FaultPlan only(Set<InjectedFault> faults) {
    return new FaultPlan(probabilities, Set.copyOf(faults));
  }

  /**
   * How probable a kind is.
   *
   * @param fault the kind
   * @return 0 to 1
   */
  public double probability(Fault fault) {
    return probabilities.getOrDefault(fault, 0.0);
  }

  /**
   * Whether a fault may strike at an opportunity, if the seed wants it.
   *
   * @param fault the kind and the opportunity
   * @return false when the plan is restricted to others
   */
  public boolean allows(InjectedFault fault) {
    return allowed == null || allowed.contains(fault);
  }

  /** {@return whether {@link #only} restricts it} */
  public boolean isRestricted() {
    return allowed != null;
  }

  @Override
  public String toString() {
    return "FaultPlan" + probabilities + (allowed == null ? "" : ", only " + allowed);
  }
}
