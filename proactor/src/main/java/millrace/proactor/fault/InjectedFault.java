package millrace.proactor.fault;

/**
 * One fault that was injected.
 *
 * @param fault its kind
 * @param opportunity the how manieth opportunity for this kind it was, from 0
 */
public record InjectedFault(Fault fault, int opportunity) {

  @Override
  public String toString() {
    return fault + "#" + opportunity;
  }
}
