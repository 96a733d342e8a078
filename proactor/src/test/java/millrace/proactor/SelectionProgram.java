package millrace.proactor;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import millrace.proactor.net.TcpListener;
import millrace.proactor.net.TcpListenerOptions;
import millrace.uring.SeccompFilter;

/**
 * Started in a JVM of its own by {@link BackendSelectionTest}: starts two loops, echoes a byte by
 * each, and prints what they run on, or why there is none.
 */
final class SelectionProgram {

  private SelectionProgram() {}

  /** The arguments are numbers of system calls that the kernel is to refuse with EPERM. */
  public static void main(String[] arguments) {
    for (String systemCall : arguments) {
      SeccompFilter.refuse(Integer.parseInt(systemCall), 1);
    }
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
    try {
      System.out.println(BackendSelection.of(BackendChoice.ofProperty()));
    } catch (Exception e) {
      System.out.println(e);
    }
  }
}
