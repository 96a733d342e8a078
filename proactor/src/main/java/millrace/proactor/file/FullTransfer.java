package millrace.proactor.file;

import millrace.proactor.IoHandler;
import millrace.proactor.buffer.BufferSlice;

/** Repeats a read or write until the whole window is done: both may be short at any time. */
final class FullTransfer implements IoHandler {

  private final AsyncFile file;
  private final BufferSlice buffer;
  private final long position;
  private final IoHandler handler;
  private final int offset;
  private final int length;
  private int done;
  private boolean writing;

  FullTransfer(AsyncFile file, BufferSlice buffer, long position, IoHandler handler) {
    this.file = file;
    this.buffer = buffer;
    this.position = position;
    this.handler = handler;
    this.offset = buffer.offset();
    this.length = buffer.length();
  }

  void write() {
    writing = true;
    next();
  }

  void read() {
    next();
  }

  private void next() {
    buffer.range(offset + done, length - done);
    if (writing) {
      file.write(buffer, position + done, this);
    } else {
      file.read(buffer, position + done, this);
    }
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
    buffer.range(offset, length);
    // A write of nothing means that nothing more can be written; what was done is still told.
    handler.completed(result < 0 ? result : done);
  }
}
