package millrace.proactor.file;

import millrace.proactor.IoHandler;
import millrace.proactor.buffer.BufferSlice;

/** Repeats a read or write until all of a part of a buffer is done: both may be short any time. */
final class FullTransfer implements IoHandler {

  private final AsyncFile file;
  private final boolean writing;
  private final BufferSlice buffer;
  private final int offset;
  private final int length;
  private final long position;
  private final IoHandler handler;
  private int done;

  FullTransfer(
      AsyncFile file,
      boolean writing,
      BufferSlice buffer,
      int offset,
      int length,
      long position,
      IoHandler handler) {
    this.file = file;
    this.writing = writing;
    this.buffer = buffer;
    this.offset = offset;
    this.length = length;
    this.position = position;
    this.handler = handler;
  }

  void next() {
    file.transfer(writing, buffer, offset + done, length - done, position + done, this);
  }

  @Override
  public void completed(int result) {
    if (result > 0) {
      done += result;
    }
    if (result > 0 && done < length) {
      next();
      return;
    }
    // A write of nothing means that nothing more can be written; what was done is still told.
    handler.completed(result < 0 ? result : done);
  }
}
