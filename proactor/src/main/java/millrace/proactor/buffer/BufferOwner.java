package millrace.proactor.buffer;

/** Where a slice goes when its last reference is released. Called on whichever thread released. */
interface BufferOwner {

  void returned(BufferSlice slice);
}
