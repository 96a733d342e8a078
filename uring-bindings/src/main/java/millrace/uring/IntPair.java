package millrace.uring;

import java.nio.ByteOrder;

/** Two ints side by side in memory read as one long: one access to memory instead of two. */
final class IntPair {
  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private IntPair() {}

  static int first(long pair) {
    return (int) (LITTLE_ENDIAN ? pair : pair >>> Integer.SIZE);
  }

  static int second(long pair) {
    return (int) (LITTLE_ENDIAN ? pair >>> Integer.SIZE : pair);
  }
}
