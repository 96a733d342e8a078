package millrace.proactor.file;

import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import millrace.proactor.IoHandler;
import millrace.proactor.OperationChain;
import millrace.proactor.OperationHandler;
import millrace.proactor.Operations;
import millrace.proactor.Proactor;
import millrace.proactor.buffer.BufferSlice;
import millrace.proactor.engine.Loop;
import millrace.proactor.engine.LoopResource;
import millrace.proactor.engine.PathBytes;
import millrace.uring.Errno;
import millrace.uring.FileStat;
import millrace.uring.Libc;
import millrace.uring.UringException;

/**
 * An open file, read and written at positions, with any number of operations in flight.
 *
 * <p><b>Threading.</b> Methods with a handler belong to the loop thread; those that return a {@link
 * CompletionStage} may be called from any thread, and complete on the loop thread: use the {@code
 * ...Async} methods of the stage for work that takes time.
 *
 * <p><b>Ownership.</b> A buffer is retained from the call to the completion, and its window is read
 * in the call; the caller keeps its own reference. Each handler is called exactly once, never from
 * inside the submitting call.
 *
 * <p><b>Errors.</b> {@code -EAGAIN}: the loop is at its cap on operations; {@code -EBADF}: the file
 * is closed; otherwise what read(2), write(2), fsync(2) and statx(2) say. Stages fail with {@link
 * UringException}.
 *
 * <p>Buffered file I/O that misses the page cache is done by the kernel's worker threads, at most
 * {@code ProactorOptions.boundedWorkers} at a time; the loop never waits for it.
 */
public final class AsyncFile {

  /** The slot set aside for each open file: its close. */
  static final int SLOTS = 1;

  /** Read, write and sync: their results go to an {@link IoHandler}. */
  private static final int TRANSFER = 0;

  private static final int STATUS = 1;
  private static final int CLOSE = 2;

  private record StatusRequest(BufferSlice memory, FileStatusHandler handler) {}

  private final Loop loop;
  private final int descriptor;
  private final String name;
  private final Resource resource = new Resource();
  private final OperationHandler completion = this::completed;
  private final List<IoHandler> closeHandlers = new ArrayList<>(1);
  private int inFlight;
  private boolean closing;
  private boolean closed;

