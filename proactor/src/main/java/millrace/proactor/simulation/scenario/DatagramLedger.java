package millrace.proactor.simulation.scenario;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import millrace.proactor.fault.Fault;
import millrace.proactor.simulation.Simulation;
import millrace.uring.Errno;

/** Every datagram that was sent, by whom, and how often it has arrived. */
final class DatagramLedger {

  private final Simulation simulation;
  private final Map<Long, InetSocketAddress> senders = new HashMap<>();
  private final Map<Long, Integer> arrivals = new HashMap<>();
  private long transmissions;
  private int repeated;

  DatagramLedger(Simulation simulation) {
    this.simulation = simulation;
  }

  /** The next datagram of {@code sender}. */
  PatternDatagram next(InetSocketAddress sender, long answers, int lengthBytes) {
    senders.put(++transmissions, sender);
    return new PatternDatagram(transmissions, answers, lengthBytes);
  }

  /** A datagram that was not sent after all, and so must not arrive. */
  void withdrawn(PatternDatagram datagram) {
    senders.remove(datagram.transmission());
  }

  /** What {@code data} is, all of it or the beginning; null after a violation. */
  PatternDatagram arrived(byte[] data, InetSocketAddress source, InetSocketAddress receiver) {
    PatternDatagram datagram = PatternDatagram.read(data);
    if (datagram == null) {
      simulation.violated("a datagram arrived with wrong bytes");
      return null;
    }
    InetSocketAddress sender = senders.get(datagram.transmission());
    if (sender == null) {
      simulation.violated("a datagram arrived that was not sent: " + datagram);
    } else if (!sender.equals(source)) {
      simulation.violated(datagram + " of " + sender + " came from " + source);
    }
    if (datagram.answers() != 0 && !receiver.equals(senders.get(datagram.answers()))) {
      simulation.violated(datagram + " came to " + receiver + ", who did not ask");
    }
    if (arrivals.merge(datagram.transmission(), 1, Integer::sum) > 1) {
      repeated++;
    }
    return datagram;
  }

  /** Whether a send may end with {@code errno}, wherever it goes to. */
  static boolean mayFail(Simulation simulation, int errno) {
    return (errno == Errno.EPERM || errno == Errno.ENOBUFS)
        && simulation.injected(Fault.DATAGRAM_UNSENT) > 0;
  }

  /** Never more than once, but for what the network itself has sent twice. */
  void check() {
    int duplicates = simulation.injected(Fault.DATAGRAM_DUPLICATED);
    if (repeated > duplicates) {
      simulation.violated(
          repeated + " datagrams arrived again, of which the network sent " + duplicates);
    }
  }
}
