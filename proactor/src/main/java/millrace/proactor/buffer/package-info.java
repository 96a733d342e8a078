/**
 * Memory that the kernel may touch: {@link millrace.proactor.buffer.BufferSlice} is a
 * reference-counted piece of it, {@link millrace.proactor.buffer.BufferPool} the slabs of a loop,
 * {@link millrace.proactor.buffer.ProvidedBuffers} its receive buffers, and {@link
 * millrace.proactor.buffer.Quarantine} keeps what cannot be proved free.
 *
 * <p>Knows neither loops nor operations: imports nothing else of this module.
 */
package millrace.proactor.buffer;
