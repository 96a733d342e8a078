package millrace.proactor.engine;

import java.lang.invoke.MethodHandles;
import java.util.function.Consumer;
import java.util.function.Function;
import millrace.proactor.Proactor;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;
import millrace.proactor.backend.Backend;
import millrace.proactor.backend.OperationTable;

/** Lets the packages of this module reach the loop behind a {@link Proactor}, and no others. */
public final class LoopAccess {

  /** Runs a loop on the calling thread, from its start to its end. */
  @FunctionalInterface
  public interface Runner {
    /** Returns when the loop has ended; {@code first} runs before its first turn. */
    ShutdownReport run(
        ProactorOptions options, OperationTable table, Backend backend, Consumer<Proactor> first);
  }

  private static volatile Function<Proactor, Loop> accessor;
  private static volatile Runner runner;

  private LoopAccess() {}

  /** Called once, by {@link Proactor}'s static initialiser. */
  public static void install(Function<Proactor, Loop> newAccessor, Runner newRunner) {
    accessor = newAccessor;
    runner = newRunner;
  }

  static Loop loopOf(Proactor proactor) {
    return accessor.apply(proactor);
  }

  /** What runs a loop on the calling thread, for simulations. */
  public static Runner runner() {
    try {
      MethodHandles.lookup().ensureInitialized(Proactor.class);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
    return runner;
  }
}
