/**
 * Runs programs of this proactor in a world that is decided by one number: {@link
 * millrace.proactor.simulation.Simulation} has virtual time, a network, a disk, other machines
 * ({@link millrace.proactor.simulation.SimulatedPeer}) and faults. The same seed gives the same
 * run, byte for byte of its trace, so that a failure that is found once can be looked at as often
 * as it takes.
 *
 * <p>Needs {@code --enable-native-access=millrace.proactor}, as it reads and writes the memory of
 * operations by address, like a kernel. Knows the loop only through {@code
 * millrace.proactor.engine}, and the simulated kernel in {@code
 * millrace.proactor.backend.simulated}.
 */
package millrace.proactor.simulation;
