package millrace.examples;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations such as {@code 500ms}, {@code 30s}, {@code 2m}; a bare number is seconds. */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h|)");

  private static final Duration LONGEST = Duration.ofDays(365);

  @Override
  public Duration convert(String value) {
    Matcher matcher = FORM.matcher(value);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + value + "' is not a duration such as 500ms, 30s or 2m");
    }
    long number = Long.parseLong(matcher.group(1));
    if (number == 0) {
      throw new TypeConversionException("a duration must be longer than 0");
    }
    Duration duration =
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofSeconds(number);
        };
    if (duration.compareTo(LONGEST) > 0) {
      throw new TypeConversionException(
          "'" + value + "' is longer than " + LONGEST.toDays() + " days");
    }
    return duration;
  }
}
