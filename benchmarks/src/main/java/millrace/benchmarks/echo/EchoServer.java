package millrace.benchmarks.echo;

/** The servers that can be compared. */
enum EchoServer {
  MILLRACE(MillraceEchoServer.class),
  NIO(SelectorEchoServer.class);

  private final Class<?> mainClass;

  EchoServer(Class<?> mainClass) {
    this.mainClass = mainClass;
  }

  Class<?> mainClass() {
    return mainClass;
  }
}
