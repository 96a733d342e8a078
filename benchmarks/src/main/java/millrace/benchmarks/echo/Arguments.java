package millrace.benchmarks.echo;

import java.util.LinkedHashMap;
import java.util.Map;

/** A command line of names and values. What is wrong with it is an IllegalArgumentException. */
public final class Arguments {

  private final Map<String, String> unread = new LinkedHashMap<>();

  /** Names and values in turn. */
  public Arguments(String[] arguments) {
    for (int index = 0; index < arguments.length; index += 2) {
      if (!arguments[index].startsWith("--")) {
        throw new IllegalArgumentException("not an option: " + arguments[index]);
      }
      if (index + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[index] + ": a value is missing");
      }
      unread.put(arguments[index], arguments[index + 1]);
    }
  }

  /** The value of {@code name}, or {@code value} where it is not given. */
  public String text(String name, String value) {
    String given = unread.remove(name);
    return given == null ? value : given;
  }

  /** As {@link #text}, for a number of {@code least} or more. */
  public int number(String name, int value, int least) {
    String given = text(name, Integer.toString(value));
    try {
      int number = Integer.parseInt(given);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + ": not a number: " + given, e);
    }
    throw new IllegalArgumentException(name + ": " + given + ", must be >= " + least);
  }

  /** As {@link #text}, for a length of time. */
  public double seconds(String name, double value) {
    String given = text(name, Double.toString(value));
    try {
      double seconds = Double.parseDouble(given);
      if (seconds > 0 && seconds <= 3600) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + ": not a number: " + given, e);
    }
    throw new IllegalArgumentException(name + ": " + given + ", must be in (0, 3600]");
  }

  /** After all have been read. */
  public void checkAllKnown() {
    if (!unread.isEmpty()) {
      throw new IllegalArgumentException("no such option: " + unread.keySet().iterator().next());
    }
  }
}
