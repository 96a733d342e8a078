package millrace.benchmarks.echo;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The servers that can be compared. */
enum EchoServer {
  MILLRACE(MillraceEchoServer.class, "-Dmillrace.backend=io_uring"),
  MILLRACE_EPOLL(MillraceEchoServer.class, "-Dmillrace.backend=epoll"),
  MILLRACE_EPOLL_LEVEL(
      MillraceEchoServer.class, "-Dmillrace.backend=epoll -Dmillrace.epoll.levelTriggered=true"),
  NIO(SelectorEchoServer.class, "");

  private final Class<?> mainClass;
  private final String jvmArguments;

  EchoServer(Class<?> mainClass, String jvmArguments) {
    this.mainClass = mainClass;
    this.jvmArguments = jvmArguments;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What its JVM is told beside what both are. */
  List<String> jvmArguments() {
    return jvmArguments.isEmpty() ? List.of() : List.of(jvmArguments.split(" "));
  }

  static String labels() {
    return Arrays.stream(values()).map(EchoServer::label).collect(Collectors.joining(", "));
  }

  Class<?> mainClass() {
    return mainClass;
  }
}
