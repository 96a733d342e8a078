package millrace.proactor.engine;

import java.util.function.Function;
import millrace.proactor.Proactor;

/** Lets the packages of this module reach the loop behind a {@link Proactor}, and no others. */
public final class LoopAccess {

  private static volatile Function<Proactor, Loop> accessor;

  private LoopAccess() {}

  /** Called once, by {@link Proactor}'s static initialiser. */
  public static void install(Function<Proactor, Loop> newAccessor) {
    accessor = newAccessor;
  }

  static Loop loopOf(Proactor proactor) {
    return accessor.apply(proactor);
  }
}
