package millrace.examples.http;

import millrace.proactor.file.AsyncFile;
import millrace.proactor.file.FileStatus;
import millrace.proactor.net.StreamConnection;

/**
 * From a request to its response: decides what is sent, and has it looked up, listed and sent. One
 * for each connection, one request at a time. Loop thread only.
 */
final class Exchange
    implements FileResolver.Listener, DirectoryLister.Listener, ResponseSender.Listener {
  /** Gets to know the end of each exchange. */
  interface Listener {
    /** The response is in the write queue. */
    void finished();

    /** The response cannot be completed: the connection must end now. */
    void brokenOff();

    /** Whether the connection ends with the response that is about to begin. */
    boolean closesAfterResponse();
  }

  private final HttpContext context;
  private final Listener listener;
  private final FileResolver resolver;
  private final ResponseSender sender;
  private final Response response = new Response();

  private Request request;
  private int minorVersion;
  private boolean withBody;
  private String path;

  /** Whether this exchange holds one of the places for listings. */
  private boolean listing;

  private boolean listingRead;
  private boolean abandoned;

  Exchange(HttpContext context, StreamConnection connection, Listener listener) {
    this.context = context;
    this.listener = listener;
    this.resolver = new FileResolver(context, this);
    this.sender = new ResponseSender(context, connection, this);
  }

  /** Answers {@code newRequest}, which stays as it is until the exchange has finished. */
  void start(Request newRequest) {
    request = newRequest;
    minorVersion = newRequest.minorVersion;
    withBody = newRequest.method != Method.HEAD;
    if (newRequest.method == Method.UNKNOWN) {
      fail(Status.NOT_IMPLEMENTED, "unknown method");
      return;
    }
    if (newRequest.method != Method.GET && newRequest.method != Method.HEAD) {
      fail(Status.METHOD_NOT_ALLOWED, "this server only sends files");
      return;
    }
    TargetPath target = context.targetPath();
    Rejection rejection = target.parse(newRequest.target);
    if (rejection != null) {
      fail(rejection.status(), rejection.reason());
      return;
    }
    path = target.relativePath();
    resolver.resolve(path, target.isDirectory());
  }

  /** Answers a request that could not be read. */
  void refuse(Status status, String reason) {
    request = null;
    minorVersion = 1;
    withBody = true;
    fail(status, reason);
  }

  /** The write queue has room again. */
  void writable() {
    sender.writable();
  }

  /** The connection is gone: lets go of everything. */
  void abandon() {
    abandoned = true;
    resolver.abandon();
    sender.abandon();
    // A directory that is still being read keeps its place: else a client that connects, asks and
    // leaves could have any number of them read at once.
    if (listingRead) {
      releaseListing();
    }
  }

  /** All bytes ever put into the write queue. */
  long writtenBytes() {
    return sender.writtenBytes();
  }

  @Override
  public void foundFile(AsyncFile file, FileStatus status, String relativePath) {
    Representation representation =
        new Representation(
            status.sizeBytes(),
            status.modifiedSeconds(),
            EntityTag.of(
                status.sizeBytes(),
                status.modifiedSeconds(),
                status.modifiedNanos(),
                status.inode()),
            ContentTypes.of(relativePath));
    Replies.file(response, request, representation, context.nowSeconds());
    if (response.bytes.length > 0 || response.bodyBytes == 0) {
      file.close(null);
      send(null);
    } else {
      send(file);
    }
  }

  @Override
  public void foundDirectory() {
    listingRead = false;
    listing = context.lister().list(path, this);
    if (!listing) {
      fail(Status.SERVICE_UNAVAILABLE, "too many directories are being listed");
    }
  }

  @Override
  public void foundDirectoryWithoutSlash() {
    Replies.redirect(response, path, withBody);
    send(null);
  }

  @Override
  public void failed(Status status) {
    fail(status, FileErrors.reason(status));
  }

  @Override
  public void listed(byte[] page) {
    listingRead = true;
    if (abandoned) {
      releaseListing();
    } else {
      Replies.html(response, page, withBody);
      send(null);
    }
  }

  @Override
  public void listingFailed(Status status) {
    listingRead = true;
    if (abandoned) {
      releaseListing();
    } else {
      failed(status);
    }
  }

  private void fail(Status status, String reason) {
    Replies.error(response, status, reason, withBody);
    send(null);
  }

  private void send(AsyncFile body) {
    sender.start(response, minorVersion, listener.closesAfterResponse(), body);
  }

  @Override
  public void sent() {
    releaseListing();
    listener.finished();
  }

  @Override
  public void unreadable() {
    fail(Status.INTERNAL_SERVER_ERROR, "the file cannot be read");
  }

  @Override
  public void brokenOff() {
    listener.brokenOff();
  }

  private void releaseListing() {
    if (listing) {
      listing = false;
      context.lister().release();
    }
  }
}
