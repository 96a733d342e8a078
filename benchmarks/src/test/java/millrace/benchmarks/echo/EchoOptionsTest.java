package millrace.benchmarks.echo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class EchoOptionsTest {

  @Test
  void linkerOptionsAndFurtherOnesReachBothServers() {
    String linkerOptions = "-XX:CompileCommand=quiet\n  -XX:CompileCommand=inline,A::b";
    String[] arguments = {"--linker-options", linkerOptions, "--jvm-arguments", "-Xint  -Xmx64m"};
    List<String> jvmArguments = EchoOptions.parse(arguments).jvmArguments();

    assertEquals(
        List.of("-XX:CompileCommand=quiet", "-XX:CompileCommand=inline,A::b", "-Xint", "-Xmx64m"),
        jvmArguments.subList(jvmArguments.size() - 4, jvmArguments.size()));
  }
}
