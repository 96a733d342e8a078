package millrace.proactor.file;

import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import millrace.uring.Libc;

/** Translates the JDK's open options into O_* flags. */
final class OpenFlags {

  private OpenFlags() {}

  static int of(OpenOption... options) {
    Set<OpenOption> set = Set.of(options);
    boolean append = set.contains(StandardOpenOption.APPEND);
    boolean write = append || set.contains(StandardOpenOption.WRITE);
    boolean read = !write || set.contains(StandardOpenOption.READ);
    int flags = Libc.O_RDONLY;
    if (write) {
      flags = read ? Libc.O_RDWR : Libc.O_WRONLY;
    }
    for (OpenOption option : set) {
      flags |= flag(option, write);
    }
    return flags;
  }

  private static int flag(OpenOption option, boolean write) {
    if (!(option instanceof StandardOpenOption standard)) {
      throw new UnsupportedOperationException("open option " + option);
    }
    return switch (standard) {
      case READ, WRITE, SPARSE -> 0;
      case APPEND -> Libc.O_APPEND;
      // As FileChannel.open says: ignored for a file that is only read.
      case CREATE -> write ? Libc.O_CREAT : 0;
      case CREATE_NEW -> write ? Libc.O_CREAT | Libc.O_EXCL : 0;
      case TRUNCATE_EXISTING -> write ? Libc.O_TRUNC : 0;
      case SYNC -> Libc.O_SYNC;
      case DSYNC -> Libc.O_DSYNC;
      case DELETE_ON_CLOSE -> throw new UnsupportedOperationException("open option " + option);
    };
  }
}
