package millrace.proactor.simulation;

import java.io.IOException;
import millrace.proactor.ProactorOptions;
import millrace.proactor.ShutdownReport;

/**
 * A program to be simulated: servers and clients on the proactor, and what other machines do. One
 * object serves one run, and everything is called on one thread.
 */
public interface Scenario {

  /**
   * The name under which failures are told.
   *
   * @return a short name
   */
  String name();

  /**
   * Changes the options of the proactor, which are small by default, so that limits are met.
   *
   * @param options the default
   * @param simulation the run
   */
  default void configure(ProactorOptions.Builder options, Simulation simulation) {}

  /**
   * Starts everything, on the loop thread, before the first turn and the first fault. Sooner or
   * later something must call {@link Simulation#end}.
   *
   * @param simulation the run
   * @throws IOException when something cannot be started; the run has then failed
   */
  void start(Simulation simulation) throws IOException;

  /**
   * Closes what the scenario itself has opened and the loop has not closed, such as directories;
   * the loop has ended.
   *
   * @param simulation the run
   */
  default void release(Simulation simulation) {}

  /**
   * Looks at what is left, when the loop has ended and the network is quiet; tells what is wrong by
   * {@link Simulation#violated}.
   *
   * @param simulation the run
   * @param report how the loop has ended
   */
  default void check(Simulation simulation, ShutdownReport report) {}

  /**
   * Whether operations may be left that the kernel completes hours after the loop has ended, or
   * never: then {@link millrace.proactor.fault.Fault#STUCK_WORKER} may strike, and the rules for
   * what is left at the end are those for abandoned operations.
   *
   * @return false unless overridden
   */
  default boolean expectsAbandoned() {
    return false;
  }

  /**
   * Whether {@code failure} is part of the scenario: what a handler has thrown, or what has ended
   * the loop.
   *
   * @param failure what was thrown
   * @return false unless overridden
   */
  default boolean expects(Throwable failure) {
    return false;
  }
}
