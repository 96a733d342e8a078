package millrace.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import millrace.uring.abi.IoUring;

/**
 * A function of the libc that reports failure by -1 and {@code errno}.
 *
 * <p>Arguments and result are machine words. On every 64-bit Linux an {@code int} travels in the
 * same register as a {@code long}: x86-64 and aarch64 ignore the upper half, riscv64 asks for the
 * sign extension that Java's widening gives. So one shape per number of arguments is enough, and
 * the linker makes one stub per shape. Only the result has to be told apart: of an {@code int} the
 * upper half of the register is undefined.
 *
 * <p>Never linked as critical: a call that can block would hold up every safepoint. A record,
 * because the JIT takes the fields of a record in a static final field for constants, and an
 * invocation of a constant handle compiles to a direct call.
 *
 * @param handle takes the segment for errno, then the arguments
 * @param returnsInt whether the function returns an int, not a word
 */
record Downcall(MethodHandle handle, boolean returnsInt) {

  private static final int NEVER_VARIADIC = -1;
  private static final long FAILED = -1;

  /** Links a function that returns {@code int}. */
  static Downcall ofInt(String function, int arguments) {
    return new Downcall(link(function, arguments, NEVER_VARIADIC), true);
  }

  /** Links a function that returns {@code long}, {@code ssize_t} or a pointer. */
  static Downcall ofWord(String function, int arguments) {
    return new Downcall(link(function, arguments, NEVER_VARIADIC), false);
  }

  /**
   * Links a function that is declared with "..." and returns {@code int}; the linker has to know
   * where the "..." begins, because on some architectures the convention changes there.
   *
   * @param fixedArguments how many arguments stand before the "..."
   * @param arguments how many there are in all
   */
  static Downcall ofVariadicInt(String function, int fixedArguments, int arguments) {
    return new Downcall(link(function, arguments, fixedArguments), true);
  }

  private static MethodHandle link(String function, int arguments, int firstVariadic) {
    MemoryLayout[] words = new MemoryLayout[arguments];
    Arrays.fill(words, JAVA_LONG);
    List<Linker.Option> options = new ArrayList<>();
    options.add(Linker.Option.captureCallState("errno"));
    if (firstVariadic != NEVER_VARIADIC) {
      options.add(Linker.Option.firstVariadicArg(firstVariadic));
    }
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor descriptor = FunctionDescriptor.of(JAVA_LONG, words);
    return linker
        .defaultLookup()
        .find(function)
        .map(
            address ->
                linker.downcallHandle(address, descriptor, options.toArray(Linker.Option[]::new)))
        .orElseGet(() -> missing(arguments));
  }

  // A libc older than the function: the answer is that of a kernel older than the system call.
  private static MethodHandle missing(int arguments) {
    Class<?>[] leading = new Class<?>[arguments + 1];
    Arrays.fill(leading, long.class);
    leading[0] = MemorySegment.class;
    try {
      MethodHandle notImplemented =
          MethodHandles.lookup()
              .findStatic(Downcall.class, "notImplemented", MethodType.methodType(long.class));
      return MethodHandles.dropArguments(notImplemented, 0, leading);
    } catch (ReflectiveOperationException failure) {
      throw new LinkageError("notImplemented", failure);
    }
  }

  @SuppressWarnings("UnusedMethod") // Used by its name, in missing().
  private static long notImplemented() {
    CallState.current().setErrno(IoUring.ENOSYS());
    return FAILED;
  }

  long call() {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment()), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  long call(long a) {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment(), a), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  long call(long a, long b) {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment(), a, b), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  long call(long a, long b, long c) {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment(), a, b, c), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  long call(long a, long b, long c, long d) {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment(), a, b, c, d), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  long call(long a, long b, long c, long d, long e) {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment(), a, b, c, d, e), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  long call(long a, long b, long c, long d, long e, long f) {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment(), a, b, c, d, e, f), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  long call(long a, long b, long c, long d, long e, long f, long g) {
    CallState state = CallState.current();
    try {
      return result((long) handle.invokeExact(state.segment(), a, b, c, d, e, f, g), state);
    } catch (Throwable failure) {
      throw unexpected(failure);
    }
  }

  /** The result of the handle, or -errno. */
  long result(long word, CallState state) {
    long value = returnsInt ? (int) word : word;
    return value != FAILED ? value : -state.errno();
  }

  // No C function throws: what arrives here comes from the JVM, a StackOverflowError for instance.
  static RuntimeException unexpected(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      return exception;
    }
    return new IllegalStateException(failure);
  }
}
