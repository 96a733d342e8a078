/**
 * A kernel that is a simulation: virtual time, a network and a disk in memory, and faults, all
 * decided by one seed. {@link millrace.proactor.backend.simulated.SimulatedBackend} is its {@code
 * Backend}.
 *
 * <p>One thread, the loop's. Events happen while the loop waits ({@code turn}), in the order of
 * their virtual times. Like the real kernel it reads and writes the memory of operations by
 * address, when they are executed and not before, and it checks what the real one cannot: that this
 * memory belongs to nobody else and is not touched, and that a descriptor is not closed under an
 * operation.
 */
package millrace.proactor.backend.simulated;
