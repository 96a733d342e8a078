package millrace.proactor;

/**
 * How a loop ended.
 *
 * @param drained whether everything ended by itself within the time to drain
 * @param resourcesTerminated connections, listeners and files that had to be ended by force
 * @param operationsAbandoned operations that did not complete; their memory is kept for ever
 * @param timersFired timers that were made to fire before their time: {@link PendingTimers#FIRE}
 * @param timersCancelled timers that were started and did not fire
 * @param buffersOutstanding buffers that somebody still held at the end
 * @param failure what ended the loop before its time, or null
 */
public record ShutdownReport(
    boolean drained,
    int resourcesTerminated,
    int operationsAbandoned,
    int timersFired,
    int timersCancelled,
    int buffersOutstanding,
    Throwable failure) {}
