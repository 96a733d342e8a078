package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetPathTest {
  @ParameterizedTest
  @CsvSource({
    "/, ., true",
    "/a, a, false",
    "/a/, a, true",
    "/a/b.txt, a/b.txt, false",
    "/a/b.txt?x=/../y, a/b.txt, false",
    "/?x, ., true",
    "//a///b//, a/b, true",
    "/./a/./b/., a/b, true",
    "/a/../b, b, false",
    "/a/b/.., a, true",
    "/a/.., ., true",
    "/a/%2e%2E/b, b, false",
    "/%2e/a, a, false",
    "/..., ..., false",
    "/.hidden, .hidden, false",
    "/a%20b, a b, false",
    "/%C3%A4, \u00e4, false",
    "/%F0%9F%8C%8A, \uD83C\uDF0A, false",
    "/a%3Fb, a?b, false",
    "/a%5Cb, a\\b, false",
    "/a%25%32%66, a%2f, false",
    "http://example.org, ., true",
    "http://example.org?q, ., true",
    "HTTPS://example.org:443/a/../b, b, false",
    "http://[::1]:80/a, a, false",
  })
  void targetBecomesAPathBelowTheRoot(String target, String path, boolean directory) {
    TargetPath parser = new TargetPath();

    assertNull(parser.parse(target));
    assertEquals(path, parser.relativePath());
    assertEquals(directory, parser.isDirectory());
  }

  @ParameterizedTest
  @CsvSource({
    "/.., TARGET_LEAVES_ROOT",
    "/../etc/passwd, TARGET_LEAVES_ROOT",
    "/a/../../etc, TARGET_LEAVES_ROOT",
    "/%2e%2e/etc, TARGET_LEAVES_ROOT",
    "/.%2E/.., TARGET_LEAVES_ROOT",
    "//../a, TARGET_LEAVES_ROOT",
    "/a%2fb, NO_SUCH_NAME",
    "/..%2f..%2Fetc, NO_SUCH_NAME",
    "/a%00.html, MALFORMED_TARGET",
    "/a%, MALFORMED_TARGET",
    "/a%4, MALFORMED_TARGET",
    "/a%4/b, MALFORMED_TARGET",
    "/a%zz, MALFORMED_TARGET",
    "/%u0041, MALFORMED_TARGET",
    "/%C0%AE%C0%AE/, MALFORMED_TARGET",
    "/%E0%80%AF, MALFORMED_TARGET",
    "/%ED%A0%80, MALFORMED_TARGET",
    "/%F5%80%80%80, MALFORMED_TARGET",
    "/%FF, MALFORMED_TARGET",
    "/%C3, MALFORMED_TARGET",
    "/%C3/%A4, MALFORMED_TARGET",
    "*, MALFORMED_TARGET",
    "example.org:80, MALFORMED_TARGET",
    "ftp://example.org/a, MALFORMED_TARGET",
    "http:///a, MALFORMED_TARGET",
    "http://:80/a, MALFORMED_TARGET",
    "http://user@example.org/a, MALFORMED_TARGET",
    "http://[::1/a, MALFORMED_TARGET",
  })
  void targetIsRefused(String target, Rejection expected) {
    assertEquals(expected, new TargetPath().parse(target));
  }
}
