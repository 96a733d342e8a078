package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentTypesTest {
  @ParameterizedTest
  @CsvSource({
    "index.html, text/html; charset=utf-8",
    "a/b/INDEX.HTM, text/html; charset=utf-8",
    "a.tar.gz, application/gzip",
    "photo.JPG, image/jpeg",
    "module.wasm, application/wasm",
    "README, application/octet-stream",
    "a.b/README, application/octet-stream",
    ".html, application/octet-stream",
    "a/.css, application/octet-stream",
    "name., application/octet-stream",
    "name.unknown, application/octet-stream",
    "app.webmanifest, application/manifest+json",
    "a.thisisnoextension, application/octet-stream",
  })
  void typeFollowsTheExtension(String path, String expected) {
    assertEquals(expected, ContentTypes.of(path));
  }
}
