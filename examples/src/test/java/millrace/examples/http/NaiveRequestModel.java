package millrace.examples.http;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The grammar of a request head written down once more, with regular expressions over the whole
 * text. Slow and obvious: what {@link RequestParser} is compared with.
 */
final class NaiveRequestModel {
  private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
  private static final Pattern REQUEST_LINE =
      Pattern.compile(TOKEN + " [!$-;=?-\\[\\]_a-z|~]+ HTTP/1\\.[0-9]");
  private static final Pattern FIELD =
      Pattern.compile(
          "("
              + TOKEN
              + "):[ \\t]*((?:[!-~\\x80-\\xff](?:[ \\t!-~\\x80-\\xff]*"
              + "[!-~\\x80-\\xff])?)?)[ \\t]*");
  private static final Pattern HOST =
      Pattern.compile(
          "((?:[0-9A-Za-z\\-._~!$&'()*+,;=]|%[0-9a-fA-F]{2})*"
              + "|\\[[0-9A-Za-z\\-._~!$&'()*+,;=:%]+])(:[0-9]{0,5})?");

  private NaiveRequestModel() {}

  /** Whether {@code text}, which holds one complete head and nothing else, is acceptable. */
  static boolean accepts(String text) {
    String head = text;
    for (int i = 0; i < 2 && head.startsWith("\r\n"); i++) {
      head = head.substring(2);
    }
    if (!head.endsWith("\r\n\r\n")) {
      return false;
    }
    String[] lines = head.substring(0, head.length() - 4).split("\r\n", -1);
    if (!REQUEST_LINE.matcher(lines[0]).matches()) {
      return false;
    }
    List<String> hosts = new ArrayList<>();
    List<String> lengths = new ArrayList<>();
    List<String> codings = new ArrayList<>();
    List<String> expectations = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      var field = FIELD.matcher(lines[i]);
      if (!field.matches()) {
        return false;
      }
      List<String> values =
          switch (field.group(1).toLowerCase(java.util.Locale.ROOT)) {
            case "host" -> hosts;
            case "content-length" -> lengths;
            case "transfer-encoding" -> codings;
            case "expect" -> expectations;
            default -> new ArrayList<>();
          };
      values.add(field.group(2));
    }
    boolean http11 = !lines[0].endsWith("0");
    boolean hostFits =
        hosts.isEmpty() ? !http11 : hosts.size() == 1 && HOST.matcher(hosts.get(0)).matches();
    boolean lengthFits =
        lengths.isEmpty() || (lengths.size() == 1 && lengths.get(0).matches("[0-9]{1,18}"));
    boolean codingFits =
        codings.isEmpty()
            || (http11
                && lengths.isEmpty()
                && codings.size() == 1
                && codings.get(0).matches("(?i)[ \\t,]*chunked[ \\t]*(,[ \\t,]*)?"));
    boolean expectationFits =
        !http11 || expectations.stream().allMatch(value -> value.equalsIgnoreCase("100-continue"));
    return hostFits && lengthFits && codingFits && expectationFits;
  }
}
