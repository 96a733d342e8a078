package millrace.examples.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns a request target (RFC 9112, section 3.2) into a path below the root: query dropped,
 * percent-encoding undone, empty and dot segments removed.
 *
 * <p>Segments are cut before they are decoded, so an encoded slash never separates segments; a name
 * with a slash or a NUL cannot exist and is refused. Decoded names must be UTF-8. A path that
 * climbs above the root is refused instead of being clamped. The result is only lexically inside
 * the root: symbolic links are the kernel's part ({@code RESOLVE_BENEATH}). One instance serves
 * many requests, one after the other.
 */
final class TargetPath {
  private byte[] path = new byte[256];
  private int pathBytes;
  private boolean directory;

  /** Reads {@code target}; null when {@link #relativePath()} holds the result. */
  Rejection parse(String target) {
    pathBytes = 0;
    directory = true;
    int from = pathStart(target);
    if (from < 0) {
      return Rejection.MALFORMED_TARGET;
    }
    int to = target.indexOf('?', from);
    if (to < 0) {
      to = target.length();
    }
    // No decoded path is longer than its encoded form plus the separators it already has.
    if (path.length < to - from + 1) {
      path = Arrays.copyOf(path, Math.max(to - from + 1, 2 * path.length));
    }
    while (from < to) {
      int end = target.indexOf('/', from + 1);
      if (end < 0 || end > to) {
        end = to;
      }
      Rejection rejection = segment(target, from + 1, end);
      if (rejection != null) {
        return rejection;
      }
      from = end;
    }
    return null;
  }

  /** Where the path begins, which is at a slash or at the end; negative when malformed. */
  private static int pathStart(String target) {
    if (target.startsWith("/")) {
      return 0;
    }
    // absolute-form: to be accepted although only proxies are sent it (RFC 9112, section 3.2.2).
    int authority;
    if (target.regionMatches(true, 0, "http://", 0, 7)) {
      authority = 7;
    } else if (target.regionMatches(true, 0, "https://", 0, 8)) {
      authority = 8;
    } else {
      return -1;
    }
    int end = authority;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    // The host must not be empty (RFC 9110, section 4.2.1); user information is an error (4.2.4).
    String value = target.substring(authority, end);
    return value.isEmpty() || value.startsWith(":") || !Authority.isHostAndPort(value) ? -1 : end;
  }

  private Rejection segment(String target, int from, int to) {
    int start = pathBytes;
    if (start > 0) {
      path[pathBytes++] = '/';
    }
    int nameStart = pathBytes;
    Rejection rejection = decode(target, from, to);
    if (rejection != null) {
      return rejection;
    }
    int nameBytes = pathBytes - nameStart;
    boolean dot = nameBytes == 1 && path[nameStart] == '.';
    boolean dotDot = nameBytes == 2 && path[nameStart] == '.' && path[nameStart + 1] == '.';
    directory = nameBytes == 0 || dot || dotDot;
    if (!directory) {
      return null;
    }
    pathBytes = start;
    if (dotDot) {
      if (pathBytes == 0) {
        return Rejection.TARGET_LEAVES_ROOT;
      }
      do {
        pathBytes--;
      } while (pathBytes > 0 && path[pathBytes] != '/');
    }
    return null;
  }

  private Rejection decode(String target, int from, int to) {
    int start = pathBytes;
    boolean onlyAscii = true;
    for (int i = from; i < to; i++) {
      int c = target.charAt(i);
      if (c == '%') {
        int high = i + 2 < to ? Ascii.hexDigit(target.charAt(i + 1)) : -1;
        int low = i + 2 < to ? Ascii.hexDigit(target.charAt(i + 2)) : -1;
        if (high < 0 || low < 0) {
          return Rejection.MALFORMED_TARGET;
        }
        c = high << 4 | low;
        i += 2;
        if (c == 0) {
          return Rejection.MALFORMED_TARGET;
        }
        if (c == '/') {
          return Rejection.NO_SUCH_NAME;
        }
      }
      onlyAscii &= c < 0x80;
      path[pathBytes++] = (byte) c;
    }
    return onlyAscii || Utf8.isWellFormed(path, start, pathBytes)
        ? null
        : Rejection.MALFORMED_TARGET;
  }

  /** Without a slash at either end; "." for the root itself. */
  String relativePath() {
    return pathBytes == 0 ? "." : new String(path, 0, pathBytes, StandardCharsets.UTF_8);
  }

  /** Whether the target can only mean a directory: it ends in a slash or a dot segment. */
  boolean isDirectory() {
    return directory;
  }
}
