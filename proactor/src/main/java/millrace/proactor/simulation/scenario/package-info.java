/**
 * Programs to be simulated, which use every part of the proactor: echo, slow consumers, timers,
 * shutdown in the middle, clients, UNIX sockets, datagrams, pipes, files, chains, operations that
 * nobody can end. {@link millrace.proactor.simulation.scenario.StandardScenarios} names them.
 */
package millrace.proactor.simulation.scenario;
