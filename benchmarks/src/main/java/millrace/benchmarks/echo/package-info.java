/**
 * An echo server on Millrace against one on the JDK's selector, measured in one run by {@code
 * benchmarks/echo.sh}: each server in a JVM of its own with the same options, the same load from a
 * small C program, rounds of the two in turns.
 *
 * <p>{@link millrace.benchmarks.echo.EchoComparison} is the program; {@link
 * millrace.benchmarks.echo.MillraceEchoServer} and {@link
 * millrace.benchmarks.echo.SelectorEchoServer} are what is compared.
 */
package millrace.benchmarks.echo;
