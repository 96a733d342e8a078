package millrace.proactor;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.Errno;
import millrace.uring.RegisteredBuffers;
import millrace.uring.Ring;
import millrace.uring.RingOptions;
import millrace.uring.SeccompFilter;
import millrace.uring.UringException;

/**
 * Started in a JVM of its own by {@link BackendSelectionTest}: starts two loops, echoes a byte by
 * each, and prints what they run on, or why there is none.
 */
final class SelectionProgram {

  private SelectionProgram() {}

  /** As an argument: select before the system calls are refused that follow it. */
  static final String SELECT = "select";

  /** As an argument: tell what the registration of a buffer ends with. */
  static final String REGISTER_BUFFER = "register-buffer";

  private static final int EPERM = 1;
  private static final int BUFFER_BYTES = 1 << 20;

  /**
   * The others are numbers of system calls that the kernel is to refuse, NUMBER or NUMBER:ERRNO.
   */
  public static void main(String[] arguments) throws Throwable {
    for (String argument : arguments) {
      switch (argument) {
        case SELECT -> printSelection();
        case REGISTER_BUFFER -> registerBuffer();
        default -> {
          int colon = argument.indexOf(':');
          int number = Integer.parseInt(colon < 0 ? argument : argument.substring(0, colon));
          SeccompFilter.refuse(
              number, colon < 0 ? EPERM : Integer.parseInt(argument.substring(colon + 1)));
        }
      }
    }
    runLoops();
    printSelection();
  }

  private static void registerBuffer() throws Exception {
    try (Arena arena = Arena.ofShared();
        Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      ring.enable();
      RegisteredBuffers.register(ring, arena.allocate(BUFFER_BYTES)).close();
      System.out.println("registered");
    } catch (UringException e) {
      System.out.println(Errno.name(e.errno()));
    }
  }

  private static void runLoops() {
    for (int loops = 0; loops < 2; loops++) {
      try (Proactor proactor = Proactor.start()) {
        TcpListener listener =
            TcpListener.bind(
                proactor,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TcpListenerOptions.defaults(),
                connection -> (c, data) -> c.write(data.retain()));
        try (Socket client =
            new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort())) {
          client.getOutputStream().write(42);
          System.out.println(proactor.backendName() + " echoes " + client.getInputStream().read());
        }
      } catch (Exception e) {
        System.out.println(e);
      }
    }
  }

  private static void printSelection() {
    try {
      System.out.println(BackendSelection.of(BackendChoice.ofProperty()));
    } catch (Exception e) {
      System.out.println(e);
    }
  }
}
