package millrace.uring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that a header of the kernel defines, found by reading its text: neither jextract nor a
 * compiler has a say in it, so what they pass over is found missing.
 */
final class KernelHeader {

  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);
  private static final Pattern CONSTANT_MACRO =
      Pattern.compile("(?m)^#define[ \t]+(\\w+)[ \t]+\\S");
  private static final Pattern ENUM = Pattern.compile("\\benum\\b\\s*\\w*\\s*\\{([^}]*)\\}");
  private static final Pattern ENUM_CONSTANT = Pattern.compile("(\\w+)\\s*(=[^,]*)?(,|\\s*$)");
  private static final Pattern STRUCTURE =
      Pattern.compile("(?m)^(?:struct|union)\\s+(\\w+)\\s*\\{");
  private static final Pattern FIELD =
      Pattern.compile("(\\w+)\\s*(?:\\[\\w*\\])?\\s*;|__DECLARE_FLEX_ARRAY\\([^,]*,\\s*(\\w+)\\)");

  private final String text;

  private KernelHeader(String text) {
    this.text = text;
  }

  static KernelHeader read(Path file) throws IOException {
    return new KernelHeader(COMMENT.matcher(Files.readString(file)).replaceAll(" "));
  }

  Set<String> constants() {
    Set<String> names = new TreeSet<>();
    CONSTANT_MACRO.matcher(text).results().forEach(macro -> names.add(macro.group(1)));
    Matcher body = ENUM.matcher(text);
    while (body.find()) {
      ENUM_CONSTANT.matcher(body.group(1)).results().forEach(name -> names.add(name.group(1)));
    }
    return names;
  }

  /** Returns the names of all fields, at whatever depth, by the name of the outermost structure. */
  Map<String, Set<String>> structures() {
    Map<String, Set<String>> structures = new TreeMap<>();
    Matcher start = STRUCTURE.matcher(text);
    while (start.find()) {
      Set<String> fields = new TreeSet<>();
      Matcher field = FIELD.matcher(text.substring(start.end(), endOfBlock(start.end())));
      while (field.find()) {
        fields.add(field.group(1) != null ? field.group(1) : field.group(2));
      }
      structures.put(start.group(1), fields);
    }
    return structures;
  }

  private int endOfBlock(int start) {
    int depth = 1;
    int index = start;
    while (depth > 0) {
      char character = text.charAt(index++);
      depth += character == '{' ? 1 : character == '}' ? -1 : 0;
    }
    return index;
  }
}
