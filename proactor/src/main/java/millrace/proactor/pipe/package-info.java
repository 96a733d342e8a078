/**
 * Pipes and other byte streams behind a descriptor: {@link millrace.proactor.pipe.PipeReader} and
 * {@link millrace.proactor.pipe.PipeWriter} for the ends of a {@link millrace.proactor.pipe.Pipe},
 * FIFOs, terminals, and what standard input and output happen to be.
 *
 * <p>Built on {@link millrace.proactor.Operations} and the loop's internals; imports no backend
 * implementation, and nothing of {@code millrace.proactor.net} and {@code millrace.proactor.file}.
 */
package millrace.proactor.pipe;
