package millrace.examples;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs an action at the first SIGTERM or SIGINT, instead of the JVM's own reaction, whose exit
 * status cannot be 0. The second signal ends the process at once.
 *
 * <p>{@code sun.misc.Signal} (module jdk.unsupported) is reached by reflection, as the compiler
 * warns of every mention of it.
 */
final class TerminationSignals {
  private static final int TERMINATED_BY_SIGNAL = 128;
  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;

  private TerminationSignals() {}

  /**
   * Installs the handlers.
   *
   * @throws IllegalStateException when the JVM keeps the signals to itself ({@code -Xrs})
   */
  static void onFirst(Runnable action) {
    AtomicBoolean first = new AtomicBoolean(true);
    install("TERM", SIGTERM, first, action);
    install("INT", SIGINT, first, action);
  }

  private static void install(String name, int number, AtomicBoolean first, Runnable action) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (!method.getName().equals("handle")) {
            return null;
          }
          if (first.getAndSet(false)) {
            action.run();
          } else {
            Runtime.getRuntime().halt(TERMINATED_BY_SIGNAL + number);
          }
          return null;
        };
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              TerminationSignals.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
      Method handle = signal.getMethod("handle", signal, handlerType);
      handle.invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (InvocationTargetException refused) {
      throw new IllegalStateException("SIG" + name + " cannot be handled", refused.getCause());
    } catch (ReflectiveOperationException missing) {
      throw new IllegalStateException("this JDK has no sun.misc.Signal", missing);
    }
  }
}
