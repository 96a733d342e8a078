package millrace.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What a native call needs beside its arguments: the place into which the linker saves {@code
 * errno}, and a little room for values that the kernel reads or writes through a pointer.
 *
 * <p>The linker must save {@code errno} right after the call, because the JVM itself makes system
 * calls on the way back to Java and overwrites it. The place belongs to one thread, virtual threads
 * included: a virtual thread may come back from a call on a different carrier, but never with a
 * different thread-local.
 *
 * <p>The linker makes a slice of the segment for each call (JDK 25, {@code
 * SharedUtils.checkCaptureSegment}), 40 bytes that vanish when C2 compiles the call, provided that
 * it inlines {@code SharedUtils.checkNative}. That method is 3 bytes too long to be inlined without
 * a profile, and where a busy machine delays the profile C2 decides without one, for good. The JVM
 * arguments {@code -XX:CompileCommand=quiet
 * -XX:CompileCommand=inline,jdk.internal.foreign.abi.SharedUtils::checkNative} take the chance out
 * of it. Where a large method has the whole call inlined, C2 may also run out of nodes in the
 * middle of it (NodeCountInliningCutoff) and leave the slice's constructor a call: {@code
 * -XX:CompileCommand=dontinline,millrace.uring.LoopCalls::*} gives each call that loops make turn
 * after turn a compilation of its own.
 */
final class CallState {

  private static final long ERRNO_OFFSET =
      Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));

  static final int SCRATCH_BYTES = 512;

  private static final ThreadLocal<CallState> CURRENT = ThreadLocal.withInitial(CallState::new);

  private final MemorySegment errno;
  private final MemorySegment scratch;

  private CallState() {
    // Freed by the garbage collector after the thread's end: nobody else could close the arena.
    Arena arena = Arena.ofAuto();
    errno = arena.allocate(Linker.Option.captureStateLayout());
    scratch = arena.allocate(SCRATCH_BYTES, Long.BYTES);
  }

  static CallState current() {
    return CURRENT.get();
  }

  /** The segment for the linker's leading argument. */
  MemorySegment segment() {
    return errno;
  }

  /** What the last call with {@link #segment} left; of meaning only when that call failed. */
  int errno() {
    return errno.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
  }

  void setErrno(int value) {
    errno.set(ValueLayout.JAVA_INT, ERRNO_OFFSET, value);
  }

  /** Room for what one call reads or writes: 512 bytes, aligned to 8. */
  MemorySegment scratch() {
    return scratch;
  }
}
