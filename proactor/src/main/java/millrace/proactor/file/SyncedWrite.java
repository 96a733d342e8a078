package millrace.proactor.file;

import millrace.proactor.IoHandler;
import millrace.proactor.buffer.BufferSlice;
import millrace.uring.Errno;

/** Writes all of a part of a buffer and syncs it, by as many chains of the two as it takes. */
final class SyncedWrite {

  private final AsyncFile file;
  private final BufferSlice buffer;
  private final int offset;
  private final int length;
  private final long position;
  private final boolean dataOnly;
  private final IoHandler handler;
  private int done;
  private int written;

  SyncedWrite(
      AsyncFile file,
      BufferSlice buffer,
      int offset,
      int length,
      long position,
      boolean dataOnly,
      IoHandler handler) {
    this.file = file;
    this.buffer = buffer;
    this.offset = offset;
    this.length = length;
    this.position = position;
    this.dataOnly = dataOnly;
    this.handler = handler;
  }

  void next() {
    written = -Errno.ECANCELED;
    file.writeThenSync(
        buffer,
        offset + done,
        length - done,
        position + done,
        dataOnly,
        result -> written = result,
        this::synced);
  }

  /** The sync is told last; it was cancelled if the write was short. */
  private void synced(int result) {
    if (result == -Errno.ECANCELED && written > 0 && written < length - done) {
      done += written;
      next();
    } else if (result == -Errno.ECANCELED && written < 0) {
      handler.completed(written);
    } else if (result == -Errno.ECANCELED && written == 0 && length > done) {
      handler.completed(-Errno.EIO);
    } else {
      handler.completed(result < 0 ? result : length);
    }
  }
}
