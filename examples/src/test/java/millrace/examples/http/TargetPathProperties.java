package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TargetPathProperties {
  @Provide
  Arbitrary<List<String>> names() {
    return Arbitraries.strings()
        .excludeChars('/', '\0')
        .ofMinLength(1)
        .ofMaxLength(12)
        .filter(TargetPathProperties::isNameInUtf8)
        .list()
        .ofMinSize(1)
        .ofMaxSize(6);
  }

  private static boolean isNameInUtf8(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return new String(bytes, StandardCharsets.UTF_8).equals(name)
        && !name.equals(".")
        && !name.equals("..");
  }

  @Property
  void encodedNamesComeBackAsTheyWere(@ForAll("names") List<String> names) {
    String path = String.join("/", names);
    TargetPath parser = new TargetPath();

    assertNull(parser.parse("/" + PercentEncoding.encode(path, true)));
    assertEquals(path, parser.relativePath());
    assertFalse(parser.isDirectory());
  }

  @Provide
  Arbitrary<String> hostileTargets() {
    return Arbitraries.of(
            "/",
            ".",
            "..",
            "%2e",
            "%2E",
            "%2f",
            "%5c",
            "%00",
            "%",
            "a",
            "%c0%ae",
            "%e0%80%ae",
            "?",
            "%ff",
            "http://h",
            "*",
            "//",
            "%25",
            "b.txt",
            ";",
            ":")
        .list()
        .ofMaxSize(20)
        .map(pieces -> "/" + String.join("", pieces));
  }

  @Property(tries = 5000)
  void acceptedPathNeverLeavesTheRoot(@ForAll("hostileTargets") String target) {
    TargetPath parser = new TargetPath();
    if (parser.parse(target) != null) {
      return;
    }
    String path = parser.relativePath();
    assertFalse(path.startsWith("/"), path);
    assertFalse(path.indexOf('\0') >= 0, path);
    if (!path.equals(".")) {
      for (String name : path.split("/", -1)) {
        assertFalse(name.isEmpty() || name.equals(".") || name.equals(".."), path);
      }
    }
  }

  @Property(tries = 5000)
  void wellFormedUtf8IsWhatTheJdkDecodes(@ForAll("almostUtf8") byte[] bytes) {
    boolean expected;
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      expected = true;
    } catch (CharacterCodingException malformed) {
      expected = false;
    }
    assertEquals(expected, Utf8.isWellFormed(bytes, 0, bytes.length));
  }

  @Provide
  Arbitrary<byte[]> almostUtf8() {
    Arbitrary<Byte> edges =
        Arbitraries.of(
                0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
                0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF)
            .map(Integer::byteValue);
    return edges.array(byte[].class).ofMaxSize(6);
  }
}
