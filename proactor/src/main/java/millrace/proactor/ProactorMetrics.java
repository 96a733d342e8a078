package millrace.proactor;

/**
 * Counters and levels of a loop at one moment, read without stopping it; values of one snapshot may
 * be some events apart.
 *
 * @param turns turns of the loop
 * @param waits turns that did not find work and waited; their number per second is that of the
 *     loop's wake-ups, by timers and all else
 * @param systemCalls {@code io_uring_enter} calls, or waits of epoll
 * @param operationsSubmitted operations submitted so far
 * @param completions completions reaped so far, the loop's own included
 * @param operationsInFlight operations in flight at the end of the last turn
 * @param staleCompletions completions dropped since their operation had ended
 * @param operationsRefused operations and reservations refused at the cap
 * @param submissionDeferrals submissions that waited for room in the submission queue
 * @param completionOverflows turns that found the completion queue overflowed
 * @param wakeUps wake-ups by other threads
 * @param tasksRun tasks run
 * @param tasksRejected tasks refused by a full queue
 * @param handlerFailures exceptions out of handlers and tasks
 * @param timersLive timers started
 * @param timersStarted timers started so far; a restart of a started timer is none
 * @param timersFired timers fired so far
 * @param timersCancelled timers cancelled so far, those included that a shutdown has ended
 * @param timersRefused starts refused at the limit
 * @param connectionsOpened connections opened so far
 * @param connectionsClosed connections closed so far
 * @param connectionsRefused connections closed at once since a limit was reached
 * @param acceptFailures failed accepts
 * @param bytesReceived bytes received so far
 * @param bytesSent bytes sent so far
 * @param receiveStarvations receives that ended for want of a buffer (ENOBUFS)
 * @param copiedReceives received pieces copied, since receive buffers were scarce
 * @param poolBuffersOutstanding slab buffers handed out
 * @param receiveBuffersOutstanding receive buffers handed out
 */
public record ProactorMetrics(
    long turns,
    long waits,
    long systemCalls,
    long operationsSubmitted,
    long completions,
    long operationsInFlight,
    long staleCompletions,
    long operationsRefused,
    long submissionDeferrals,
    long completionOverflows,
    long wakeUps,
    long tasksRun,
    long tasksRejected,
    long handlerFailures,
    long timersLive,
    long timersStarted,
    long timersFired,
    long timersCancelled,
    long timersRefused,
    long connectionsOpened,
    long connectionsClosed,
    long connectionsRefused,
    long acceptFailures,
    long bytesReceived,
    long bytesSent,
    long receiveStarvations,
    long copiedReceives,
    long poolBuffersOutstanding,
    long receiveBuffersOutstanding) {}
