package millrace.uring;

import static millrace.uring.SqeCases.A;
import static millrace.uring.SqeCases.B;
import static millrace.uring.SqeCases.C;
import static millrace.uring.SqeCases.sqe;

import java.util.List;
import java.util.stream.Stream;

/** Part of {@link SqeCases}. Sockets, and commands of files. */
final class SqeSocketCases {

  private SqeSocketCases() {}

  static Stream<SqeCase> all() {
    return Stream.of(sockets(), sends(), receives(), commands()).flatMap(List::stream);
  }

  private static List<SqeCase> sockets() {
    return List.of(
        sqe("socket", "opcode=IORING_OP_SOCKET fd=AF_INET6 off=SOCK_DGRAM len=17", 10, 2, 17),
        sqe(
            "socketDirect",
            "opcode=IORING_OP_SOCKET fd=AF_INET off=SOCK_STREAM len=6 file_index=8",
            2,
            1,
            6,
            7),
        sqe(
            "socketDirectAlloc",
            "opcode=IORING_OP_SOCKET fd=AF_INET off=SOCK_STREAM len=6"
                + " file_index=IORING_FILE_INDEX_ALLOC",
            2,
            1,
            6),
        sqe("bind", "opcode=IORING_OP_BIND fd=3 addr=A addr2=28", 3, A, 28),
        sqe("listen", "opcode=IORING_OP_LISTEN fd=3 len=128", 3, 128),
        sqe(
            "accept",
            "opcode=IORING_OP_ACCEPT fd=3 addr=A addr2=B accept_flags=SOCK_CLOEXEC",
            3,
            A,
            B,
            Libc.SOCK_CLOEXEC),
        sqe(
            "acceptDirect",
            "opcode=IORING_OP_ACCEPT fd=3 addr=A addr2=B accept_flags=SOCK_NONBLOCK file_index=8",
            3,
            A,
            B,
            Libc.SOCK_NONBLOCK,
            7),
        sqe(
            "multishotAccept",
            "opcode=IORING_OP_ACCEPT fd=3 accept_flags=9 ioprio=IORING_ACCEPT_MULTISHOT",
            3,
            9),
        sqe(
            "multishotAcceptDirect",
            "opcode=IORING_OP_ACCEPT fd=3 accept_flags=9 ioprio=IORING_ACCEPT_MULTISHOT"
                + " file_index=IORING_FILE_INDEX_ALLOC",
            3,
            9),
        sqe("connect", "opcode=IORING_OP_CONNECT fd=3 addr=A addr2=16", 3, A, 16),
        sqe("shutdown", "opcode=IORING_OP_SHUTDOWN fd=3 len=SHUT_RDWR", 3, Libc.SHUT_RDWR));
  }

  private static List<SqeCase> sends() {
    return List.of(
        sqe("send", "opcode=IORING_OP_SEND fd=3 addr=A len=100 msg_flags=9", 3, A, 100, 9),
        sqe(
            "sendto",
            "opcode=IORING_OP_SEND fd=3 addr=A len=100 msg_flags=9 addr2=B addr_len=65535",
            3,
            A,
            100,
            9,
            B,
            65535),
        sqe("sendSetAddr", "addr2=B addr_len=28", B, 28),
        sqe(
            "sendBundle",
            "opcode=IORING_OP_SEND fd=3 msg_flags=9 ioprio=IORING_RECVSEND_BUNDLE buf_group=7"
                + " flags=IOSQE_BUFFER_SELECT",
            3,
            7,
            9),
        sqe(
            "sendZc",
            "opcode=IORING_OP_SEND_ZC fd=3 addr=A len=100 msg_flags=9"
                + " ioprio=IORING_SEND_ZC_REPORT_USAGE",
            3,
            A,
            100,
            9,
            SqeFlags.SEND_ZC_REPORT_USAGE),
        sqe(
            "sendZcFixed",
            "opcode=IORING_OP_SEND_ZC fd=3 addr=A len=100 msg_flags=9 buf_index=6"
                + " ioprio=IORING_SEND_ZC_REPORT_USAGE|IORING_RECVSEND_FIXED_BUF",
            3,
            A,
            100,
            9,
            SqeFlags.SEND_ZC_REPORT_USAGE,
            6),
        sqe("sendmsg", "opcode=IORING_OP_SENDMSG fd=3 addr=A len=1 msg_flags=9", 3, A, 9),
        sqe("sendmsgZc", "opcode=IORING_OP_SENDMSG_ZC fd=3 addr=A len=1 msg_flags=9", 3, A, 9),
        sqe(
            "sendmsgZcFixed",
            "opcode=IORING_OP_SENDMSG_ZC fd=3 addr=A len=1 msg_flags=9 buf_index=6"
                + " ioprio=IORING_RECVSEND_FIXED_BUF",
            3,
            A,
            9,
            6));
  }

