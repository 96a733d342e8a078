/**
 * io_uring for Java: the kernel's interface as thin as liburing and named like its man pages, and
 * the few libc calls that go with it. It is mechanism only: no thread is started, no buffer is
 * pooled, nothing is retried.
 *
 * <p>{@link millrace.uring.Ring} is one io_uring, opened with {@link millrace.uring.RingOptions}
 * and owned by the thread that enables it. The owner takes entries from its {@link
 * millrace.uring.SubmissionQueue}, fills each in through {@link millrace.uring.Sqe}, submits and
 * waits with one system call, and reaps its {@link millrace.uring.CompletionQueue} into a {@link
 * millrace.uring.CompletionSink} that gets three numbers for each completion. {@link
 * millrace.uring.ProvidedBufferRing} lets the kernel choose where received data goes. What the
 * running kernel can do, and why not, is told by {@link millrace.uring.KernelSupport}. Results are
 * the kernel's: zero or more, or {@code -errno}, which {@link millrace.uring.Errno} turns into
 * words; exceptions are for set-up.
 *
 * <p>By topic:
 *
 * <ul>
 *   <li><a href="doc-files/rings.html">Rings</a>: submitting, waiting, overflow, closing
 *   <li><a href="doc-files/chains.html">Chains and barriers</a>: what waits for what, what breaks
 *       it
 *   <li><a href="doc-files/buffers.html">Buffers</a>: plain, registered, provided
 *   <li><a href="doc-files/lifetimes.html">Lifetimes and cancellation</a>: when memory is free
 *   <li><a href="doc-files/zero-copy.html">Zero-copy sends</a>: two completions
 *   <li><a href="doc-files/polling.html">Polling modes</a>: completion work, SQPOLL, IOPOLL, polls
 *   <li><a href="doc-files/kernel-versions.html">Kernel versions</a>: how to find out, what came
 *       when
 * </ul>
 *
 * <p>This package imports nothing but {@code java.base} and the generated {@code
 * millrace.uring.abi}, which stays behind it: users of this package see neither its structs nor its
 * constants.
 */
package millrace.uring;
