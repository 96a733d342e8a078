package millrace.proactor.backend.simulated;

import java.util.TreeMap;
import millrace.uring.Errno;
import millrace.uring.Libc;

/** A tree of files in memory, with a capacity. */
public final class SimulatedDisk {

  private final World world;
  private final TreeMap<String, SimulatedFile> files = new TreeMap<>();
  private long capacityBytes = Long.MAX_VALUE;
  private int inodes;

  SimulatedDisk(World world) {
    this.world = world;
    makeDirectory("/");
  }

  /** Makes a directory and those above it. */
  public void makeDirectory(String path) {
    String normal = normalise(path);
    if (!normal.equals("/")) {
      makeDirectory(parent(normal));
    }
    files.computeIfAbsent(normal, absent -> SimulatedFile.directory(++inodes));
  }

  /** Makes or replaces a file, without the kernel. */
  public void write(String path, byte[] content) {
    makeDirectory(parent(normalise(path)));
    files
        .computeIfAbsent(
            normalise(path), absent -> SimulatedFile.regular(++inodes, SimulatedFile.USUAL_MODE))
        .set(content);
  }

  /** What a file holds, without the kernel; null when there is none. */
  public byte[] read(String path) {
    SimulatedFile file = files.get(normalise(path));
    return file == null || file.isDirectory() ? null : file.content();
  }

  /** st_mode of a file; -1 when there is none. */
  int mode(String path) {
    SimulatedFile file = find(path);
    return file == null ? -1 : file.mode();
  }

  /** Most bytes of all files. */
  public void setCapacity(long bytes) {
    capacityBytes = bytes;
  }

  /** The power fails: what was not synced is lost, kept or torn, sector by sector. */
  public void crash() {
    world.trace().line("disk").add("crash");
    files.forEach(
        (path, file) -> {
          if (file.crash(world.random())) {
            world.trace().line("disk").add("torn").add(path);
          }
        });
  }

  long freeBytes() {
    long used = 0;
    for (SimulatedFile file : files.values()) {
      used += file.size();
    }
    return Math.max(0, capacityBytes - used);
  }

  SimulatedFile find(String path) {
    return files.get(normalise(path));
  }

  /** open(2): the file, or null and {@link #openErrno} says why. */
  SimulatedFile open(String path, int flags, int mode) {
    SimulatedFile file = find(path);
    if (file == null && (flags & Libc.O_CREAT) != 0) {
      SimulatedFile directory = find(parent(normalise(path)));
      if (directory != null && directory.isDirectory()) {
        file = SimulatedFile.regular(++inodes, mode);
        files.put(normalise(path), file);
      }
    } else if (file != null && (flags & Libc.O_TRUNC) != 0 && !file.isDirectory()) {
      file.truncate();
    }
    return file;
  }

  /** bind(2) of a UNIX socket, when {@link #openErrno} has nothing against a new file. */
  SimulatedFile makeSocket(String path) {
    SimulatedFile file = SimulatedFile.socket(++inodes);
    files.put(normalise(path), file);
    return file;
  }

  /** mkfifo(3), without the kernel. */
  void makeFifo(String path, Pipe pipe) {
    files.put(normalise(path), SimulatedFile.fifo(++inodes, pipe));
  }

  /** Why {@code open} must fail; 0 when nothing is against it. */
  int openErrno(String path, int flags) {
    SimulatedFile file = find(path);
    if (file == null) {
      boolean makes = (flags & Libc.O_CREAT) != 0 && find(parent(normalise(path))) != null;
      int errno = missingErrno(path);
      return makes && errno == Errno.ENOENT ? 0 : errno;
    }
    if ((flags & Libc.O_CREAT) != 0 && (flags & Libc.O_EXCL) != 0) {
      return Errno.EEXIST;
    }
    if (file.isSocket() && (flags & Libc.O_PATH) == 0) {
      return Errno.ENXIO;
    }
    boolean writes = (flags & (Libc.O_WRONLY | Libc.O_RDWR)) != 0;
    if (file.isDirectory() && writes) {
      return Errno.EISDIR;
    }
    if (!file.isDirectory() && (path.endsWith("/") || (flags & Libc.O_DIRECTORY) != 0)) {
      return Errno.ENOTDIR;
    }
    return 0;
  }

  /** Why a path leads nowhere: something on the way is no directory, or is not there. */
  int missingErrno(String path) {
    String above = parent(normalise(path));
    while (find(above) == null && !above.equals("/")) {
      above = parent(above);
    }
    SimulatedFile nearest = find(above);
    return nearest == null || nearest.isDirectory() ? Errno.ENOENT : Errno.ENOTDIR;
  }

  /** unlink(2): who has the file open keeps it. */
  int unlink(String path) {
    SimulatedFile file = find(path);
    if (file == null) {
      return -missingErrno(path);
    }
    if (file.isDirectory()) {
      return -Errno.EISDIR;
    }
    files.remove(normalise(path));
    return 0;
  }

  /** The path of {@code relative} beneath {@code directory}; null when it leads out of it. */
  static String beneath(String directory, String relative) {
    if (relative.startsWith("/")) {
      return null;
    }
    int depth = 0;
    for (String name : relative.split("/", -1)) {
      depth += step(name);
      if (depth < 0) {
        return null;
      }
    }
    return directory + "/" + relative;
  }

  private static int step(String name) {
    if (name.equals("..")) {
      return -1;
    }
    return name.isEmpty() || name.equals(".") ? 0 : 1;
  }

  private static String normalise(String path) {
    StringBuilder normal = new StringBuilder();
    for (String name : path.split("/", -1)) {
      if (name.equals("..")) {
        normal.setLength(Math.max(0, normal.lastIndexOf("/")));
      } else if (step(name) > 0) {
        normal.append('/').append(name);
      }
    }
    return normal.isEmpty() ? "/" : normal.toString();
  }

  private static String parent(String normalPath) {
    return normalPath.substring(0, Math.max(1, normalPath.lastIndexOf('/')));
  }
}
