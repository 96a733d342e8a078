package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LibcConstantsTest {

  @Test
  void everyConstantHasTheValueOfItsNameOnThisArchitecture() throws Exception {
    Map<String, Number> expected = new HashMap<>(GeneratedAbi.constants());
    expected.putAll(Architecture.current().constants());
    int found = 0;
    for (Field field : Libc.class.getFields()) {
      assertTrue(Modifier.isFinal(field.getModifiers()), field.getName());
      assertEquals(expected.get(field.getName()), field.get(null), field.getName());
      found++;
    }
    assertTrue(found > 100, found + " constants");
  }

  @Test
  void everyEpollConstantHasTheValueOfItsName() throws Exception {
    Map<String, Number> generated = GeneratedAbi.constants();
    for (Field field : Epoll.class.getFields()) {
      String name = field.getName();
      if (!name.equals("EVENT_BYTES")) {
        String prefix = name.startsWith("CTL") ? "EPOLL_" : "EPOLL";
        assertEquals(generated.get(prefix + name), field.get(null), name);
      }
    }
  }
}
