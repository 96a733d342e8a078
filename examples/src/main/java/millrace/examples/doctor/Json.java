package millrace.examples.doctor;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, integers, booleans and null as JSON (RFC 8259). */
final class Json {
  private static final String INDENT = "  ";

  private final StringBuilder text = new StringBuilder();

  private Json() {}

  static String write(Object value) {
    Json json = new Json();
    json.value(value, "");
    return json.text.append('\n').toString();
  }

  private void value(Object value, String indent) {
    switch (value) {
      case null -> text.append("null");
      case Map<?, ?> map -> map(map, indent);
      case List<?> list -> list(list, indent);
      case String string -> string(string);
      case Integer number -> text.append(number);
      case Long number -> text.append(number);
      case Boolean bool -> text.append(bool);
      default -> throw new IllegalArgumentException("not for JSON: " + value.getClass());
    }
  }

  private void map(Map<?, ?> map, String indent) {
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    text.append('{');
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      text.append('\n').append(indent).append(INDENT);
      string((String) entry.getKey());
      text.append(": ");
      value(entry.getValue(), indent + INDENT);
      text.append(entries.hasNext() ? "," : "\n" + indent);
    }
    text.append('}');
  }

  private void list(List<?> list, String indent) {
    Iterator<?> elements = list.iterator();
    text.append('[');
    while (elements.hasNext()) {
      text.append('\n').append(indent).append(INDENT);
      value(elements.next(), indent + INDENT);
      text.append(elements.hasNext() ? "," : "\n" + indent);
    }
    text.append(']');
  }

  private void string(String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        default -> {
          if (c < ' ') {
            text.append("\\u%04x".formatted((int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
