package millrace.proactor.engine;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import millrace.proactor.buffer.BufferPool;
import millrace.proactor.buffer.BufferSlice;

/** Paths as the kernel wants them: bytes and a NUL, in memory that the operation keeps. */
public final class PathBytes {

  /** PATH_MAX, the NUL included (path_resolution(7)): longer ones get ENAMETOOLONG. */
  public static final int MAX_BYTES = 4096;

  /** The encoding in which the JDK itself gives paths to the kernel. */
  private static final Charset PATH_CHARSET =
      Charset.forName(System.getProperty("sun.jnu.encoding"), StandardCharsets.UTF_8);

  private PathBytes() {}

  /** Of a path of this machine. */
  public static byte[] of(Path path) {
    return path.toString().getBytes(PATH_CHARSET);
  }

  /** Of a path that came in UTF-8. */
  public static byte[] of(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  /** A pool buffer with {@code path} and a NUL; null when the pool is exhausted. */
  public static BufferSlice acquire(BufferPool pool, byte[] path) {
    BufferSlice slice = pool.acquire(path.length + 1);
    if (slice != null) {
      slice.copyFrom(path, 0, 0, path.length);
      slice.put(path.length, (byte) 0);
      slice.range(0, path.length + 1);
    }
    return slice;
  }

  /** Memory of its own, for where no pool may say no, with {@code path} and a NUL. */
  public static BufferSlice unpooled(byte[] path) {
    return BufferSlice.copyOf(Arrays.copyOf(path, path.length + 1));
  }

  /** Whether a byte of {@code path} would end it before its end. */
  public static boolean hasNul(byte[] path) {
    for (byte value : path) {
      if (value == 0) {
        return true;
      }
    }
    return false;
  }
}
