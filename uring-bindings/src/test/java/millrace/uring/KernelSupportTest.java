package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.uring.abi.IoUring;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the kernel is found to support. */
class KernelSupportTest {
  @Test
  void probeIsMadeOnceAndSaysUsable() {
    KernelSupport support = KernelSupport.probe();
    assertSame(support, KernelSupport.probe());
    assertNotSame(support, KernelSupport.probeNow());
    assertTrue(support.usable());
    assertNull(support.unavailableReason());
    assertTrue(support.supports(Opcode.NOP));
    assertTrue(support.supports(Opcode.READ));
    assertEquals("supported", support.reason(Opcode.READ));
  }

  @Test
  void featuresAreThoseOfARing() throws Exception {
    KernelSupport support = KernelSupport.probe();
    try (Ring ring = Ring.open(RingOptions.proactorDefaults())) {
      for (Feature feature : Feature.values()) {
        assertEquals(ring.features().contains(feature), support.supports(feature));
        assertEquals(
            support.supports(feature)
                ? "supported"
                : "the kernel does not report it (since Linux " + feature.sinceKernel() + ")",
            support.reason(feature));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.INCLUDE,
      names = {
        "IOPOLL",
        "SQPOLL",
        "CLAMP",
        "R_DISABLED",
        "SUBMIT_ALL",
        "COOP_TASKRUN",
        "SINGLE_ISSUER",
        "NO_SQARRAY"
      })
  void setupFlagIsSupportedExactlyWhenARingOpensWithIt(SetupFlag flag) {
    RingOptions options = RingOptions.builder().require(flag).build();
    assertEquals(opens(options), KernelSupport.probe().supports(flag));
  }

  @Test
  void setupFlagsThatNeedPartnersAreTriedWithThem() {
    KernelSupport support = KernelSupport.probe();
    RingOptions.Builder deferred =
        RingOptions.builder().require(SetupFlag.SINGLE_ISSUER, SetupFlag.DEFER_TASKRUN);
    assertEquals(opens(deferred.build()), support.supports(SetupFlag.DEFER_TASKRUN));
    RingOptions.Builder flagged =
        RingOptions.builder().require(SetupFlag.COOP_TASKRUN, SetupFlag.TASKRUN_FLAG);
    assertEquals(opens(flagged.build()), support.supports(SetupFlag.TASKRUN_FLAG));
    RingOptions.Builder hybrid =
        RingOptions.builder().require(SetupFlag.IOPOLL, SetupFlag.HYBRID_IOPOLL);
    assertEquals(opens(hybrid.build()), support.supports(SetupFlag.HYBRID_IOPOLL));
    for (SetupFlag flag : SetupFlag.values()) {
      String reason = support.reason(flag);
      assertEquals(support.supports(flag), reason.equals("supported"), reason);
      assertTrue(
          support.supports(flag) || reason.contains("EINVAL (22)"),
          () -> flag + " refused for another reason than being unknown: " + reason);
    }
  }

  @Test
  void newerKernelsHaveWhatOlderOnesHad() {
    // What is known of a kernel with a new thing, whatever it calls itself.
    KernelSupport support = KernelSupport.probe();
    if (support.supports(Opcode.PIPE)) {
      for (Opcode opcode : EnumSet.range(Opcode.NOP, Opcode.LISTEN)) {
        assertTrue(support.supports(opcode), () -> opcode + ": " + support.reason(opcode));
      }
      for (SetupFlag flag : EnumSet.range(SetupFlag.IOPOLL, SetupFlag.HYBRID_IOPOLL)) {
        assertTrue(support.supports(flag), () -> flag + ": " + support.reason(flag));
      }
    }
  }

  @Test
  void bufferRingsAreSupportedExactlyWhenOneRegisters() throws Exception {
    KernelSupport support = KernelSupport.probe();
    boolean registers;
    try (RingFixture fixture = RingFixture.open()) {
      ProvidedBufferRing.register(fixture.ring, 1, 1).close();
      registers = true;
    } catch (UringException e) {
      registers = false;
    }
    assertEquals(registers, support.supportsProvidedBufferRings());
    assertEquals(registers, support.providedBufferRingsReason().equals("supported"));
    assertEquals(
        support.supportsIncrementalBufferRings(),
        support.incrementalBufferRingsReason().equals("supported"));
  }

  @Test
  void registrationsAreFoundByTryingThem() throws Exception {
    KernelSupport support = KernelSupport.probe();
    for (RegisterOpcode opcode : RegisterOpcode.values()) {
      assertEquals(
          support.supports(opcode)
              ? "supported"
              : "the kernel does not know it (since Linux " + opcode.sinceKernel() + ")",
          support.reason(opcode));
    }
    // What this process has used all along.
    assertTrue(support.supports(RegisterOpcode.REGISTER_PROBE));
    assertTrue(support.supports(RegisterOpcode.REGISTER_ENABLE_RINGS));
    assertTrue(support.supports(RegisterOpcode.REGISTER_PERSONALITY));
    int[] codes = Arrays.stream(RegisterOpcode.values()).mapToInt(RegisterOpcode::code).toArray();
    assertArrayEquals(IntStream.range(0, IoUring.IORING_REGISTER_LAST()).toArray(), codes);
  }

  @Test
  void kernelBufferRingsAreSupportedExactlyWhenOneRegisters() throws Exception {
    KernelSupport support = KernelSupport.probe();
    boolean registers;
    int flags = ProvidedBufferRing.MMAP;
    try (RingFixture fixture = RingFixture.open()) {
      ProvidedBufferRing.register(fixture.ring, 1, 1, flags, 0).close();
      registers = true;
    } catch (UringException e) {
      registers = false;
    }
    assertEquals(registers, support.supportsKernelBufferRings());
    assertEquals(registers, support.kernelBufferRingsReason().equals("supported"));
  }

  @Test
  void environmentIsThatOfTheProcess() throws IOException {
    KernelSupport support = KernelSupport.probe();
    assertEquals(
        Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(), support.kernelRelease());
    long[] limits = new long[2];
    assertEquals(0, Libc.getrlimit(Libc.RLIMIT_MEMLOCK, limits));
    assertEquals(limits[0] < 0 ? Long.MAX_VALUE : limits[0], support.memlockLimitBytes());
    Path disabled = Path.of("/proc/sys/kernel/io_uring_disabled");
    int expected =
        Files.exists(disabled) ? Integer.parseInt(Files.readString(disabled).strip()) : -1;
    assertEquals(expected, support.ioUringDisabled());
  }

  @Test
  void refusedProbeSaysWhyForEverything() throws Exception {
    KernelSupport support =
        SeccompThread.callWithRefusedSetup(Errno.EPERM, KernelSupport::probeNow);
    assertFalse(support.usable());
    String reason = support.unavailableReason();
    assertTrue(reason.startsWith("io_uring_setup: EPERM (1): "), reason);
    assertTrue(reason.contains("seccomp"), reason);
    assertFalse(support.supports(Opcode.NOP));
    assertEquals(reason, support.reason(Opcode.NOP));
    assertFalse(support.supports(SetupFlag.CLAMP));
    assertEquals(reason, support.reason(SetupFlag.CLAMP));
    assertFalse(support.supports(Feature.NODROP));
    assertEquals(reason, support.reason(Feature.NODROP));
    assertFalse(support.supportsProvidedBufferRings());
    assertEquals(reason, support.providedBufferRingsReason());
    assertEquals(reason, support.incrementalBufferRingsReason());
    assertEquals(reason, support.kernelBufferRingsReason());
    assertFalse(support.supports(RegisterOpcode.REGISTER_BUFFERS));
    assertEquals(reason, support.reason(RegisterOpcode.REGISTER_BUFFERS));
  }

  @Test
  void virtualThreadsMayProbeAndNothingIsLeftBehind() throws Exception {
    KernelSupport.probe();
    long descriptors = descriptors();
    CompletableFuture<KernelSupport> found = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> found.complete(KernelSupport.probeNow())).join();
    assertTrue(found.get().usable());
    assertEquals(descriptors, descriptors());
  }

  @Test
  void constantsAreDistinctAndInTheOrderOfTheKernel() {
    int[] codes = Arrays.stream(Opcode.values()).mapToInt(Opcode::code).toArray();
    assertArrayEquals(IntStream.range(0, IoUring.IORING_OP_LAST()).toArray(), codes);
    int[] flags = Arrays.stream(SetupFlag.values()).mapToInt(SetupFlag::bit).toArray();
    assertArrayEquals(successiveBits(IoUring.IORING_SETUP_SQ_REWIND()), flags);
    int[] features = Arrays.stream(Feature.values()).mapToInt(Feature::bit).toArray();
    assertArrayEquals(successiveBits(IoUring.IORING_FEAT_NO_IOWAIT()), features);
  }

  private static int[] successiveBits(int last) {
    return IntStream.rangeClosed(0, Integer.numberOfTrailingZeros(last))
        .map(index -> 1 << index)
        .toArray();
  }

  private static boolean opens(RingOptions options) {
    try (Ring ring = Ring.open(options)) {
      return ring.fd() >= 0;
    } catch (UringException e) {
      assertEquals(Errno.EINVAL, e.errno());
      return false;
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links.count();
    }
  }
}
