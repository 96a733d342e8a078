package millrace.proactor.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A count with one writer, the loop thread, and any readers: an opaque store costs what a plain one
 * does, and a reader sees a recent value without stopping the loop.
 */
public final class Counter {

  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private long value;

  /** Adds one; the writer only. */
  public void increment() {
    add(1);
  }

  /** Adds {@code amount}; the writer only. */
  public void add(long amount) {
    VALUE.setOpaque(this, value + amount);
  }

  /** Replaces the value; the writer only. */
  public void set(long newValue) {
    VALUE.setOpaque(this, newValue);
  }

  /** A recent value; any thread. */
  public long get() {
    return (long) VALUE.getOpaque(this);
  }
}