  private static List<SqeCase> receives() {
    return List.of(
        sqe("recv", "opcode=IORING_OP_RECV fd=3 addr=A len=100 msg_flags=9", 3, A, 100, 9),
        sqe(
            "recvMultishot",
            "opcode=IORING_OP_RECV fd=3 msg_flags=9 ioprio=IORING_RECV_MULTISHOT buf_group=7"
                + " flags=IOSQE_BUFFER_SELECT",
            3,
            7,
            9),
        sqe(
            "recvBundle",
            "opcode=IORING_OP_RECV fd=3 msg_flags=9 ioprio=IORING_RECVSEND_BUNDLE buf_group=7"
                + " flags=IOSQE_BUFFER_SELECT",
            3,
            7,
            9),
        sqe("recvmsg", "opcode=IORING_OP_RECVMSG fd=3 addr=A len=1 msg_flags=9", 3, A, 9),
        sqe(
            "recvmsgMultishot",
            "opcode=IORING_OP_RECVMSG fd=3 addr=A len=1 msg_flags=9 buf_group=7"
                + " ioprio=IORING_RECV_MULTISHOT flags=IOSQE_BUFFER_SELECT",
            3,
            A,
            7,
            9),
        sqe(
            "recvZc",
            "opcode=IORING_OP_RECV_ZC fd=3 zcrx_ifq_idx=4 len=4096 ioprio=IORING_RECV_MULTISHOT",
            3,
            4,
            4096));
  }

  private static List<SqeCase> commands() {
    return List.of(
        sqe("uringCmd", "opcode=IORING_OP_URING_CMD fd=3 cmd_op=0x87654321", 0x87654321, 3),
        sqe("uringCmd128", "opcode=IORING_OP_URING_CMD128 fd=3 cmd_op=0x87654321", 0x87654321, 3),
        sqe(
            "cmdSock",
            "opcode=IORING_OP_URING_CMD cmd_op=SOCKET_URING_OP_SETSOCKOPT fd=3 level=SOL_SOCKET"
                + " optname=SO_RCVBUF optval=A optlen=4",
            SocketCommands.SETSOCKOPT,
            3,
            Libc.SOL_SOCKET,
            Libc.SO_RCVBUF,
            A,
            4),
        sqe(
            "cmdGetsockname",
            "opcode=IORING_OP_URING_CMD cmd_op=SOCKET_URING_OP_GETSOCKNAME fd=3 addr=A addr3=B"
                + " optlen=1",
            3,
            A,
            B,
            true),
        sqe(
            "cmdGetsockname",
            "opcode=IORING_OP_URING_CMD cmd_op=SOCKET_URING_OP_GETSOCKNAME fd=3 addr=A addr3=B"
                + " optlen=0",
            3,
            A,
            B,
            false),
        sqe(
            "cmdDiscard",
            "opcode=IORING_OP_URING_CMD cmd_op=_IO(0x12,0) fd=3 addr=A addr3=C",
            3,
            A,
            C),
        sqe("cmdZoneResetAll", "opcode=IORING_OP_URING_CMD cmd_op=_IO(0x12,1) fd=3", 3));
  }
}
