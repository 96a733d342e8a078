package millrace.proactor.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Addresses as keys. */
class DatagramAddressTest {

  private static DatagramAddress address(int a, int b, int c, int d, int port) {
    byte[] bytes = {(byte) a, (byte) b, (byte) c, (byte) d};
    try {
      return DatagramAddress.of(new InetSocketAddress(InetAddress.getByAddress(bytes), port));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** As one makes them who forges senders: one byte more, and 31 less in the next. */
  private static List<DatagramAddress> withOneHashCode() {
    List<DatagramAddress> addresses = new ArrayList<>();
    for (int first = 0; first < 4; first++) {
      for (int second = 0; second < 4; second++) {
        for (int third = 0; third < 4; third++) {
          int b = 94 - 31 * first + second;
          int c = 94 - 31 * second + third;
          addresses.add(address(1 + first, b, c, 94 - 31 * third, 7));
        }
      }
    }
    return addresses;
  }

  @Test
  void keysWithOneHashCodeHaveAnOrderThatAMapCanUse() {
    List<DatagramAddress> addresses = withOneHashCode();
    Map<DatagramAddress, Integer> map = new HashMap<>();
    for (int index = 0; index < addresses.size(); index++) {
      assertEquals(addresses.get(0).hashCode(), addresses.get(index).hashCode());
      map.put(addresses.get(index), index);
    }
    assertEquals(addresses.size(), map.size());
    for (int index = 0; index < addresses.size(); index++) {
      DatagramAddress copy = new DatagramAddress().set(addresses.get(index));
      assertEquals(index, map.get(copy));
      for (int other = 0; other < addresses.size(); other++) {
        int order = copy.compareTo(addresses.get(other));
        assertEquals(other == index, order == 0);
        assertTrue(Integer.signum(order) == -Integer.signum(addresses.get(other).compareTo(copy)));
      }
    }
  }

  @Test
  void theEmptyOneIsTheFirst() {
    DatagramAddress empty = new DatagramAddress();
    assertEquals(0, empty.compareTo(new DatagramAddress()));
    assertTrue(empty.compareTo(address(0, 0, 0, 0, 0)) < 0);
  }
}
