package millrace.proactor.simulation.scenario;

import java.nio.ByteBuffer;

/**
 * What a datagram of the scenario holds: which transmission it is, which one it answers, its
 * length, and a pattern of that transmission.
 *
 * @param transmission a number that no other datagram has
 * @param answers the transmission that it answers; 0 for a request
 * @param lengthBytes as it was sent
 */
record PatternDatagram(long transmission, long answers, int lengthBytes) {

  static final int LEAST_BYTES = 20;

  byte[] bytes() {
    byte[] bytes = new Pattern(transmission).bytes(0, lengthBytes);
    ByteBuffer.wrap(bytes).putLong(transmission).putLong(answers).putInt(lengthBytes);
    return bytes;
  }

  /** Reads one of which the end may be cut off; null when a byte is wrong. */
  static PatternDatagram read(byte[] data) {
    if (data.length < LEAST_BYTES) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(data);
    PatternDatagram read = new PatternDatagram(buffer.getLong(), buffer.getLong(), buffer.getInt());
    byte[] rest = new byte[data.length - LEAST_BYTES];
    buffer.get(rest);
    boolean right = new Pattern(read.transmission).difference(rest, LEAST_BYTES) < 0;
    return right && data.length <= read.lengthBytes ? read : null;
  }
}
