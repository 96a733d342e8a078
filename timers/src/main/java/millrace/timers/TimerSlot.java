package millrace.timers;

/** One slot of a {@link TimerWheel}: the timers of 256<sup>level</sup> consecutive ticks. */
final class TimerSlot extends TimerList {
  final int level;
  final int place;

  /** Never after the earliest tick of the timers in here; exact until one of them is cancelled. */
  long earliestTick;

  TimerSlot(int level, int place) {
    this.level = level;
    this.place = place;
  }
}
