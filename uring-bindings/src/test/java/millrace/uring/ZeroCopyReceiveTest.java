package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import millrace.uring.abi.IoUring;
import millrace.uring.abi.io_uring_zcrx_offsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * Zero-copy receive: its refusals on a machine without such a device, what is checked before the
 * kernel is asked, and what is kept of an area.
 */
class ZeroCopyReceiveTest {
  private static final int LOOPBACK = 1;
  private static final int NO_SUCH_INTERFACE = 1_000_000;

  private static final RingOptions ABLE =
      RingOptions.builder()
          .require(SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN, SetupFlag.CQE32)
          .build();

  private static ZeroCopyReceiveArea area(Arena arena) {
    long pageBytes = Libc.pageSize();
    return ZeroCopyReceiveArea.of(arena.allocate(16 * pageBytes, pageBytes));
  }

  private static UringException refusal(RingFixture fixture, ZeroCopyReceiveOptions options) {
    UringException refused =
        assertThrows(
            UringException.class,
            () -> ZeroCopyReceiveQueue.register(fixture.ring, options, area(fixture.arena)));
    assertEquals("io_uring_register(ZCRX_IFQ)", refused.operation());
    fixture.next(1).nop();
    assertEquals(0, fixture.await(1L).result(), "the ring goes on");
    fixture.forget();
    return refused;
  }

  /** Mirrors liburing test/zcrx.c: devices that cannot. */
  @Test
  void queueOfADeviceThatCannotIsRefused() throws Exception {
    try (RingFixture fixture = RingFixture.open(ABLE)) {
      UringException refused =
          refusal(fixture, ZeroCopyReceiveOptions.device(LOOPBACK, 0).entries(8));
      // EOPNOTSUPP: the loopback has no DMA. EINVAL: the kernel has no zero-copy receive.
      assertTrue(
          Set.of(Errno.EOPNOTSUPP, Errno.EINVAL, Errno.EPERM).contains(refused.errno()),
          refused::getMessage);
      assertEquals("queue 0 of interface 1", refused.subject());
      assertTrue(refused.hint() != null, refused::getMessage);
      assumeFalse(refused.errno() != Errno.EOPNOTSUPP, refused.getMessage());
      UringException missing =
          refusal(fixture, ZeroCopyReceiveOptions.device(NO_SUCH_INTERFACE, 3).entries(8));
      assertEquals(Errno.ENODEV, missing.errno());
      assertEquals("queue 3 of interface 1000000", missing.subject());
    }
  }

  /** Mirrors liburing test/zcrx.c: rings that cannot. */
  @Test
  void ringWithoutTheFlagsIsRefusedAndToldWhich() throws Exception {
    try (RingFixture fixture = RingFixture.open(RingOptions.builder().build())) {
      UringException refused = refusal(fixture, ZeroCopyReceiveOptions.device(LOOPBACK, 0));
      assertEquals(Errno.EINVAL, refused.errno());
      assertTrue(refused.hint().contains("DEFER_TASKRUN and CQE32"), refused::hint);
    }
  }

  @Test
  void optionsThatTheKernelLacksAreRefusedAndTheHintTellsWhichKernelHasThem() throws Exception {
    assumeFalse(KernelSupport.probe().supports(RegisterOpcode.REGISTER_ZCRX_CTRL), "it may have");
    try (RingFixture fixture = RingFixture.open(ABLE)) {
      UringException noDevice = refusal(fixture, ZeroCopyReceiveOptions.noDevice());
      assertEquals(Errno.EINVAL, noDevice.errno());
      assertEquals("no device", noDevice.subject());
      assertTrue(noDevice.hint().contains("Linux 7.1"), noDevice::hint);
      Supplier<ZeroCopyReceiveOptions> device = () -> ZeroCopyReceiveOptions.device(LOOPBACK, 0);
      UringException large = refusal(fixture, device.get().receiveBufferBytes(1 << 16));
      assertEquals(Errno.EINVAL, large.errno());
      assertTrue(large.hint().contains("Linux 7.0"), large::hint);
      for (ZeroCopyReceiveOptions telling :
          List.of(device.get().events(7, ZeroCopyReceiveEvent.COPY), device.get().statistics())) {
        UringException events = refusal(fixture, telling);
        assertEquals(Errno.EINVAL, events.errno());
        assertTrue(events.hint().contains("Linux 7.2"), events::hint);
      }
    }
  }

