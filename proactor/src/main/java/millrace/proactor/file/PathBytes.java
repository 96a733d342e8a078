package millrace.proactor.file;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;

/** Paths as the kernel wants them: bytes and a NUL, in memory that the operation keeps. */
final class PathBytes {

  /** PATH_MAX, the NUL included (path_resolution(7)): longer ones get ENAMETOOLONG. */
  static final int MAX_BYTES = 4096;

  /** The encoding in which the JDK itself gives paths to the kernel. */
  private static final Charset PATH_CHARSET =
      Charset.forName(System.getProperty("sun.jnu.encoding"), StandardCharsets.UTF_8);

  private PathBytes() {}

  static byte[] of(Path path) {
    return path.toString().getBytes(PATH_CHARSET);
  }

  static byte[] of(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  /** A pool buffer with {@code path} and a NUL; null when the pool is exhausted. */
  static BufferSlice acquire(BufferPool pool, byte[] path) {
    BufferSlice slice = pool.acquire(path.length + 1);
    if (slice != null) {
      slice.copyFrom(path, 0, 0, path.length);
      slice.put(path.length, (byte) 0);
      slice.range(0, path.length + 1);
    }
    return slice;
  }

  /** Whether a byte of {@code path} would end it before its end. */
  static boolean hasNul(byte[] path) {
    for (byte value : path) {
      if (value == 0) {
        return true;
      }
    }
    return false;
  }
}
