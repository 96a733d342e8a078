/**
 * Files: {@link millrace.proactor.file.AsyncFile} reads and writes at positions, {@link
 * millrace.proactor.file.AsyncDirectory} opens what lies beneath a directory and nothing else.
 *
 * <p>Built on {@link millrace.proactor.Operations} and the loop's internals; imports no backend
 * implementation, and nothing of {@code millrace.proactor.net}.
 */
package millrace.proactor.file;
