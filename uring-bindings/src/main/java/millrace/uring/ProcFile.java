package millrace.uring;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of procfs and sysfs, whose content the kernel makes while they are read: proc(5).
 *
 * <p>{@link Files#readString(Path)} is not for them. They claim to have no byte, so it begins with
 * a read of one byte; a sysctl of an integer then counts as read and answers any later offset with
 * its end, so that 4096 becomes 4.
 *
 * <p>Any thread; reading may block.
 */
public final class ProcFile {

  /** More than any sysctl has: those must come by the first read. */
  private static final int READ_BYTES = 16 * 1024;

  private ProcFile() {}

  /**
   * Reads a file to its end, by large reads.
   *
   * @param file such as /proc/sys/net/core/somaxconn
   * @return its text, the line end included
   * @throws IOException when there is no such file, or this kernel or container does not show it
   */
  public static String read(Path file) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] piece = new byte[READ_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(piece); count > 0; count = in.read(piece)) {
        text.write(piece, 0, count);
      }
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
