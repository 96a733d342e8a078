/**
 * The backend on epoll(7), for where io_uring is not to be had: readiness made into completions.
 *
 * <p>{@link millrace.proactor.backend.epoll.EpollBackend} takes requests in order and tries each
 * operation at once, by {@code SocketCalls} or {@code StreamCalls}. What is not ready waits in the
 * lists of its descriptor ({@code DescriptorState}) until the {@code Watcher}, which owns the epoll
 * instance, tells of it; what may block goes to the {@code FileWorkers}. Imports nothing of {@code
 * millrace.proactor.backend.uring}.
 */
package millrace.proactor.backend.epoll;
