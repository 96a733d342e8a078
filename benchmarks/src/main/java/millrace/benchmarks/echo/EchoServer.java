package millrace.benchmarks.echo;

import java.util.Locale;

/** The servers that can be compared. */
enum EchoServer {
  MILLRACE(MillraceEchoServer.class),
  NIO(SelectorEchoServer.class);

  private final Class<?> mainClass;

  EchoServer(Class<?> mainClass) {
    this.mainClass = mainClass;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  Class<?> mainClass() {
    return mainClass;
  }
}
