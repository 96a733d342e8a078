package millrace.proactor.backend;

/** Calls on directories that are made at start-up and at the end, and may block. Any thread. */
public interface Directories {

  /** open(2) with O_DIRECTORY and O_PATH: descriptor or -errno. */
  int open(String path);

  /** close(2). */
  int close(int descriptor);
}
