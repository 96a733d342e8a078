/**
 * What may go wrong in a simulation, and how often: {@link millrace.proactor.fault.Fault} names the
 * kinds, {@link millrace.proactor.fault.FaultPlan} gives each a probability, {@link
 * millrace.proactor.fault.InjectedFault} is one that happened.
 *
 * <p>Data only; imports nothing of this module.
 */
package millrace.proactor.fault;
