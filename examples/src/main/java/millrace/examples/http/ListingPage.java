package millrace.examples.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Renders a directory as HTML. Names are untrusted: escaped as text, percent-encoded in links. */
final class ListingPage {
  private static final Comparator<ListingEntry> ORDER =
      Comparator.comparing((ListingEntry entry) -> !entry.directory())
          .thenComparing(ListingEntry::name);

  private ListingPage() {}

  /**
   * The page in UTF-8.
   *
   * @param relativePath as {@link TargetPath} gives it
   * @param truncated whether the directory has more entries than {@code entries}
   */
  static byte[] render(String relativePath, List<ListingEntry> entries, boolean truncated) {
    boolean root = relativePath.equals(".");
    String title = escape(root ? "/" : "/" + relativePath + "/");
    StringBuilder page = new StringBuilder(512 + 160 * entries.size());
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
        .append(title)
        .append(
            """
            </title>
            <style>
            body { font-family: sans-serif; margin: 2em; }
            td, th { padding: 0.1em 1em 0.1em 0; text-align: left; }
            td.size { text-align: right; font-variant-numeric: tabular-nums; }
            </style>
            </head>
            <body>
            <h1>\
            """)
        .append(title)
        .append("</h1>\n<table>\n<tr><th>Name</th><th>Bytes</th><th>Modified</th></tr>\n");
    if (!root) {
      page.append("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
    }
    List<ListingEntry> sorted = new ArrayList<>(entries);
    sorted.sort(ORDER);
    for (ListingEntry entry : sorted) {
      row(page, entry);
    }
    page.append("</table>\n");
    if (truncated) {
      page.append("<p>Only ").append(entries.size()).append(" of the entries are shown.</p>\n");
    }
    return page.append("</body>\n</html>\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void row(StringBuilder page, ListingEntry entry) {
    String slash = entry.directory() ? "/" : "";
    page.append("<tr><td>");
    if (entry.linked()) {
      page.append("<a href=\"")
          .append(PercentEncoding.encode(entry.name(), false))
          .append(slash)
          .append("\">");
    }
    page.append(escape(entry.name())).append(slash);
    page.append(entry.linked() ? "</a>" : "").append("</td><td class=\"size\">");
    if (!entry.directory() && entry.sizeBytes() != ListingEntry.UNKNOWN_SIZE) {
      page.append(entry.sizeBytes());
    }
    page.append("</td><td>")
        .append(HttpDate.format(entry.modifiedSeconds()))
        .append("</td></tr>\n");
  }

  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        // Control characters are legal in file names and not in HTML.
        default -> escaped.append(Character.isISOControl(c) ? '\uFFFD' : c);
      }
    }
    return escaped.toString();
  }
}
