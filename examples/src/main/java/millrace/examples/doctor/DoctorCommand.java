package millrace.examples.doctor;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace doctor}: what this machine offers, and what to do about the rest. */
@Command(
    name = "doctor",
    description = "Shows what io_uring offers on this machine and what to do about the rest.",
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:io_uring is usable",
      "2:wrong arguments",
      "3:io_uring is not usable, and epoll would be used instead"
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final int FALLBACK_ONLY = 3;

  @Spec private CommandSpec command;

  @Option(names = "--json", description = "Writes JSON.")
  private boolean json;

  private final Supplier<Findings> examination;

  /** For picocli. */
  public DoctorCommand() {
    this(Examination::run);
  }

  DoctorCommand(Supplier<Findings> examination) {
    this.examination = examination;
  }

  @Override
  public Integer call() {
    Findings findings = examination.get();
    List<String> advice = Advice.of(findings);
    PrintWriter out = command.commandLine().getOut();
    out.print(json ? JsonReport.render(findings, advice) : TextReport.render(findings, advice));
    out.flush();
    return findings.usable() ? 0 : FALLBACK_ONLY;
  }
}
