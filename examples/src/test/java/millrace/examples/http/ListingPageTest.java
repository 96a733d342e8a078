package millrace.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ListingPageTest {
  private static String render(String path, ListingEntry... entries) {
    return new String(ListingPage.render(path, List.of(entries), false), StandardCharsets.UTF_8);
  }

  @Test
  void directoriesComeFirstAndNamesAreSorted() {
    String page =
        render(
            "sub/dir",
            new ListingEntry("b.txt", false, 12, 784_111_777),
            new ListingEntry("a.txt", false, 0, 0),
            new ListingEntry("z", true, 4096, 0));

    assertTrue(page.contains("<h1>/sub/dir/</h1>"));
    assertTrue(page.indexOf("href=\"../\"") < page.indexOf("href=\"z/\""));
    assertTrue(page.indexOf("href=\"z/\"") < page.indexOf("href=\"a.txt\""));
    assertTrue(page.indexOf("href=\"a.txt\"") < page.indexOf("href=\"b.txt\""));
    assertTrue(page.contains("<td class=\"size\">12</td><td>Sun, 06 Nov 1994 08:49:37 GMT</td>"));
    assertFalse(page.contains("4096"));
  }

  @Test
  void rootHasNoParent() {
    String page = render(".");

    assertFalse(page.contains("../"));
    assertTrue(page.contains("<h1>/</h1>"));
  }

  @Test
  void truncationIsSaid() {
    byte[] page = ListingPage.render(".", List.of(new ListingEntry("a", false, 1, 0)), true);

    assertTrue(
        new String(page, StandardCharsets.UTF_8).contains("Only 1 of the entries are shown."));
  }

  @Test
  void whatNoRequestCanNameHasNoLink() {
    String page = render("sub", new ListingEntry("lat\uFFFD<", false, false, 7, 0));

    assertTrue(page.contains("<tr><td>lat\uFFFD&lt;</td><td class=\"size\">7</td>"), page);
  }

  @Test
  void nameIsNeitherMarkupNorAnotherScheme() {
    String page =
        render(
            "<i>",
            new ListingEntry("<script>alert('1')</script>.html", false, 1, 0),
            new ListingEntry("javascript:alert(1)", false, 1, 0),
            new ListingEntry("a\nb\"&\u00e4", false, 1, 0));

    assertFalse(page.contains("<script>"));
    assertFalse(page.contains("<i>"));
    assertTrue(page.contains("href=\"javascript%3Aalert%281%29\""));
    assertTrue(page.contains("href=\"a%0Ab%22%26%C3%A4\">a\uFFFDb&quot;&amp;\u00e4<"));
  }

  @Property
  void linkOfAnyNameLeadsBackToThatName(@ForAll String text) {
    String name =
        new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
            .replaceAll("[/\0]", "_");
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      return;
    }
    Matcher link =
        Pattern.compile("href=\"([^\"]*)\"")
            .matcher(render(".", new ListingEntry(name, false, 1, 0)));
    assertTrue(link.find());
    TargetPath target = new TargetPath();
    assertEquals(null, target.parse("/" + link.group(1)));
    assertEquals(name, target.relativePath());
    assertFalse(link.find());
  }
}