  /** Mirrors liburing test/zcrx.c: a clone of what is no queue. */
  @Test
  void descriptorThatIsNoQueueCannotBeImported() throws Exception {
    try (RingFixture fixture = RingFixture.open(ABLE)) {
      int[] pipe = fixture.pipe();
      UringException refused =
          assertThrows(
              UringException.class, () -> ZeroCopyReceiveQueue.importFrom(fixture.ring, pipe[0]));
      boolean known = KernelSupport.probe().supports(RegisterOpcode.REGISTER_ZCRX_CTRL);
      // A kernel that does not know the flag reads the region first.
      assertTrue(
          Set.of(known ? Errno.EBADF : Errno.EFAULT, Errno.EINVAL, Errno.EPERM)
              .contains(refused.errno()),
          refused::getMessage);
      assertEquals("descriptor " + pipe[0], refused.subject());
      assertTrue(known || refused.hint().contains("Linux 6.19"), refused::getMessage);
      assertThrows(
          IllegalArgumentException.class, () -> ZeroCopyReceiveQueue.importFrom(fixture.ring, -1));
    }
  }

  @Test
  void controlOperationsAreRefusedCleanly() throws Exception {
    try (RingFixture fixture = RingFixture.open(ABLE)) {
      boolean known = KernelSupport.probe().supports(RegisterOpcode.REGISTER_ZCRX_CTRL);
      // ENXIO: there is no queue of this number.
      int expected = known ? -Errno.ENXIO : -Errno.EINVAL;
      ZeroCopyReceiveQueue queue = ZeroCopyReceiveQueue.imported(fixture.ring, 5);
      assertEquals(5, queue.id());
      assertEquals(expected, queue.flush());
      assertEquals(expected, queue.export());
      for (ZeroCopyReceiveEvent event : ZeroCopyReceiveEvent.values()) {
        assertEquals(expected, queue.armEvent(event));
      }
      assertEquals(expected, queue.addArea(area(fixture.arena)));
      var refused = assertThrows(IllegalStateException.class, () -> queue.recycle(0, 1));
      assertTrue(refused.getMessage().startsWith("recycle: an imported queue"));
      assertThrows(IllegalStateException.class, queue::copyCount);
      assertThrows(IllegalStateException.class, queue::copyBytes);
      assertThrows(IllegalArgumentException.class, () -> queue.data(0, 1));
    }
  }

  @Test
  void eventsQueryIsAnsweredOrRefusedCleanly() throws Exception {
    assumeFalse(
        !KernelSupport.probe().supports(RegisterOpcode.REGISTER_QUERY),
        KernelSupport.probe().reason(RegisterOpcode.REGISTER_QUERY));
    if (KernelQuery.opcodes().queryOpcodes() > IoUring.IO_URING_QUERY_ZCRX_EVENT()) {
      assertEquals(16, KernelQuery.zeroCopyReceiveEvents().statisticsBytes());
    } else {
      UringException refused =
          assertThrows(UringException.class, KernelQuery::zeroCopyReceiveEvents);
      assertEquals(Errno.EOPNOTSUPP, refused.errno());
      assertEquals("ZCRX_EVENT", refused.subject());
    }
  }

  @Test
  void argumentsAreCheckedAndNamed() {
    try (Arena arena = Arena.ofConfined()) {
      long pageBytes = Libc.pageSize();
      MemorySegment pages = arena.allocate(2 * pageBytes, pageBytes);
      refused("MemorySegment", () -> ZeroCopyReceiveArea.of(pages.asSlice(8)));
      refused("MemorySegment", () -> ZeroCopyReceiveArea.of(pages.asSlice(0, pageBytes + 1)));
      refused("MemorySegment", () -> ZeroCopyReceiveArea.of(pages.asSlice(0, 0)));
      refused("MemorySegment", () -> ZeroCopyReceiveArea.of(MemorySegment.ofArray(new byte[4096])));
    }
    refused("dmabufFd -1", () -> ZeroCopyReceiveArea.ofDmabuf(-1, Libc.pageSize()));
    refused("lengthBytes 0", () -> ZeroCopyReceiveArea.ofDmabuf(3, 0));
    refused("lengthBytes 100", () -> ZeroCopyReceiveArea.ofDmabuf(3, 100));
    refused("interfaceIndex -1", () -> ZeroCopyReceiveOptions.device(-1, 0));
    refused("receiveQueue -1", () -> ZeroCopyReceiveOptions.device(0, -1));
    ZeroCopyReceiveOptions options = ZeroCopyReceiveOptions.noDevice();
    refused("count 0 is not in 1..32768", () -> options.entries(0));
    refused("count 32769 is not in 1..32768", () -> options.entries(32769));
    refused("bytes 100 ", () -> options.receiveBufferBytes(100));
    refused("bytes 12288 ", () -> options.receiveBufferBytes(12288));
    refused("wanted 0", () -> options.events(1));
  }

