package millrace.examples.http;

import java.time.InstantSource;
import millrace.proactor.Proactor;
import millrace.proactor.file.AsyncDirectory;

/**
 * What all connections of one loop share: the loop, the root, and the scratch objects that serve
 * one call at a time. Loop thread only.
 */
final class HttpContext {
  private final HttpServerOptions options;
  private final Proactor proactor;
  private final AsyncDirectory root;
  private final DirectoryLister lister;
  private final InstantSource clock;
  private final ResponseHead responseHead = new ResponseHead();
  private final TargetPath targetPath = new TargetPath();

  /**
   * What a server on {@code proactor} works with.
   *
   * @param clock the wall clock
   */
  HttpContext(
      HttpServerOptions options,
      Proactor proactor,
      AsyncDirectory root,
      DirectoryLister lister,
      InstantSource clock) {
    this.clock = clock;
    this.options = options;
    this.proactor = proactor;
    this.root = root;
    this.lister = lister;
  }

  HttpServerOptions options() {
    return options;
  }

  Proactor proactor() {
    return proactor;
  }

  AsyncDirectory root() {
    return root;
  }

  DirectoryLister lister() {
    return lister;
  }

  /** Scratch: holds a head until the next call anywhere. */
  ResponseHead responseHead() {
    return responseHead;
  }

  /** Scratch: holds a path until the next call anywhere. */
  TargetPath targetPath() {
    return targetPath;
  }

  /** The wall clock, for dates; never for timeouts. */
  long nowSeconds() {
    return Math.floorDiv(clock.millis(), 1000L);
  }
}
