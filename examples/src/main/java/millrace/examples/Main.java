package millrace.examples;

import java.io.PrintWriter;
import java.time.Duration;
import millrace.examples.doctor.DoctorCommand;
import millrace.examples.echo.EchoCommand;
import millrace.examples.http.HttpCommand;
import millrace.examples.simulate.SimulateCommand;
import millrace.proactor.BackendChoice;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/**
 * The command line of the examples: {@code millrace http}, {@code echo}, {@code doctor} and {@code
 * simulate}.
 */
@Command(
    name = "millrace",
    description = "Programs on Millrace, a proactor for Java on io_uring.",
    subcommands = {
      HttpCommand.class,
      EchoCommand.class,
      DoctorCommand.class,
      SimulateCommand.class
    },
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    version = "millrace 0.1.0-SNAPSHOT")
public final class Main {
  private Main() {}

  /**
   * Runs the command that {@code arguments} name and ends the process: 0 after success, 1 after a
   * failure, 2 for wrong arguments; {@code doctor} has a status of its own.
   */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    // A missing subcommand is a wrong argument, told like every other one.
    commandLine.setExecutionStrategy(Main::run);
    commandLine.setParameterExceptionHandler(Main::wrongArguments);
    commandLine.setExecutionExceptionHandler(Main::failed);
    commandLine.registerConverter(Duration.class, new DurationConverter());
    commandLine.registerConverter(BackendChoice.class, new BackendConverter());
    return commandLine;
  }

  private static int run(ParseResult result) {
    boolean helpWanted = result.isUsageHelpRequested() || result.isVersionHelpRequested();
    if (!helpWanted && !result.hasSubcommand()) {
      throw new ParameterException(
          result.commandSpec().commandLine(),
          "a command is missing: http, echo, doctor or simulate");
    }
    return new CommandLine.RunLast().execute(result);
  }

  private static int wrongArguments(ParameterException exception, String[] arguments) {
    CommandLine command = exception.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    tell(command.getErr(), name, exception.getMessage() + " (see " + name + " --help)");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  private static int failed(Exception exception, CommandLine command, ParseResult result) {
    String name = command.getCommandSpec().qualifiedName();
    if (exception instanceof CommandFailure failure) {
      tell(command.getErr(), name, failure.getMessage());
    } else {
      tell(command.getErr(), name, "internal error: " + exception);
      exception.printStackTrace(command.getErr());
    }
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  private static void tell(PrintWriter writer, String name, String message) {
    writer.println(name + ": " + message.strip().replaceAll("\\s*\\R\\s*", " "));
    writer.flush();
  }
}