  AsyncFile(Loop loop, int descriptor, String name) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.name = name;
  }

  /**
   * Opens {@code path}. Loop thread.
   *
   * @param proactor the loop
   * @param path the path
   * @param openFlags O_* of {@link Libc}; O_CLOEXEC is added
   * @param mode permissions of a new file
   * @param handler gets the completion
   */
  public static void open(
      Proactor proactor, Path path, int openFlags, int mode, OpenHandler handler) {
    Loop loop = Loop.of(proactor);
    loop.checkInLoop();
    Objects.requireNonNull(handler, "handler");
    new FileOpener(loop, path.toString(), handler, () -> {})
        .open(Libc.AT_FDCWD, PathBytes.of(path), openFlags | Libc.O_CLOEXEC, mode);
  }

  /**
   * Opens {@code path}; any thread.
   *
   * @param proactor the loop
   * @param path the path
   * @param options of {@link java.nio.file.StandardOpenOption}: READ (also if there is none),
   *     WRITE, APPEND, CREATE, CREATE_NEW, TRUNCATE_EXISTING, SYNC, DSYNC; others throw
   *     UnsupportedOperationException
   * @return completes with the open file; fails with the errno of open(2)
   */
  public static CompletionStage<AsyncFile> open(
      Proactor proactor, Path path, OpenOption... options) {
    int openFlags = OpenFlags.of(options);
    Loop loop = Loop.of(proactor);
    return loop.<AsyncFile>supply(
        future ->
            open(
                proactor,
                path,
                openFlags,
                0666,
                (file, errno) -> {
                  if (file != null) {
                    future.complete(file);
                  } else {
                    future.completeExceptionally(
                        new UringException("open", errno, path.toString(), null));
                  }
                }));
  }

  /**
   * Reads into the window of {@code buffer}: result in bytes, 0 at the end of the file. May be
   * short.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @param handler gets the completion
   */
  public void read(BufferSlice buffer, long position, IoHandler handler) {
    transfer(false, buffer, buffer.offset(), buffer.length(), position, handler);
  }

  /**
   * Writes the window of {@code buffer}: result in bytes. May be short: disk full, limits.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @param handler gets the completion
   */
  public void write(BufferSlice buffer, long position, IoHandler handler) {
    transfer(true, buffer, buffer.offset(), buffer.length(), position, handler);
  }

  void transfer(
      boolean writing,
      BufferSlice buffer,
      int offset,
      int length,
      long position,
      IoHandler handler) {
    if (!mayStart(position, handler)) {
      return;
    }
    Operations operations = loop.operations();
    long none = Operations.NO_TIMEOUT;
    long number =
        writing
            ? operations.write(
                descriptor, buffer, offset, length, position, none, completion, TRANSFER, handler)
            : operations.read(
                descriptor, buffer, offset, length, position, none, completion, TRANSFER, handler);
    started(number, handler);
  }

  /**
   * Makes what was written durable: fsync(2), or fdatasync(2) if {@code dataOnly}.
   *
   * @param dataOnly without the metadata that reading does not need
   * @param handler gets the completion
   */
  public void fsync(boolean dataOnly, IoHandler handler) {
    if (mayStart(0, handler)) {
      started(loop.operations().sync(descriptor, dataOnly, completion, TRANSFER, handler), handler);
    }
  }

  /**
   * Writes the whole window of {@code buffer} and makes it durable: a write that is linked to a
   * sync, one submission for both, and again for the rest should the write be short. Result is the
   * length of the window, or the error of the first that failed: then a part may have been written,
   * and how much of it is durable is not known.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @param dataOnly without the metadata that reading does not need: fdatasync(2)
   * @param handler gets the result; {@code -EIO} when a write takes nothing
   * @throws IllegalStateException while an {@link OperationChain} of the loop is open: submit or
   *     close that first. Nothing is written then, and no handler is called
   */
  public void writeAndSync(BufferSlice buffer, long position, boolean dataOnly, IoHandler handler) {
    loop.checkInLoop();
    Objects.requireNonNull(handler, "handler");
    new SyncedWrite(this, buffer, buffer.offset(), buffer.length(), position, dataOnly, handler)
        .next();
  }

  /** Write and sync as one chain, whose members are told to {@code written} and {@code synced}. */
  void writeThenSync(
      BufferSlice buffer,
      int offset,
      int length,
      long position,
      boolean dataOnly,
      IoHandler written,
      IoHandler synced) {
    if (!mayStart(position, synced)) {
      return;
    }
    try (OperationChain chain = loop.operations().beginChain(2)) {
      long none = Operations.NO_TIMEOUT;
      chain
          .link()
          .write(descriptor, buffer, offset, length, position, none, completion, TRANSFER, written);
      chain.link().sync(descriptor, dataOnly, completion, TRANSFER, synced);
      if (chain.submit()) {
        inFlight += 2;
      } else {
        refuse(synced, Errno.EAGAIN);
      }
    }
  }

  /**
   * Size, times and type of the file.
   *
   * @param handler gets the completion
   */
  public void status(FileStatusHandler handler) {
    Objects.requireNonNull(handler, "handler");
    IoHandler refused = result -> handler.completed(null, -result);
    if (!mayStart(0, refused)) {
      return;
    }
    // One buffer for both: the struct, and behind it the empty path that AT_EMPTY_PATH asks for.
    BufferSlice memory = loop.buffers().acquire(FileStat.BYTES);
    BufferSlice path = memory == null ? null : PathBytes.acquire(loop.buffers(), new byte[0]);
    if (path == null) {
      if (memory != null) {
        memory.release();
      }
      refuse(refused, Errno.ENOBUFS);
      return;
    }
    long operation =
        loop.operations()
            .status(
                descriptor,
                path,
                Libc.AT_EMPTY_PATH,
                Libc.STATX_BASIC_STATS,
                memory,
                completion,
                STATUS,
                new StatusRequest(memory, handler));
    path.release();
    // The operation holds both, until the handler has returned.
    memory.release();
    started(operation, refused);
  }

  /**
   * Closes the file when the operations in flight have ended; further ones get {@code -EBADF}. A
   * second close does nothing more, and its handler is told too.
   *
   * @param handler may be null; the result of close(2)
   */
  public void close(IoHandler handler) {
    loop.checkInLoop();
    if (closed) {
      if (handler != null) {
        loop.executeLater(() -> handler.completed(0));
      }
      return;
    }
    if (handler != null) {
      closeHandlers.add(handler);
    }
    beginClose();
  }

  /**
   * {@link #read}; any thread.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @return completes with the number of bytes read
   */
  public CompletionStage<Integer> readAsync(BufferSlice buffer, long position) {
    return transferAsync(false, false, buffer, position);
  }

  /**
   * {@link #write}; any thread.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @return completes with the number of bytes written
   */
  public CompletionStage<Integer> writeAsync(BufferSlice buffer, long position) {
    return transferAsync(true, false, buffer, position);
  }

  /**
   * {@link #fsync}; any thread.
   *
   * @param dataOnly without the metadata that reading does not need
   * @return completes with 0
   */
  public CompletionStage<Integer> fsyncAsync(boolean dataOnly) {
    return submit("fsync", handler -> fsync(dataOnly, handler));
  }

  /**
   * {@link #writeAndSync}; any thread.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @param dataOnly without the metadata that reading does not need
   * @return completes with the length of the window
   */
  public CompletionStage<Integer> writeAndSyncAsync(
      BufferSlice buffer, long position, boolean dataOnly) {
    int offset = buffer.offset();
    int length = buffer.length();
    buffer.pin();
    return loop.<Integer>supply(
        future -> {
          IoHandler handler = completing("write and sync", future);
          try {
            new SyncedWrite(this, buffer, offset, length, position, dataOnly, handler).next();
          } finally {
            buffer.unpin();
          }
        },
        buffer::unpin);
  }

  /**
   * {@link #close}; any thread.
   *
   * @return completes with 0
   */
  public CompletionStage<Integer> closeAsync() {
    return submit("close", this::close);
  }

  /**
   * {@link #status}; any thread.
   *
   * @return completes with what statx(2) tells
   */
  public CompletionStage<FileStatus> statusAsync() {
    return loop.<FileStatus>supply(
        future ->
            status(
                (status, errno) -> {
                  if (status != null) {
                    future.complete(status);
                  } else {
                    future.completeExceptionally(new UringException("statx", errno, name, null));
                  }
                }));
  }

  /**
   * Writes the whole window of {@code buffer}, with as many writes as it takes; any thread.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @return completes with the length of the window
   */
  public CompletionStage<Integer> writeFullyAsync(BufferSlice buffer, long position) {
    return transferAsync(true, true, buffer, position);
  }

  /**
   * Fills the window of {@code buffer}, with as many reads as it takes; completes with fewer bytes
   * only at the end of the file. Any thread.
   *
   * @param buffer its window is read in this call
   * @param position in bytes from the start of the file
   * @return completes with the number of bytes read
   */
  public CompletionStage<Integer> readFullyAsync(BufferSlice buffer, long position) {
    return transferAsync(false, true, buffer, position);
  }

  private CompletionStage<Integer> transferAsync(
      boolean writing, boolean fully, BufferSlice buffer, long position) {
    int offset = buffer.offset();
    int length = buffer.length();
    // Here and not on the loop: when this has returned, the caller may release its own reference.
    buffer.pin();
    return loop.<Integer>supply(
        future -> {
          IoHandler handler = completing(writing ? "write" : "read", future);
          try {
            if (fully) {
              new FullTransfer(this, writing, buffer, offset, length, position, handler).next();
            } else {
              transfer(writing, buffer, offset, length, position, handler);
            }
          } finally {
            buffer.unpin();
          }
        },
        buffer::unpin);
  }

  private CompletionStage<Integer> submit(String operation, Consumer<IoHandler> start) {
    return loop.<Integer>supply(future -> start.accept(completing(operation, future)));
  }

  private IoHandler completing(String operation, CompletableFuture<Integer> future) {
    return result -> {
      if (result >= 0) {
        future.complete(result);
      } else {
        future.completeExceptionally(new UringException(operation, -result, name, null));
      }
    };
  }

  private boolean mayStart(long position, IoHandler handler) {
    loop.checkInLoop();
    Objects.requireNonNull(handler, "handler");
    if (position < 0) {
      throw new IllegalArgumentException("position: " + position + ", must be >= 0");
    }
    if (closing) {
      refuse(handler, Errno.EBADF);
    }
    return !closing;
  }

  private void started(long operation, IoHandler handler) {
    if (operation == Operations.REFUSED) {
      refuse(handler, Errno.EAGAIN);
    } else {
      inFlight++;
    }
  }

  /** Never from inside the submitting call. */
  private void refuse(IoHandler handler, int errno) {
    loop.executeLater(() -> handler.completed(-errno));
  }

  private void completed(long context, Object attachment, int result, int flags) {
    if (context == CLOSE) {
      descriptorClosed(result);
      return;
    }
    inFlight--;
    try {
      if (context == STATUS) {
        StatusRequest request = (StatusRequest) attachment;
        FileStatus status = result < 0 ? null : FileStatus.read(request.memory().segment());
        request.handler().completed(status, -result);
      } else {
        ((IoHandler) attachment).completed(result);
      }
    } finally {
      closeWhenIdle();
    }
  }

  private void descriptorClosed(int result) {
    closed = true;
    loop.unregister(resource);
    loop.unreserve(SLOTS);
    for (IoHandler handler : closeHandlers) {
      try {
        handler.completed(result);
      } catch (Throwable t) {
        loop.handlerFailed(t);
      }
    }
    closeHandlers.clear();
  }

  private void beginClose() {
    if (!closing) {
      closing = true;
      closeWhenIdle();
    }
  }

  private void closeWhenIdle() {
    if (closing && inFlight == 0) {
      // Counted, so that this is reached only once.
      inFlight = -1;
      loop.reservedOperations().close(descriptor, completion, CLOSE, null);
    }
  }

  LoopResource resource() {
    return resource;
  }

  @Override
  public String toString() {
    return "AsyncFile[fd=" + descriptor + ", " + name + "]";
  }

  /** Files do not hold up a drain: whoever uses them does, and they end with the loop. */
  private final class Resource extends LoopResource {
    @Override
    public void drain() {}

    @Override
    public void terminate() {
      beginClose();
    }

    @Override
    public boolean holdsDrain() {
      return false;
    }
  }
}
