package millrace.uring;

import static millrace.uring.SqeCases.A;
import static millrace.uring.SqeCases.B;
import static millrace.uring.SqeCases.C;
import static millrace.uring.SqeCases.sqe;

import java.util.List;
import java.util.stream.Stream;

/** Part of {@link SqeCases}. Rings, time, readiness and processes. */
final class SqeRingCases {

  private SqeRingCases() {}

  static Stream<SqeCase> all() {
    return Stream.of(polls(), timeouts(), cancels(), rings(), tables(), processes())
        .flatMap(List::stream);
  }

  private static List<SqeCase> polls() {
    return List.of(
        sqe("pollAdd", "opcode=IORING_OP_POLL_ADD fd=3 poll32_events=POLLIN", 3, 1),
        sqe(
            "pollAdd",
            "opcode=IORING_OP_POLL_ADD fd=3 poll32_events=EPOLLEXCLUSIVE|EPOLLIN"
                + " len=IORING_POLL_ADD_LEVEL",
            3,
            Epoll.EXCLUSIVE | Epoll.IN,
            SqeFlags.POLL_ADD_LEVEL),
        sqe(
            "pollMultishot",
            "opcode=IORING_OP_POLL_ADD fd=3 poll32_events=POLLOUT len=IORING_POLL_ADD_MULTI",
            3,
            Libc.POLLOUT),
        sqe("pollRemove", "opcode=IORING_OP_POLL_REMOVE fd=-1 addr=A", A),
        sqe(
            "pollUpdate",
            "opcode=IORING_OP_POLL_REMOVE fd=-1 addr=A off=B poll32_events=POLLOUT"
                + " len=IORING_POLL_UPDATE_EVENTS|IORING_POLL_UPDATE_USER_DATA",
            A,
            B,
            Libc.POLLOUT,
            SqeFlags.POLL_UPDATE_EVENTS | SqeFlags.POLL_UPDATE_USER_DATA),
        sqe(
            "epollCtl",
            "opcode=IORING_OP_EPOLL_CTL fd=3 off=4 len=EPOLL_CTL_MOD addr=A",
            3,
            4,
            Epoll.CTL_MOD,
            A),
        sqe("epollWait", "opcode=IORING_OP_EPOLL_WAIT fd=3 addr=A len=16", 3, A, 16));
  }

  private static List<SqeCase> timeouts() {
    return List.of(
        sqe(
            "timeout",
            "opcode=IORING_OP_TIMEOUT fd=-1 addr=A len=1 off=5"
                + " timeout_flags=IORING_TIMEOUT_ABS|IORING_TIMEOUT_BOOTTIME",
            A,
            5,
            SqeFlags.TIMEOUT_ABS | SqeFlags.TIMEOUT_BOOTTIME),
        sqe("timeoutRemove", "opcode=IORING_OP_TIMEOUT_REMOVE fd=-1 addr=A", A, 0),
        sqe(
            "timeoutUpdate",
            "opcode=IORING_OP_TIMEOUT_REMOVE fd=-1 addr=B off=A"
                + " timeout_flags=IORING_TIMEOUT_UPDATE|IORING_TIMEOUT_ABS",
            A,
            B,
            SqeFlags.TIMEOUT_ABS),
        sqe(
            "linkTimeout",
            "opcode=IORING_OP_LINK_TIMEOUT fd=-1 addr=A len=1"
                + " timeout_flags=IORING_TIMEOUT_REALTIME",
            A,
            SqeFlags.TIMEOUT_REALTIME),
        sqe(
            "linkTimeoutUpdate",
            "opcode=IORING_OP_TIMEOUT_REMOVE fd=-1 addr=B off=A"
                + " timeout_flags=IORING_TIMEOUT_UPDATE|IORING_LINK_TIMEOUT_UPDATE",
            A,
            B,
            0));
  }

  private static List<SqeCase> cancels() {
    return List.of(
        sqe(
            "cancel",
            "opcode=IORING_OP_ASYNC_CANCEL fd=-1 addr=A cancel_flags=IORING_ASYNC_CANCEL_ALL",
            A,
            SqeFlags.ASYNC_CANCEL_ALL),
        sqe(
            "cancelFd",
            "opcode=IORING_OP_ASYNC_CANCEL fd=3"
                + " cancel_flags=IORING_ASYNC_CANCEL_FD|IORING_ASYNC_CANCEL_FD_FIXED",
            3,
            SqeFlags.ASYNC_CANCEL_FD_FIXED),
        sqe(
            "cancelOp",
            "opcode=IORING_OP_ASYNC_CANCEL fd=-1 len=IORING_OP_RECV"
                + " cancel_flags=IORING_ASYNC_CANCEL_OP|IORING_ASYNC_CANCEL_ALL",
            Opcode.RECV,
            SqeFlags.ASYNC_CANCEL_ALL),
        sqe(
            "cancelAll",
            "opcode=IORING_OP_ASYNC_CANCEL fd=-1"
                + " cancel_flags=IORING_ASYNC_CANCEL_ANY|IORING_ASYNC_CANCEL_ALL"));
  }

