package millrace.uring;

/**
 * One step of a random sequence. What is not legal at its time, such as a second receive on a
 * socket, does nothing.
 *
 * @param kind what to do
 * @param channel which pipe, which target, as the kind wants it
 * @param amount how many bytes, completions, buffers, as the kind wants it
 */
record RingAction(Kind kind, int channel, int amount) {
  enum Kind {
    /** An entry that does nothing. */
    NOP,
    /** An entry that reads so many bytes of a pipe. */
    READ,
    /** An entry that writes so many bytes to a pipe. */
    WRITE,
    /** An entry that waits for a pipe to be readable. */
    POLL,
    /** An entry whose time is over at once. */
    SHORT_TIMER,
    /** An entry whose time is never over. */
    LONG_TIMER,
    /** An entry that receives again and again, unless there is one. */
    RECEIVE,
    /** The peer sends so many messages; a plain call. */
    SEND,
    /** An entry that cancels one of the entries so far, ended or not. */
    CANCEL,
    /** Gives the kernel so many of the buffers that it has filled. */
    REFILL,
    /** Hands over what is prepared. */
    SUBMIT,
    /** Lets the kernel post what is ready. */
    GET_EVENTS,
    /** Drains so many completions. */
    REAP
  }

  @Override
  public String toString() {
    return switch (kind) {
      case READ, WRITE -> kind + " pipe " + channel + ", " + amount + " bytes";
      case POLL -> kind + " pipe " + channel;
      case CANCEL -> kind + " entry " + channel;
      case SEND, REFILL, REAP -> kind + " " + amount;
      default -> kind.toString();
    };
  }
}
