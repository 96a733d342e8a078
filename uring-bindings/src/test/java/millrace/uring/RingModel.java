package millrace.uring;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import millrace.uring.RingAction.Kind;

/**
 * What a ring owes, kept in the simplest way: a list of entries, a counter for each stream and two
 * queues of buffers. It knows no ring: it is told what was prepared and what completed, and throws
 * an AssertionError at what must not be.
 */
final class RingModel {
  /** An entry of the submission queue; its user data is its place in the list. */
  static final class Entry {
    final int userData;
    final Kind kind;
    final int channel;
    final int length;
    private long preparedAt;
    private boolean cancelAsked;
    private boolean endedBefore;
    private boolean ended;

    Entry(int userData, Kind kind, int channel, int length) {
      this.userData = userData;
      this.kind = kind;
      this.channel = channel;
      this.length = length;
    }

    @Override
    public String toString() {
      return "entry " + userData + " (" + new RingAction(kind, channel, length) + ")";
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private final long[] written;
  private final long[] read;
  private final Deque<Integer> kernelBuffers = new ArrayDeque<>();
  private final Deque<Integer> userBuffers = new ArrayDeque<>();
  private final long[] publishedAt;
  private long time;
  private long allReapedAt;
  private int sent;
  private int received;
  private Entry receive;
  private boolean closing;

  RingModel(int pipes, int buffers) {
    written = new long[pipes];
    read = new long[pipes];
    publishedAt = new long[buffers];
    for (int buffer = 0; buffer < buffers; buffer++) {
      userBuffers.add(buffer);
    }
  }

  Entry prepared(Kind kind, int channel, int length) {
    Entry entry = new Entry(entries.size(), kind, channel, length);
    entries.add(entry);
    entry.preparedAt = time++;
    if (kind == Kind.RECEIVE) {
      check(receive == null, "two receives", entry);
      receive = entry;
    } else if (kind == Kind.WRITE) {
      written[channel] += length;
    } else if (kind == Kind.CANCEL) {
      Entry target = entries.get(channel);
      target.cancelAsked = true;
      entry.endedBefore = target.ended;
    }
    return entry;
  }

  /** From now on everything may be cancelled. */
  void closing() {
    closing = true;
  }

  /** Nothing more is cancelled, so that what is left can be collected. */
  void collecting() {
    closing = false;
  }

  /** Nothing is ready: what completes later also happens later. */
  void allReaped() {
    allReapedAt = time++;
  }

  void sent() {
    sent++;
  }

  /** The buffer that the user gives back next, or -1. */
  int refill() {
    Integer buffer = userBuffers.poll();
    if (buffer == null) {
      return -1;
    }
    kernelBuffers.add(buffer);
    publishedAt[buffer] = time++;
    return buffer;
  }

  /**
   * A completion of the ring.
   *
   * @param data what is in the entry's buffer, or in the buffer that the kernel chose
   */
  void completed(long userData, int result, int flags, byte[] data) {
    if (userData < 0 || userData >= entries.size()) {
      throw new AssertionError("completion of nothing that was prepared: " + userData);
    }
    Entry entry = entries.get((int) userData);
    check(!entry.ended, "completed again, with " + result, entry);
    entry.ended = (flags & CqeFlags.F_MORE) == 0;
    check(entry.ended || entry.kind == Kind.RECEIVE, "more announced", entry);
    if (result == -Errno.ECANCELED) {
      check(entry.cancelAsked || closing, "cancelled without being asked to", entry);
      check(entry.kind != Kind.NOP && entry.kind != Kind.WRITE, "cancelled too late", entry);
      check(entry.ended, "goes on though cancelled", entry);
    } else {
      checkResult(entry, result, flags, data);
    }
    if (entry == receive && entry.ended) {
      receive = null;
    }
  }

  private void checkResult(Entry entry, int result, int flags, byte[] data) {
    switch (entry.kind) {
      case NOP -> check(result == 0, "result " + result, entry);
      case WRITE -> check(result == entry.length, "result " + result, entry);
      case READ -> {
        check(result > 0 && result <= entry.length, "result " + result, entry);
        readBytes(entry.channel, data, result);
      }
      case POLL -> check(result == Libc.POLLIN, "result " + result, entry);
      case SHORT_TIMER -> check(result == -Errno.ETIME, "result " + result, entry);
      case RECEIVE -> received(entry, result, flags, data);
      case CANCEL -> {
        boolean known = result == 0 || result == -Errno.ENOENT || result == -Errno.EALREADY;
        check(known, "result " + result, entry);
        check(result != 0 || !entry.endedBefore, "found what had ended", entry);
      }
      default -> check(false, "result " + result, entry);
    }
  }

  /** Byte n of a pipe is n, so nothing can be lost, doubled or out of place. */
  void readBytes(int pipe, byte[] data, int count) {
    for (int i = 0; i < count; i++) {
      if (data[i] != (byte) read[pipe]) {
        throw new AssertionError(
            "byte " + read[pipe] + " of pipe " + pipe + " is " + Byte.toUnsignedInt(data[i]));
      }
      read[pipe]++;
    }
  }

  private void received(Entry entry, int result, int flags, byte[] data) {
    if (result == -Errno.ENOBUFS) {
      // It may have been posted before the buffers came that are there when it is reaped.
      long notBefore = Math.max(entry.preparedAt, allReapedAt);
      boolean ownedAllTheTime =
          kernelBuffers.stream().anyMatch(buffer -> publishedAt[buffer] < notBefore);
      check(!ownedAllTheTime, "ENOBUFS with buffers " + kernelBuffers, entry);
      check(entry.ended, "goes on without a buffer", entry);
      return;
    }
    check(result > 0, "result " + result, entry);
    check((flags & CqeFlags.F_BUFFER) != 0, "no buffer", entry);
    int buffer = CqeFlags.bufferId(flags);
    Integer expected = kernelBuffers.poll();
    check(expected != null && expected == buffer, "buffer " + buffer + ", not " + expected, entry);
    userBuffers.add(buffer);
    check(received < sent, "message that nobody sent", entry);
    check(result == messageBytes(received), "length " + result, entry);
    check(data[0] == (byte) received, "message " + data[0] + ", not " + received, entry);
    received++;
  }

  /** The length of a message: its first byte is its number. */
  static int messageBytes(int number) {
    return 1 + number % 7;
  }

  boolean hasReceive() {
    return receive != null;
  }

  int prepared() {
    return entries.size();
  }

  int messagesUnderWay() {
    return sent - received;
  }

  int sentMessages() {
    return sent;
  }

  long bytesIn(int pipe) {
    return written[pipe] - read[pipe];
  }

  long writtenTo(int pipe) {
    return written[pipe];
  }

  List<Entry> unended() {
    return Collections.unmodifiableList(entries.stream().filter(entry -> !entry.ended).toList());
  }

  void checkBuffersAreConserved(int buffers) {
    List<Integer> all = new ArrayList<>(kernelBuffers);
    all.addAll(userBuffers);
    Collections.sort(all);
    for (int buffer = 0; buffer < buffers; buffer++) {
      if (all.size() != buffers || all.get(buffer) != buffer) {
        throw new AssertionError("buffers " + all);
      }
    }
  }

  private static void check(boolean condition, String wrong, Entry entry) {
    if (!condition) {
      throw new AssertionError(entry + ": " + wrong);
    }
  }
}
