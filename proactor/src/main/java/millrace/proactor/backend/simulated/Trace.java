package millrace.proactor.backend.simulated;

/** What happened, one line of text for each event, with the virtual time in nanoseconds. */
public final class Trace {

  private static final int MAX_CHARACTERS = 16 << 20;

  private final StringBuilder text = new StringBuilder(1 << 14);
  private final World world;
  private boolean tooLong;

  Trace(World world) {
    this.world = world;
  }

  /** Begins a line, which ends where the next one begins. */
  public Trace line(String event) {
    if (text.length() > MAX_CHARACTERS && !tooLong) {
      tooLong = true;
      world.violated("more than " + MAX_CHARACTERS + " characters of events: no end in sight");
    }
    text.append('\n').append(world.nowNanos()).append(' ').append(event);
    return this;
  }

  /** A word of the line. */
  public Trace add(Object word) {
    text.append(' ').append(word);
    return this;
  }

  /** A number with its name. */
  public Trace add(String name, long value) {
    text.append(' ').append(name).append('=').append(value);
    return this;
  }

  /** The whole trace. */
  public String text() {
    return text.isEmpty() ? "" : text.substring(1) + "\n";
  }
}
