package millrace.examples.http;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Media types by file name extension. Text is served as UTF-8. */
final class ContentTypes {
  static final String HTML = "text/html; charset=utf-8";
  static final String PLAIN_TEXT = "text/plain; charset=utf-8";

  private static final String UNKNOWN = "application/octet-stream";
  private static final int LONGEST_EXTENSION = 11;
  private static final Map<String, String> BY_EXTENSION = table();

  private ContentTypes() {}

  private static Map<String, String> table() {
    Map<String, String> table = new HashMap<>();
    add(table, HTML, "html", "htm");
    add(table, PLAIN_TEXT, "txt", "text", "log", "conf", "ini", "md", "adoc", "rst");
    add(table, PLAIN_TEXT, "java", "c", "h", "cc", "cpp", "hpp", "rs", "go", "py", "sh", "zig");
    add(table, PLAIN_TEXT, "kt", "scala", "toml", "properties", "gradle", "diff", "patch", "sql");
    add(table, "text/css; charset=utf-8", "css");
    add(table, "text/csv; charset=utf-8", "csv");
    add(table, "text/javascript; charset=utf-8", "js", "mjs");
    add(table, "text/xml; charset=utf-8", "xml", "xsl", "xsd", "pom");
    add(table, "application/json", "json", "map");
    add(table, "application/yaml", "yaml", "yml");
    add(table, "application/manifest+json", "webmanifest");
    add(table, "application/xhtml+xml", "xhtml");
    add(table, "application/pdf", "pdf");
    add(table, "application/wasm", "wasm");
    add(table, "application/zip", "zip");
    add(table, "application/gzip", "gz", "tgz");
    add(table, "application/x-bzip2", "bz2");
    add(table, "application/x-xz", "xz");
    add(table, "application/zstd", "zst");
    add(table, "application/x-tar", "tar");
    add(table, "application/java-archive", "jar");
    add(table, "image/svg+xml", "svg");
    add(table, "image/png", "png");
    add(table, "image/jpeg", "jpg", "jpeg");
    add(table, "image/gif", "gif");
    add(table, "image/webp", "webp");
    add(table, "image/avif", "avif");
    add(table, "image/x-icon", "ico");
    add(table, "audio/mpeg", "mp3");
    add(table, "audio/ogg", "ogg", "oga", "opus");
    add(table, "audio/wav", "wav");
    add(table, "audio/flac", "flac");
    add(table, "video/mp4", "mp4", "m4v");
    add(table, "video/webm", "webm");
    add(table, "font/woff", "woff");
    add(table, "font/woff2", "woff2");
    add(table, "font/ttf", "ttf");
    add(table, "font/otf", "otf");
    return Map.copyOf(table);
  }

  private static void add(Map<String, String> table, String type, String... extensions) {
    for (String extension : extensions) {
      assert extension.length() <= LONGEST_EXTENSION : extension;
      table.put(extension, type);
    }
  }

  static String of(String path) {
    int dot = path.lastIndexOf('.');
    // A leading dot makes a hidden file, not an extension.
    if (dot <= path.lastIndexOf('/') + 1 || path.length() - dot - 1 > LONGEST_EXTENSION) {
      return UNKNOWN;
    }
    return BY_EXTENSION.getOrDefault(path.substring(dot + 1).toLowerCase(Locale.ROOT), UNKNOWN);
  }
}
