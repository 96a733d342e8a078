package millrace.timers;

/**
 * A number for each started timer of a queue, and where the timer of a number waits: numbers are
 * moved about in place of references.
 *
 * <p>With G1 the store of a reference into an old object is a memory fence, and a fence makes the
 * next cache miss wait for those before it. A number has no barrier, and its place is a sixteenth
 * of a cache line, so that places stay in a cache in which the timers do not.
 *
 * <p>One timer that has ended can be remembered: it finds its number when it starts again at once,
 * and no reference is stored at all.
 */
final class TimerNumbers {
  private static final int NONE = -1;

  private final AbstractTimerQueue owner;
  private final Timer[] timers;

  /** Of a number in use, what its user says; of a free one, the next free one. */
  private final int[] places;

  private int free = NONE;
  private int fresh; // the first that was never used
  private int remembered = NONE;

  TimerNumbers(AbstractTimerQueue owner, int maxTimers) {
    this.owner = owner;
    this.timers = new Timer[maxTimers];
    this.places = new int[maxTimers];
  }

  /** Takes a number for a timer of this queue; {@link Timer#index} tells it from now on. */
  void claim(Timer timer) {
    int number = takeFree();
    timers[number] = timer;
    timer.index = number;
  }

  private int takeFree() {
    if (free == NONE) {
      return fresh++;
    }
    int number = free;
    free = places[number];
    return number;
  }

  /** Gives back the number of a timer. */
  void release(Timer timer) {
    free(timer.index);
  }

  private void free(int number) {
    timers[number] = null;
    places[number] = free;
    free = number;
  }

  /** Keeps the number of a timer that is not started from now on, while no other is remembered. */
  void remember(Timer timer) {
    assert !remembersOne();
    remembered = timer.index;
    timer.index = Timer.REMEMBERED;
  }

  boolean remembersOne() {
    return remembered != NONE;
  }

  int rememberedPlace() {
    return places[remembered];
  }

  /** Gives the timer that is remembered its number again. */
  void recall(Timer timer) {
    timer.index = remembered;
    remembered = NONE;
  }

  /** Lets go of the timer that is remembered. */
  void forget() {
    Timer timer = timers[remembered];
    // It may have been started elsewhere since.
    if (isOwn(timer) && timer.index == Timer.REMEMBERED) {
      timer.index = Timer.NOT_STARTED;
    }
    free(remembered);
    remembered = NONE;
  }

  /** Whether a timer was started last in the queue of these numbers. */
  @SuppressWarnings("ReferenceEquality") // Queues have identity, no value.
  boolean isOwn(Timer timer) {
    return timer.queue == owner;
  }

  Timer timer(int number) {
    return timers[number];
  }

  int place(int number) {
    return places[number];
  }

  void setPlace(int number, int place) {
    places[number] = place;
  }
}
