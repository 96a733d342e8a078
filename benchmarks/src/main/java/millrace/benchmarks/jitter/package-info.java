/**
 * How late timers fire on a running loop, for each place where they can wait: {@link
 * millrace.benchmarks.jitter.TimerJitter}, run by {@code benchmarks/jitter.sh}.
 */
package millrace.benchmarks.jitter;
