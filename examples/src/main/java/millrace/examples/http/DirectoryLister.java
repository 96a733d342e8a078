package millrace.examples.http;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import millrace.proactor.Proactor;

/**
 * Reads directories, which io_uring cannot, each on a virtual thread. The way from the root to the
 * directory is walked descriptor by descriptor without following links: whatever is renamed
 * meanwhile, nothing outside the root is listed.
 *
 * <p>Bounded: so many listings at once, so many entries in each. Loop thread only, apart from the
 * reading itself.
 */
final class DirectoryLister {
  /** Gets the outcome of a listing, on the loop thread. */
  interface Listener {
    void listed(byte[] page);

    void listingFailed(Status status);
  }

  private static final int MAXIMUM_ENTRIES = 10_000;
  private static final int MAXIMUM_NAME_CHARACTERS = 512 * 1024;

  /** Pages in memory at once, those that a slow peer still reads included. */
  private static final int MAXIMUM_LISTINGS = 64;

  private final Proactor proactor;
  private final Path root;
  private int listings;

  /**
   * Lists directories below {@code realRoot}.
   *
   * @param realRoot an absolute path without symbolic links
   */
  DirectoryLister(Proactor proactor, Path realRoot) {
    this.proactor = proactor;
    this.root = realRoot;
  }

  /**
   * Starts to read a directory; whoever gets true calls {@link #release} when the page is sent or
   * not wanted any more.
   *
   * @return false when there are too many listings already: the listener is not called
   */
  boolean list(String relativePath, Listener listener) {
    if (listings == MAXIMUM_LISTINGS) {
      return false;
    }
    listings++;
    Thread.ofVirtual().name("directory-listing").start(() -> read(relativePath, listener));
    return true;
  }

  void release() {
    assert listings > 0 : "released more often than listed";
    listings--;
  }

  private void read(String relativePath, Listener listener) {
    Runnable outcome;
    try {
      byte[] page = page(relativePath);
      outcome = () -> listener.listed(page);
    } catch (AccessDeniedException denied) {
      outcome = () -> listener.listingFailed(Status.FORBIDDEN);
    } catch (IOException | InvalidPathException gone) {
      // Renamed or removed meanwhile, or a name that this process's locale cannot express.
      outcome = () -> listener.listingFailed(Status.NOT_FOUND);
    }
    try {
      proactor.execute(outcome);
    } catch (RejectedExecutionException ended) {
      // The loop is over, and the connection with it: there is nobody left to tell.
      System.getLogger(DirectoryLister.class.getName())
          .log(System.Logger.Level.DEBUG, "listing dropped at shutdown", ended);
    }
  }

  private byte[] page(String relativePath) throws IOException {
    Path directory = root.resolve(relativePath).toRealPath();
    if (!directory.startsWith(root)) {
      throw new IOException("outside the root: " + directory);
    }
    try (LinkTargets links = new LinkTargets(root);
        DirectoryStream<Path> stream = Files.newDirectoryStream(root)) {
      if (stream instanceof SecureDirectoryStream<Path> secure) {
        return walk(secure, root.relativize(directory), 0, relativePath, links);
      }
      throw new IOException("this platform has no openat(2)");
    }
  }

  private static byte[] walk(
      SecureDirectoryStream<Path> stream,
      Path way,
      int depth,
      String relativePath,
      LinkTargets links)
      throws IOException {
    if (depth == way.getNameCount() || way.toString().isEmpty()) {
      return entries(stream, relativePath, links);
    }
    Path name = way.getName(depth);
    try (SecureDirectoryStream<Path> next =
        stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      return walk(next, way, depth + 1, relativePath, links);
    }
  }

  private static byte[] entries(
      SecureDirectoryStream<Path> stream, String relativePath, LinkTargets links)
      throws IOException {
    List<ListingEntry> entries = new ArrayList<>();
    int characters = 0;
    boolean truncated = false;
    for (Path path : stream) {
      String name = path.getFileName().toString();
      characters += name.length();
      if (entries.size() == MAXIMUM_ENTRIES || characters > MAXIMUM_NAME_CHARACTERS) {
        truncated = true;
        break;
      }
      ListingEntry entry = entry(stream, path.getFileName(), relativePath, links);
      if (entry != null) {
        entries.add(entry);
      }
    }
    return ListingPage.render(relativePath, entries, truncated);
  }

  /**
   * Null for what is not served: devices, pipes, sockets, links that lead nowhere or out of the
   * root, and what has just been removed.
   */
  private static ListingEntry entry(
      SecureDirectoryStream<Path> stream, Path path, String relativePath, LinkTargets links) {
    String name = path.toString();
    try {
      BasicFileAttributes attributes =
          stream
              .getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes();
      if (attributes.isOther()
          || (attributes.isSymbolicLink() && !links.exists(relativePath, name))) {
        return null;
      }
      return new ListingEntry(
          name,
          isExact(name, path),
          attributes.isDirectory(),
          attributes.isRegularFile() ? attributes.size() : ListingEntry.UNKNOWN_SIZE,
          attributes.lastModifiedTime().to(TimeUnit.SECONDS));
    } catch (IOException removed) {
      return null;
    }
  }

  /** Whether {@code name} stands for the bytes of the file name: not all bytes are characters. */
  private static boolean isExact(String name, Path path) {
    try {
      return path.getFileSystem().getPath(name).equals(path);
    } catch (InvalidPathException inexpressible) {
      return false;
    }
  }
}
