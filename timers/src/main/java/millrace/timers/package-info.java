/**
 * Timers for event loops: {@link millrace.timers.TimerWheel} and {@link millrace.timers.TimerHeap}
 * keep {@link millrace.timers.Timer} nodes in deadline order, {@link millrace.timers.TimerTable}
 * lets somebody else watch each deadline, {@link millrace.timers.Slack} trades punctuality for
 * fewer wake-ups, {@link millrace.timers.PeriodicTimer} repeats.
 *
 * <p>Everything here is a pure data structure. The caller owns the clock and passes the time in;
 * nothing allocates after construction, blocks, starts a thread or touches I/O. Every object is
 * confined to the thread that owns its queue. This package imports {@code java.base} and nothing
 * else, and must stay so: the simulated backend replays it deterministically.
 */
package millrace.timers;
