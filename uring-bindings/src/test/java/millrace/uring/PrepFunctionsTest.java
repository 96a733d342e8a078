package millrace.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every prep function of liburing is a method of {@link Sqe} by the same name, written as Java
 * writes names. The list is that of liburing.h after version 2.15.
 */
class PrepFunctionsTest {
  private static final List<String> PREP_FUNCTIONS =
      List.of(
          "accept accept_direct bind cancel cancel64 cancel_fd close close_direct cmd_discard",
          "cmd_getsockname cmd_sock cmd_zone_reset_all connect epoll_ctl epoll_wait fadvise",
          "fadvise64 fallocate fgetxattr files_update fixed_fd_install fsetxattr fsync ftruncate",
          "futex_wait futex_waitv futex_wake getxattr link link_timeout linkat listen madvise",
          "madvise64 mkdir mkdirat msg_ring msg_ring_cqe_flags msg_ring_fd msg_ring_fd_alloc",
          "multishot_accept multishot_accept_direct nop nop128 open open_direct openat openat2",
          "openat2_direct openat_direct pipe pipe_direct poll_add poll_multishot poll_remove",
          "poll_update provide_buffers read read_fixed read_multishot readv readv2 readv_fixed"
              + " recv",
          "recv_multishot recvmsg recvmsg_multishot remove_buffers rename renameat rw send",
          "send_bundle send_set_addr send_zc send_zc_fixed sendmsg sendmsg_zc sendmsg_zc_fixed",
          "sendto setxattr shutdown socket socket_direct socket_direct_alloc splice statx symlink",
          "symlinkat sync_file_range tee timeout timeout_remove timeout_update unlink unlinkat",
          "uring_cmd uring_cmd128 waitid write write_fixed writev writev2 writev_fixed");

  /** Functions without a method of their own, each with the method that does the same. */
  private static final Map<String, String> OTHERWISE =
      Map.of(
          // An address is a number here, so that both are one.
          "cancel64", "cancel");

  /** Methods that prepare an operation in a way that liburing has no function for. */
  private static final Set<String> MORE =
      Set.of("cancelAll", "cancelOp", "linkTimeoutUpdate", "recvBundle", "recvZc");

  @Test
  void everyPrepFunctionIsAMethodOfTheSameName() {
    Set<String> missing = new TreeSet<>();
    for (String function : functions()) {
      String method = OTHERWISE.getOrDefault(function, camelCase(function));
      if (!methods().contains(method)) {
        missing.add("io_uring_prep_" + function + ": " + method);
      }
    }
    assertEquals(Set.of(), missing);
    for (String function : OTHERWISE.keySet()) {
      assertFalse(methods().contains(camelCase(function)), function);
    }
  }

  @Test
  void noMethodPreparesAnOperationByAnotherName() throws Exception {
    Set<String> unknown = new TreeSet<>();
    for (Readme.Row row : Readme.table("Operations")) {
      unknown.addAll(row.names(1));
    }
    functions().forEach(function -> unknown.remove(camelCase(function)));
    assertEquals(new TreeSet<>(MORE), unknown);
  }

  private static List<String> functions() {
    return PREP_FUNCTIONS.stream().flatMap(line -> Arrays.stream(line.split(" ", -1))).toList();
  }

  private static Set<String> methods() {
    return Arrays.stream(Sqe.class.getMethods()).map(Method::getName).collect(Collectors.toSet());
  }

  private static String camelCase(String name) {
    StringBuilder camel = new StringBuilder();
    for (String word : name.split("_", -1)) {
      camel.append(
          camel.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    return camel.toString();
  }
}
