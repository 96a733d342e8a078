package millrace.proactor.simulation.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import millrace.proactor.Operations;
import millrace.proactor.ShutdownReport;
import millrace.proactor.simulation.Scenario;
import millrace.proactor.simulation.Simulation;
import millrace.timers.Timer;

/**
 * Timers that are started and cancelled at random, by timers, tasks of other threads and
 * completions. Each fires once and in its bound, or is cancelled; each task runs once; each
 * operation completes once.
 */
final class TimerScenario implements Scenario {

  private static final int MOST_ACTIONS = 300;
  private static final long LONGEST_DELAY_NANOS = 200_000_000;

  private final List<Timer> timers = new ArrayList<>();
  private Simulation simulation;
  private SplittableRandom random;
  private int actionsLeft;
  private int timersUnderWay;
  private int tasksUnderWay;
  private int operationsUnderWay;
  private int eventsUnderWay;

  @Override
  public String name() {
    return "timers";
  }

  @Override
  public void start(Simulation newSimulation) {
    simulation = newSimulation;
    random = simulation.random();
    actionsLeft = random.nextInt(1, MOST_ACTIONS);
    act();
  }

  /** On the loop thread. */
  private void act() {
    for (int count = random.nextInt(4); count >= 0 && actionsLeft > 0; count--) {
      actionsLeft--;
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> startTimer();
        case 3 -> cancelTimer();
        case 4 -> startOperation();
        default -> planTask();
      }
    }
    endWhenQuiet();
  }

  private void endWhenQuiet() {
    if (timersUnderWay + tasksUnderWay + operationsUnderWay + eventsUnderWay == 0) {
      if (actionsLeft == 0) {
        simulation.end();
      } else {
        planTask();
      }
    }
  }

  private void startTimer() {
    long delay = random.nextInt(8) == 0 ? -5 : random.nextLong(LONGEST_DELAY_NANOS);
    Timer[] started = new Timer[1];
    started[0] =
        simulation.startTimer(
            delay,
            () -> {
              timersUnderWay--;
              if (!timers.remove(started[0])) {
                simulation.violated("a timer fired that had fired or was cancelled");
              }
              act();
            });
    if (started[0] != null) {
      timersUnderWay++;
      timers.add(started[0]);
    }
  }

  private void cancelTimer() {
    if (!timers.isEmpty()) {
      Timer timer = timers.remove(random.nextInt(timers.size()));
      timersUnderWay--;
      if (!simulation.cancelTimer(timer)) {
        simulation.violated("a timer that waits could not be cancelled");
      }
    }
  }

  private void startOperation() {
    boolean[] completed = new boolean[1];
    long operation =
        simulation
            .proactor()
            .operations()
            .nop(
                (context, attachment, result, flags) -> {
                  if (completed[0] || result != 0) {
                    simulation.violated("an operation completed twice, or with " + result);
                  }
                  completed[0] = true;
                  operationsUnderWay--;
                  act();
                },
                0,
                null);
    if (operation != Operations.REFUSED) {
      operationsUnderWay++;
    }
  }

  private void planTask() {
    eventsUnderWay++;
    simulation.after(random.nextLong(LONGEST_DELAY_NANOS), this::giveTask);
  }

  /** As another thread would do it. */
  private void giveTask() {
    eventsUnderWay--;
    tasksUnderWay++;
    try {
      simulation
          .proactor()
          .execute(
              () -> {
                tasksUnderWay--;
                act();
              });
    } catch (RejectedExecutionException full) {
      tasksUnderWay--;
      simulation.violated("a task was refused: " + full.getMessage());
    }
  }

  @Override
  public void check(Simulation run, ShutdownReport report) {
    int left = timersUnderWay + tasksUnderWay + operationsUnderWay;
    if (left != 0) {
      run.violated(left + " timers, tasks or operations were forgotten");
    }
  }
}
