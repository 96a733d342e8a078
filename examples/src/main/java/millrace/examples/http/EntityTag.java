package millrace.examples.http;

/** Entity tags (RFC 9110, section 8.8.3). */
final class EntityTag {
  private EntityTag() {}

  /**
   * The strong tag of a file's current content, quotes included. Any write changes the modification
   * time or the size, a replacement changes the inode. The tag is as fine as the file system's time
   * stamps: two writes of the same size within one tick of its clock share a tag.
   */
  static String of(long sizeBytes, long modifiedSeconds, int modifiedNanos, long inode) {
    return '"'
        + Long.toHexString(sizeBytes)
        + '-'
        + Long.toHexString(modifiedSeconds)
        + '.'
        + Integer.toHexString(modifiedNanos)
        + '-'
        + Long.toHexString(inode)
        + '"';
  }

  /**
   * Whether the value of If-Match or If-None-Match names {@code tag}. A malformed list matches
   * nothing behind the point where it breaks.
   *
   * @param weak whether {@code W/} tags count (RFC 9110, section 8.8.3.2: yes for If-None-Match)
   */
  static boolean listMatches(String list, String tag, boolean weak) {
    if (list.equals("*")) {
      return true;
    }
    int position = 0;
    while (position < list.length()) {
      char c = list.charAt(position);
      if (c == ',' || c == ' ' || c == '\t') {
        position++;
        continue;
      }
      boolean weakTag = list.startsWith("W/", position);
      int start = weakTag ? position + 2 : position;
      int end = end(list, start);
      if (end < 0) {
        return false;
      }
      if ((weak || !weakTag)
          && end - start == tag.length()
          && list.regionMatches(start, tag, 0, tag.length())) {
        return true;
      }
      position = end;
    }
    return false;
  }

  /** The index behind the closing quote, or -1. */
  private static int end(String text, int start) {
    if (start >= text.length() || text.charAt(start) != '"') {
      return -1;
    }
    int position = start + 1;
    while (position < text.length() && Ascii.isEntityTag(text.charAt(position))) {
      position++;
    }
    return position < text.length() && text.charAt(position) == '"' ? position + 1 : -1;
  }
}
