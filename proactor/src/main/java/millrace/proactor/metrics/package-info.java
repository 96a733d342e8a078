/**
 * What loops measure of themselves. A writer never waits for a reader, and reading stops no loop.
 *
 * <p>This package imports nothing of this module.
 */
package millrace.proactor.metrics;
