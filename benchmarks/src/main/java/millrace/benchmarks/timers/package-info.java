/**
 * What timers cost, and how late they are.
 *
 * <p>{@link millrace.benchmarks.timers.StartCancelBenchmark} and the two StartExpire benchmarks
 * (JMH, {@code benchmarks/run.sh}) put Millrace's queues beside others; each of those is a {@link
 * millrace.benchmarks.timers.TimerContender}.
 */
package millrace.benchmarks.timers;
