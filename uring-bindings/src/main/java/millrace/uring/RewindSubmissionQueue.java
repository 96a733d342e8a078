package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A submission queue from whose begin the kernel takes the entries at each call (SQ_REWIND, 7.0).
 *
 * <p>The kernel neither reads the tail nor moves the head, which stay 0; how many it has consumed
 * is the call's result. What it leaves moves to the begin.
 */
final class RewindSubmissionQueue extends SubmissionQueue {
  RewindSubmissionQueue(
      Ring ring, RingMemory memory, MemorySegment parameters, Set<SetupFlag> granted) {
    super(ring, memory, parameters, granted);
  }

  @Override
  int publish() {
    return tail();
  }

  @Override
  int entered(int result) {
    // A call that fails has consumed nothing: io_uring_enter(2) reports what it did consume first.
    if (result > 0) {
      moveToBegin(result);
    }
    return result;
  }
}
