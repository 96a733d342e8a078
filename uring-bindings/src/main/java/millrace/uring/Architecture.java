package millrace.uring;

import java.util.Map;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.epoll_data;
import millrace.uring.abi.epoll_event;

/**
 * Where the architectures differ. The generated bindings are those of x86-64; of everything in them
 * aarch64 has other values only for these:
 *
 * <table>
 * <caption>Differences</caption>
 * <tr><th></th><th>x86-64</th><th>aarch64</th></tr>
 * <tr><td>O_DIRECT</td><td>0x4000</td><td>0x10000</td></tr>
 * <tr><td>O_DIRECTORY</td><td>0x10000</td><td>0x4000</td></tr>
 * <tr><td>O_NOFOLLOW</td><td>0x20000</td><td>0x8000</td></tr>
 * <tr><td>O_TMPFILE</td><td>0x410000</td><td>0x404000</td></tr>
 * <tr><td>struct epoll_event</td><td>packed: 12 bytes, data at 4</td><td>16 bytes, data at 8</td></tr>
 * </table>
 *
 * <p>The numbers of the system calls that have no function in the libc (io_uring_setup,
 * io_uring_enter, io_uring_register, openat2) are the same, as is that of every call since Linux
 * 5.1. {@code O_LARGEFILE} is 0 for the libc on both, and the kernel adds its own to what io_uring
 * opens. AbiTest asks the C compilers of both architectures for every value.
 */
enum Architecture {
  X86_64(
      IoUring.O_DIRECT(),
      IoUring.O_DIRECTORY(),
      IoUring.O_NOFOLLOW(),
      IoUring.O_TMPFILE(),
      epoll_event.sizeof(),
      epoll_event.data$offset()),
  // arch/arm64/include/uapi/asm/fcntl.h; eventpoll.h packs the structure for x86-64 alone.
  AARCH64(0x10000, 0x4000, 0x8000, 0x404000, 16, 8);

  private static final Architecture CURRENT = of(System.getProperty("os.arch"));

  final int openDirect;
  final int openDirectory;
  final int openNoFollow;
  final int openTemporaryFile;
  final long epollEventBytes;
  final long epollDataOffset;

  Architecture(
      int openDirect,
      int openDirectory,
      int openNoFollow,
      int openTemporaryFile,
      long epollEventBytes,
      long epollDataOffset) {
    this.openDirect = openDirect;
    this.openDirectory = openDirectory;
    this.openNoFollow = openNoFollow;
    this.openTemporaryFile = openTemporaryFile;
    this.epollEventBytes = epollEventBytes;
    this.epollDataOffset = epollDataOffset;
    assert epollEventBytes == epollDataOffset + epoll_data.sizeof();
  }

  /** The architecture of this JVM. */
  static Architecture current() {
    return CURRENT;
  }

  /** Returns the constants whose values depend on the architecture, by their names. */
  Map<String, Integer> constants() {
    return Map.of(
        "O_DIRECT", openDirect,
        "O_DIRECTORY", openDirectory,
        "O_NOFOLLOW", openNoFollow,
        "O_TMPFILE", openTemporaryFile);
  }

  static Architecture of(String osArch) {
    return switch (osArch) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default ->
          throw new UnsupportedOperationException(
              "os.arch="
                  + osArch
                  + ": the kernel's interface is known for x86-64 and aarch64 only");
    };
  }
}
