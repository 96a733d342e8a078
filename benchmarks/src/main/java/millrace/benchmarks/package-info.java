/**
 * Benchmarks for JMH, run by {@code benchmarks/run.sh}. Nothing here is part of a test: a figure
 * depends on the machine, and no build fails because of one.
 *
 * <p>Comparisons between whole programs are in {@link millrace.benchmarks.echo}.
 */
package millrace.benchmarks;
