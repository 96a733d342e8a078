package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import millrace.uring.abi.IoUring;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the kernel says when it is asked, which is what the probe found out by trying. */
class KernelQueryTest {
  private static final KernelSupport SUPPORT = KernelSupport.probe();

  @BeforeEach
  void kernelCanBeAsked() {
    assumeTrue(
        SUPPORT.supports(RegisterOpcode.REGISTER_QUERY),
        SUPPORT.reason(RegisterOpcode.REGISTER_QUERY));
  }

  /** Mirrors liburing test/ring-query.c and test/probe.c. */
  @Test
  void operationsAndRegistrationsAreThoseThatTheProbeFound() throws Exception {
    KernelQuery.Opcodes answer = KernelQuery.opcodes();
    assertTrue(answer.queryOpcodes() >= 1);
    for (RegisterOpcode opcode : RegisterOpcode.values()) {
      assertEquals(
          opcode.code() < answer.registerOpcodes(),
          SUPPORT.supports(opcode),
          () -> opcode + ": " + SUPPORT.reason(opcode));
    }
    for (Opcode opcode : Opcode.values()) {
      // Those compiled out have a number but are not supported.
      assertTrue(
          opcode.code() < answer.requestOpcodes() || !SUPPORT.supports(opcode), opcode::name);
    }
  }

  /** Mirrors liburing test/ring-query.c: flags. */
  @Test
  void flagsAreThoseThatTheProbeFound() throws Exception {
    KernelQuery.Opcodes answer = KernelQuery.opcodes();
    for (SetupFlag flag : SetupFlag.values()) {
      assertEquals((answer.setupFlags() & flag.bit()) != 0, SUPPORT.supports(flag), flag::name);
    }
    for (Feature feature : Feature.values()) {
      assertEquals(
          (answer.featureFlags() & feature.bit()) != 0, SUPPORT.supports(feature), feature::name);
    }
    assertTrue((answer.enterFlags() & IoUring.IORING_ENTER_EXT_ARG_REG()) != 0);
    assertTrue((answer.sqeFlags() & SqeFlags.CQE_SKIP_SUCCESS) != 0);
  }

  /** Mirrors liburing test/ring-query.c: queries that this kernel does not have. */
  @Test
  void unknownQueryIsRefusedCleanly() throws Exception {
    int known = KernelQuery.opcodes().queryOpcodes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(64);
      assertEquals(-Errno.EOPNOTSUPP, KernelQuery.ask(known + 100, data));
      assertThrows(
          IllegalArgumentException.class,
          () -> KernelQuery.ask(0, MemorySegment.ofArray(new byte[64])));
    }
    if (known > IoUring.IO_URING_QUERY_SCQ()) {
      assertTrue(KernelQuery.queues().headerBytes() > 0);
      KernelQuery.ZeroCopyReceive receive = KernelQuery.zeroCopyReceive();
      assertTrue(receive.headerBytes() > 0);
      int events = KernelQuery.ZCRX_FEATURE_EVENT;
      assertEquals(known > IoUring.IO_URING_QUERY_ZCRX_EVENT(), (receive.features() & events) != 0);
      // Sizes of buffers came before events.
      int sizes = KernelQuery.ZCRX_FEATURE_RX_PAGE_SIZE;
      assertTrue((receive.features() & events) == 0 || (receive.features() & sizes) != 0);
    } else {
      UringException refused = assertThrows(UringException.class, KernelQuery::queues);
      assertEquals(Errno.EOPNOTSUPP, refused.errno());
      assertEquals("io_uring_register(QUERY)", refused.operation());
    }
  }
}
