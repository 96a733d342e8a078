package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HexFormat;
import java.util.List;

/**
 * A call of a method of {@link Sqe}, and the fields of struct io_uring_sqe that it is to set, all
 * others being zero.
 *
 * @param method the method's name
 * @param fields assignments in C, with spaces between them
 * @param arguments boxed, of exactly the types that the method has
 */
record SqeCase(String method, String fields, List<Object> arguments) {

  Method reflected() {
    Class<?>[] types = new Class<?>[arguments.size()];
    for (int i = 0; i < types.length; i++) {
      types[i] =
          switch (arguments.get(i)) {
            case Integer ignored -> int.class;
            case Long ignored -> long.class;
            case Boolean ignored -> boolean.class;
            case Object other -> other.getClass();
          };
    }
    try {
      return Sqe.class.getMethod(method, types);
    } catch (NoSuchMethodException e) {
      throw new AssertionError("no such method for " + this, e);
    }
  }

  void call(Sqe sqe) throws Throwable {
    Method reflected = reflected();
    // The public method of the public class is a bridge to that of a package-private superclass.
    reflected.setAccessible(true);
    try {
      if (reflected.invoke(sqe, arguments.toArray()) != sqe) {
        throw new AssertionError(this + " returns another cursor");
      }
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** The bytes of the entry after the call, in hexadecimal. */
  String bytes() throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entry = arena.allocate(SqeEntry.BIG_BYTES, Long.BYTES).fill((byte) 0x5a);
      Sqe sqe = new Sqe(entry);
      if (method.endsWith("128")) {
        sqe.moveToBig(0);
      } else {
        sqe.moveTo(0);
      }
      call(sqe);
      return HexFormat.of()
          .formatHex(entry.asSlice(0, SqeEntry.BYTES).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** A line of C that prints the entry with the fields set, in hexadecimal. */
  String program() {
    StringBuilder line = new StringBuilder("{ struct io_uring_sqe s; memset(&s, 0, sizeof s); ");
    for (String assignment : fields.split(" ", -1)) {
      line.append("s.").append(assignment).append("; ");
    }
    return line.append("print(&s); }").toString();
  }

  @Override
  public String toString() {
    return method + arguments;
  }
}