  private static List<SqeCase> rings() {
    return List.of(
        sqe("nop", "opcode=IORING_OP_NOP fd=-1"),
        sqe(
            "nop",
            "opcode=IORING_OP_NOP fd=3 len=-22 nop_flags=IORING_NOP_INJECT_RESULT|IORING_NOP_FILE",
            3,
            -22,
            SqeFlags.NOP_INJECT_RESULT | SqeFlags.NOP_FILE),
        sqe("nop128", "opcode=IORING_OP_NOP128 fd=-1"),
        sqe(
            "msgRing",
            "opcode=IORING_OP_MSG_RING fd=3 addr=IORING_MSG_DATA len=0x87654321 off=B",
            3,
            0x87654321,
            B,
            0),
        sqe(
            "msgRingCqeFlags",
            "opcode=IORING_OP_MSG_RING fd=3 addr=IORING_MSG_DATA len=5 off=B file_index=0x80000002"
                + " msg_ring_flags=IORING_MSG_RING_FLAGS_PASS",
            3,
            5,
            B,
            0,
            0x80000002),
        sqe(
            "msgRingFd",
            "opcode=IORING_OP_MSG_RING fd=3 addr=IORING_MSG_SEND_FD addr3=6 off=B file_index=8"
                + " msg_ring_flags=IORING_MSG_RING_CQE_SKIP",
            3,
            6,
            7,
            B,
            SqeFlags.MSG_RING_CQE_SKIP),
        sqe(
            "msgRingFd",
            "opcode=IORING_OP_MSG_RING fd=3 addr=IORING_MSG_SEND_FD addr3=0 off=B"
                + " file_index=IORING_FILE_INDEX_ALLOC",
            3,
            0,
            Sqe.FILE_INDEX_ALLOC,
            B,
            0),
        sqe(
            "msgRingFdAlloc",
            "opcode=IORING_OP_MSG_RING fd=3 addr=IORING_MSG_SEND_FD addr3=6 off=B"
                + " file_index=IORING_FILE_INDEX_ALLOC msg_ring_flags=IORING_MSG_RING_CQE_SKIP",
            3,
            6,
            B,
            SqeFlags.MSG_RING_CQE_SKIP));
  }

  private static List<SqeCase> tables() {
    return List.of(
        sqe("filesUpdate", "opcode=IORING_OP_FILES_UPDATE fd=-1 addr=A len=5 off=6", A, 5, 6),
        sqe(
            "filesUpdate",
            "opcode=IORING_OP_FILES_UPDATE fd=-1 addr=A len=5"
                + " off=(__u64)(int)IORING_FILE_INDEX_ALLOC",
            A,
            5,
            Sqe.FILE_INDEX_ALLOC),
        sqe(
            "fixedFdInstall",
            "opcode=IORING_OP_FIXED_FD_INSTALL fd=7 flags=IOSQE_FIXED_FILE"
                + " install_fd_flags=IORING_FIXED_FD_NO_CLOEXEC",
            7,
            SqeFlags.FIXED_FD_NO_CLOEXEC),
        sqe(
            "provideBuffers",
            "opcode=IORING_OP_PROVIDE_BUFFERS fd=16 addr=A len=4096 off=65535 buf_group=7",
            A,
            4096,
            16,
            7,
            65535),
        sqe("removeBuffers", "opcode=IORING_OP_REMOVE_BUFFERS fd=16 buf_group=7", 16, 7));
  }

  private static List<SqeCase> processes() {
    return List.of(
        sqe("futexWait", "opcode=IORING_OP_FUTEX_WAIT fd=130 addr=A off=B addr3=C", A, B, C, 130),
        sqe("futexWake", "opcode=IORING_OP_FUTEX_WAKE fd=2 addr=A off=B addr3=C", A, B, C, 2),
        sqe("futexWaitv", "opcode=IORING_OP_FUTEX_WAITV addr=A len=128", A, 128),
        sqe(
            "waitid",
            "opcode=IORING_OP_WAITID fd=4321 len=P_PID addr2=A file_index=WEXITED|WNOWAIT",
            ChildStatus.P_PID,
            4321,
            A,
            ChildStatus.WEXITED | ChildStatus.WNOWAIT));
  }
}
