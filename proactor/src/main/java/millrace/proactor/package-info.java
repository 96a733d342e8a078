/**
 * The loop: one thread, one io_uring (or epoll instance), one system call a turn.
 *
 * <p>{@link millrace.proactor.Proactor} starts and ends a loop and lets other threads hand tasks to
 * it; {@link millrace.proactor.Operations} are the raw operations that everything else is built on.
 * Connections are in {@code millrace.proactor.net}, files in {@code millrace.proactor.file}, memory
 * in {@code millrace.proactor.buffer}.
 *
 * <p>Classes here may use every package of this module. They know the kernel only through {@code
 * millrace.proactor.backend.Backend}; nothing here imports {@code millrace.uring.Ring}.
 */
package millrace.proactor;
