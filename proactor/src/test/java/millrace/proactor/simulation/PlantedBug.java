package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * A bug put into the proactor on purpose: one place of its source is replaced, and the class
 * compiled anew, for a class loader of its own. The code that is shipped has no hooks for it.
 *
 * @param what the bug, in words
 * @param source the file, beneath millrace/proactor
 * @param right what stands there, exactly once
 * @param wrong what stands there instead
 * @param scenario where it is looked for: a standard one, or {@code CompletionOrders.NAME}
 */
record PlantedBug(String what, String source, String right, String wrong, String scenario) {

  private static final Path ROOT = Path.of("src/main/java/millrace/proactor");

  /** Fails unless the scenario finds it within {@code seeds}. */
  void assertFound(int seeds) throws IOException, ReflectiveOperationException {
    Object found =
        load()
            .loadClass(PlantedBugRunner.class.getName())
            .getMethod("search", String.class, int.class)
            .invoke(null, scenario, seeds);
    assertNotNull(found, () -> "not found in " + seeds + " seeds: " + what);
    System.out.println(what + " -> " + found);
  }

  /** A class loader in which the proactor has this bug. */
  private ClassLoader load() throws IOException {
    String text = Files.readString(ROOT.resolve(source));
    int at = text.indexOf(right);
    if (at < 0 || text.indexOf(right, at + 1) >= 0) {
      throw new AssertionError(
          source + " has changed: what \"" + what + "\" replaces is not there exactly once");
    }
    return new Loader(compile(text.replace(right, wrong)));
  }

  private Map<String, byte[]> compile(String text) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    try (Classes classes = new Classes(compiler.getStandardFileManager(diagnostics, null, null))) {
      List<String> options =
          List.of("-nowarn", "-proc:none", "-cp", System.getProperty("java.class.path"));
      boolean compiled =
          compiler
              .getTask(null, classes, diagnostics, options, null, List.of(new Source(text)))
              .call();
      if (!compiled) {
        throw new AssertionError(what + ": " + diagnostics.getDiagnostics());
      }
      return classes.bytes();
    }
  }

  @Override
  public String toString() {
    return what;
  }

  private final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///millrace/proactor/" + source), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Keeps compiled classes in memory. */
  private static final class Classes extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> outputs = new HashMap<>();

    Classes(JavaFileManager manager) {
      super(manager);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(
          URI.create("memory:///" + className.replace('.', '/') + kind.extension), kind) {
        @Override
        public OutputStream openOutputStream() {
          return outputs.computeIfAbsent(className, name -> new ByteArrayOutputStream());
        }
      };
    }

    Map<String, byte[]> bytes() {
      Map<String, byte[]> bytes = new HashMap<>();
      outputs.forEach((name, output) -> bytes.put(name, output.toByteArray()));
      return bytes;
    }
  }

  /** A second copy of the proactor, in which some classes are other ones. */
  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> changed;

    Loader(Map<String, byte[]> changed) {
      super(PlantedBug.class.getClassLoader());
      this.changed = changed;
      setDefaultAssertionStatus(false);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("millrace.proactor.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : define(name);
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      byte[] bytes = changed.get(name);
      try (InputStream resource =
          getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (bytes == null && resource == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] code = bytes != null ? bytes : resource.readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
