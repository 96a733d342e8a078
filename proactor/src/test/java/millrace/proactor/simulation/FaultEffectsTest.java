package millrace.proactor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import millrace.proactor.fault.FaultPlan;
import millrace.proactor.simulation.scenario.StandardScenarios;
import millrace.uring.Errno;
import org.junit.jupiter.api.Test;

/**
 * What the simulated kernel, network and disk may do to a program happens to the scenarios: whether
 * a kind of fault strikes is one thing ({@code SweepTest}), what becomes of it another.
 */
class FaultEffectsTest {

  private static final int SEEDS = 200;

  /** Effects by name, and how a trace shows them. */
  private static Map<String, Predicate<String>> effects() {
    Map<String, Predicate<String>> effects = new LinkedHashMap<>();
    effects.put("a half-close, and data the other way", halfClose());
    effects.put("a reset by the peer", trace -> trace.contains(" rst="));
    effects.put("a reset that a receive is told", result("RECEIVE_MULTISHOT", -Errno.ECONNRESET));
    effects.put("a reset that a send is told", result("SEND\\w*", -Errno.ECONNRESET));
    effects.put("a send after the reset", result("SEND\\w*", -Errno.EPIPE));
    effects.put("a write into a pipe without readers", result("WRITE", -Errno.EPIPE));
    effects.put("an accept of an aborted connection", result("ACCEPT\\w*", -Errno.ECONNABORTED));
    effects.put("an accept without descriptors", result("ACCEPT\\w*", -Errno.EMFILE));
    effects.put("an open without descriptors", result("OPEN\\w*", -Errno.EMFILE));
    effects.put("a refused connect", result("CONNECT", -Errno.ECONNREFUSED));
    effects.put("a connect whose deadline passes", result("CONNECT", -Errno.ECANCELED));
    effects.put("a connect without answer", result("CONNECT", -Errno.ETIMEDOUT));
    effects.put("a receive without buffers", result("RECEIVE_MULTISHOT", -Errno.ENOBUFS));
    effects.put("datagrams without buffers", result("RECEIVE_MESSAGE\\w*", -Errno.ENOBUFS));
    effects.put("a datagram that is not sent", result("SEND_MESSAGE", -Errno.EPERM));
    effects.put("a refused datagram", result("RECEIVE_MESSAGE\\w*", -Errno.ECONNREFUSED));
    effects.put(
        "a multishot that ends with data", matches("RECEIVE_MULTISHOT .*=[1-9]\\d* .*[13]$"));
    effects.put("a cancelled receive", result("RECEIVE_MULTISHOT", -Errno.ECANCELED));
    effects.put("a cancelled read", result("READ", -Errno.ECANCELED));
    effects.put("a read whose worker is interrupted", result("READ", -Errno.EINTR));
    effects.put("a read that brings data after its cancel", afterCancel("READ", "[1-9]\\d*"));
    effects.put(
        "a receive that brings data after its cancel",
        afterCancel("RECEIVE_MULTISHOT", "[1-9]\\d*"));
    effects.put("a pipe that answers instead of waiting", result("(READ|WRITE)", -Errno.EAGAIN));
    effects.put("a FIFO that nobody reads from", result("OPEN", -Errno.ENXIO));
    effects.put("a failing read", result("READ", -Errno.EIO));
    effects.put("a failing write", result("WRITE", -Errno.EIO));
    effects.put("a failing sync", result("SYNC", -Errno.EIO));
    effects.put("a full disk", result("WRITE", -Errno.ENOSPC));
    effects.put("a member of a chain behind a failed one", result("SYNC", -Errno.ECANCELED));
    effects.put("a crash that tears a file", matches("disk torn /"));
    return effects;
  }

  private static Predicate<String> matches(String line) {
    return Pattern.compile("(?m)" + line).asPredicate();
  }

  private static Predicate<String> result(String kinds, int result) {
    return matches("complete " + kinds + " .*result=" + result + " ");
  }

  private static Predicate<String> halfClose() {
    String end = "net conn=(\\d+) port=(\\d+) fin$";
    String data = "net conn=\\1 port=(?!\\2 )\\d+ bytes";
    return matches(end + "(?s:.*)" + data);
  }

  private static Predicate<String> afterCancel(String kind, String result) {
    String cancel = "cancel slot=(\\d+)$";
    return matches(cancel + "\n.*complete " + kind + " slot=\\1 .*result=" + result + " ");
  }

  @Test
  void allThatIsSimulatedHappensToTheScenarios() {
    Map<String, Predicate<String>> missing = effects();
    for (Supplier<Scenario> scenario : StandardScenarios.all().values()) {
      for (long seed = 0; seed < SEEDS && !missing.isEmpty(); seed++) {
        String trace = Simulation.run(scenario, seed, FaultPlan.swarm(seed)).trace();
        missing.values().removeIf(effect -> effect.test(trace));
      }
    }
    Set<String> never = new TreeSet<>(missing.keySet());
    assertEquals(Set.of(), never);
  }
}