  private static void refused(String message, Executable call) {
    String actual = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(actual.contains(message), actual);
  }

  @Test
  void entriesAreRoundedUpAsTheKernelDoes() {
    int[][] rounded = {{1, 1}, {2, 2}, {3, 4}, {4096, 4096}, {4097, 8192}, {32768, 32768}};
    for (int[] pair : rounded) {
      assertEquals(pair[1], ZeroCopyReceiveOptions.noDevice().entries(pair[0]).entriesGranted());
    }
  }

  @Test
  void dmabufHasNoMemoryHere() {
    ZeroCopyReceiveArea area = ZeroCopyReceiveArea.ofDmabuf(3, 2L * Libc.pageSize());
    assertNull(area.memory());
    assertEquals(2L * Libc.pageSize(), area.lengthBytes());
  }

  @Test
  void placeOfDataIsInTheFirstExtraWord() {
    long word = 0x0003_0000_0001_2345L;
    assertEquals(3, ZeroCopyReceiveQueue.areaId(word));
    assertEquals(0x1_2345L, ZeroCopyReceiveQueue.areaOffset(word));
    assertEquals(0xffff, ZeroCopyReceiveQueue.areaId(-1));
  }

  @Test
  void eventsAreKnownByTheResultOfTheirCompletion() {
    assertSame(ZeroCopyReceiveEvent.ALLOC_FAIL, ZeroCopyReceiveEvent.of(0));
    assertSame(ZeroCopyReceiveEvent.COPY, ZeroCopyReceiveEvent.of(1));
    assertNull(ZeroCopyReceiveEvent.of(2));
    assertEquals(3, ZeroCopyReceiveEvent.mask(Set.of(ZeroCopyReceiveEvent.values())));
  }

  /** The kernel's side played by this test, as no device here has one. */
  @Test
  void partsGoBackInOrderUntilTheRefillRingIsFull() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ZeroCopyRefillRing.leastBytes(4), 64);
      MemorySegment offsets = arena.allocate(io_uring_zcrx_offsets.layout());
      io_uring_zcrx_offsets.head(offsets, 0);
      io_uring_zcrx_offsets.tail(offsets, 4);
      io_uring_zcrx_offsets.rqes(offsets, 64);
      ZeroCopyRefillRing ring = new ZeroCopyRefillRing(memory, offsets, 4);
      for (int part = 0; part < 4; part++) {
        assertTrue(ring.add(0x0001_0000_0000_1000L + part, 100 + part));
        assertEquals(part + 1, memory.get(ValueLayout.JAVA_INT, 4), "tail");
      }
      assertFalse(ring.add(0, 1), "full");
      memory.set(ValueLayout.JAVA_INT, 0, 1);
      assertTrue(ring.add(0x77, 200), "the kernel took one");
      assertFalse(ring.add(0, 1), "full again");
      assertEquals(0x77, memory.get(ValueLayout.JAVA_LONG, 64), "in the place of the first");
      assertEquals(0x0001_0000_0000_1003L, memory.get(ValueLayout.JAVA_LONG, 64 + 3 * 16));
      assertEquals(103, memory.get(ValueLayout.JAVA_INT, 64 + 3 * 16 + 8));
      long statistics = ZeroCopyReceiveOptions.statisticsOffset(memory.byteSize());
      assertTrue(statistics >= 64 + 4 * 16, "behind the entries");
      memory.set(ValueLayout.JAVA_LONG, statistics, 11);
      memory.set(ValueLayout.JAVA_LONG, statistics + 8, 12);
      assertEquals(11, ring.copyCount());
      assertEquals(12, ring.copyBytes());
    }
  }
}
