package millrace.uring;

import java.util.List;
import java.util.stream.Stream;

/** What each method of {@link Sqe} is to write, by the man pages of liburing's prep functions. */
final class SqeCases {
  // Every bit pattern differs, so that a mix-up of fields or a lost half is seen.
  private static final long A = 0x1122_3344_5566_7788L;
  private static final long B = 0x99AA_BBCC_DDEE_FF01L;
  private static final long C = 0x1020_3040_5060_7080L;

  /** The same values in C. */
  static final List<String> VALUES_IN_C =
      List.of(
          "#define A 0x1122334455667788ULL",
          "#define B 0x99aabbccddeeff01ULL",
          "#define C 0x1020304050607080ULL");

  private SqeCases() {}

  static List<SqeCase> all() {
    return Stream.of(
            modifiers(),
            fields(),
            reads(),
            writes(),
            files(),
            pipes(),
            paths(),
            attributes(),
            sockets(),
            sends(),
            receives(),
            polls(),
            timeouts(),
            cancels(),
            rings(),
            tables(),
            processes(),
            commands())
        .flatMap(List::stream)
        .toList();
  }

  private static SqeCase sqe(String method, String fields, Object... arguments) {
    return new SqeCase(method, fields, List.of(arguments));
  }

  private static List<SqeCase> modifiers() {
    return List.of(
        sqe("userData", "user_data=B", B),
        sqe("flags", "flags=IOSQE_FIXED_FILE|IOSQE_CQE_SKIP_SUCCESS", 0x41),
        sqe("link", "flags=IOSQE_IO_LINK"),
        sqe("hardlink", "flags=IOSQE_IO_HARDLINK"),
        sqe("drain", "flags=IOSQE_IO_DRAIN"),
        sqe("async", "flags=IOSQE_ASYNC"),
        sqe("fixedFile", "flags=IOSQE_FIXED_FILE"),
        sqe("skipSuccessCqe", "flags=IOSQE_CQE_SKIP_SUCCESS"),
        sqe("bufferSelect", "flags=IOSQE_BUFFER_SELECT buf_group=65534", 65534),
        sqe("bufferIndex", "buf_index=65533", 65533),
        sqe("personality", "personality=65532", 65532),
        sqe("ioprio", "ioprio=0x8123", 0x8123),
        sqe("pollFirst", "ioprio=IORING_RECVSEND_POLL_FIRST"),
        sqe("writeStream", "write_stream=254", 254),
        sqe(
            "attributes",
            "attr_ptr=A attr_type_mask=IORING_RW_ATTR_FLAG_PI",
            A,
            (long) SqeFlags.RW_ATTR_FLAG_PI));
  }

  private static List<SqeCase> fields() {
    return List.of(
        sqe("offset", "off=A", A),
        sqe("address", "addr=B", B),
        sqe("length", "len=0x87654321", 0x87654321),
        sqe("operationFlags", "rw_flags=0x87654321", 0x87654321),
        sqe("address3", "addr3=A", A),
        sqe("commandData", "addr3=A", 0, A),
        sqe("commandData", "__pad2[0]=B", 8, B));
  }

  private static List<SqeCase> reads() {
    return List.of(
        sqe("read", "opcode=IORING_OP_READ fd=3 off=B addr=A len=4096", 3, A, 4096, B),
        sqe("readv", "opcode=IORING_OP_READV fd=3 off=B addr=A len=5", 3, A, 5, B),
        sqe(
            "readv2",
            "opcode=IORING_OP_READV fd=3 off=B addr=A len=5 rw_flags=RWF_NOWAIT",
            3,
            A,
            5,
            B,
            FileFlags.RWF_NOWAIT),
        sqe(
            "readFixed",
            "opcode=IORING_OP_READ_FIXED fd=3 off=B addr=A len=4096 buf_index=65535",
            3,
            A,
            4096,
            B,
            65535),
        sqe(
            "readvFixed",
            "opcode=IORING_OP_READV_FIXED fd=3 off=B addr=A len=5 rw_flags=RWF_HIPRI buf_index=6",
            3,
            A,
            5,
            B,
            FileFlags.RWF_HIPRI,
            6),
        sqe(
            "readMultishot",
            "opcode=IORING_OP_READ_MULTISHOT fd=3 off=B len=512 buf_group=7"
                + " flags=IOSQE_BUFFER_SELECT",
            3,
            512,
            B,
            7));
  }

  private static List<SqeCase> writes() {
    return List.of(
        sqe("write", "opcode=IORING_OP_WRITE fd=3 off=B addr=A len=4096", 3, A, 4096, B),
        sqe("writev", "opcode=IORING_OP_WRITEV fd=3 off=B addr=A len=5", 3, A, 5, B),
        sqe(
            "writev2",
            "opcode=IORING_OP_WRITEV fd=3 off=B addr=A len=5 rw_flags=RWF_DSYNC",
            3,
            A,
            5,
            B,
            FileFlags.RWF_DSYNC),
        sqe(
            "writeFixed",
            "opcode=IORING_OP_WRITE_FIXED fd=3 off=B addr=A len=4096 buf_index=65535",
            3,
            A,
            4096,
            B,
            65535),
        sqe(
            "writevFixed",
            "opcode=IORING_OP_WRITEV_FIXED fd=3 off=B addr=A len=5 rw_flags=RWF_SYNC buf_index=6",
            3,
            A,
            5,
            B,
            FileFlags.RWF_SYNC,
            6));
  }

  private static List<SqeCase> files() {
    return List.of(
        sqe("close", "opcode=IORING_OP_CLOSE fd=3", 3),
        sqe("closeDirect", "opcode=IORING_OP_CLOSE file_index=8", 7),
        sqe("closeDirect", "opcode=IORING_OP_CLOSE file_index=1", 0),
        sqe("fsync", "opcode=IORING_OP_FSYNC fd=3", 3, false),
        sqe("fsync", "opcode=IORING_OP_FSYNC fd=3 fsync_flags=IORING_FSYNC_DATASYNC", 3, true),
        sqe(
            "fsync",
            "opcode=IORING_OP_FSYNC fd=3 off=A len=4096 fsync_flags=IORING_FSYNC_DATASYNC",
            3,
            A,
            4096,
            SqeFlags.FSYNC_DATASYNC),
        sqe(
            "syncFileRange",
            "opcode=IORING_OP_SYNC_FILE_RANGE fd=3 len=4096 off=A"
                + " sync_range_flags=SYNC_FILE_RANGE_WRITE",
            3,
            4096,
            A,
            FileFlags.SYNC_FILE_RANGE_WRITE),
        sqe("fallocate", "opcode=IORING_OP_FALLOCATE fd=3 len=3 off=A addr=C", 3, 3, A, C),
        sqe("ftruncate", "opcode=IORING_OP_FTRUNCATE fd=3 off=A", 3, A),
        sqe(
            "fadvise",
            "opcode=IORING_OP_FADVISE fd=3 off=A len=4096 fadvise_advice=POSIX_FADV_WILLNEED",
            3,
            A,
            4096,
            FileFlags.POSIX_FADV_WILLNEED),
        sqe(
            "fadvise64",
            "opcode=IORING_OP_FADVISE fd=3 off=A addr=C fadvise_advice=POSIX_FADV_DONTNEED",
            3,
            A,
            C,
            FileFlags.POSIX_FADV_DONTNEED),
        sqe(
            "madvise",
            "opcode=IORING_OP_MADVISE fd=-1 addr=A len=4096 fadvise_advice=MADV_DONTNEED",
            A,
            4096,
            MemoryAdvice.DONTNEED),
        sqe(
            "madvise64",
            "opcode=IORING_OP_MADVISE fd=-1 addr=A off=C fadvise_advice=MADV_WILLNEED",
            A,
            C,
            MemoryAdvice.WILLNEED));
  }

  private static List<SqeCase> pipes() {
    return List.of(
        sqe(
            "splice",
            "opcode=IORING_OP_SPLICE fd=4 off=B splice_fd_in=3 splice_off_in=A len=4096"
                + " splice_flags=SPLICE_F_MORE|SPLICE_F_FD_IN_FIXED",
            3,
            A,
            4,
            B,
            4096,
            FileFlags.SPLICE_F_MORE | SqeFlags.SPLICE_F_FD_IN_FIXED),
        sqe(
            "tee",
            "opcode=IORING_OP_TEE fd=4 splice_fd_in=3 len=4096 splice_flags=SPLICE_F_NONBLOCK",
            3,
            4,
            4096,
            FileFlags.SPLICE_F_NONBLOCK),
        sqe("pipe", "opcode=IORING_OP_PIPE addr=A pipe_flags=O_NONBLOCK", A, Libc.O_NONBLOCK),
        sqe("pipeDirect", "opcode=IORING_OP_PIPE addr=A pipe_flags=9 file_index=1", A, 9, 0),
        sqe(
            "pipeDirect",
            "opcode=IORING_OP_PIPE addr=A file_index=IORING_FILE_INDEX_ALLOC",
            A,
            0,
            Sqe.FILE_INDEX_ALLOC));
  }

  private static List<SqeCase> paths() {
    return List.of(
        sqe(
            "openat",
            "opcode=IORING_OP_OPENAT fd=AT_FDCWD addr=A open_flags=O_CREAT len=0640",
            Libc.AT_FDCWD,
            A,
            Libc.O_CREAT,
            0640),
        sqe(
            "openatDirect",
            "opcode=IORING_OP_OPENAT fd=3 addr=A open_flags=O_CREAT len=0640 file_index=8",
            3,
            A,
            Libc.O_CREAT,
            0640,
            7),
        sqe(
            "openatDirect",
            "opcode=IORING_OP_OPENAT fd=3 addr=A file_index=IORING_FILE_INDEX_ALLOC",
            3,
            A,
            0,
            0,
            Sqe.FILE_INDEX_ALLOC),
        sqe("openat2", "opcode=IORING_OP_OPENAT2 fd=3 addr=A off=B len=sizeof(how)", 3, A, B),
        sqe(
            "openat2Direct",
            "opcode=IORING_OP_OPENAT2 fd=3 addr=A off=B len=sizeof(how) file_index=8",
            3,
            A,
            B,
            7),
        sqe(
            "statx",
            "opcode=IORING_OP_STATX fd=3 addr=A statx_flags=AT_EMPTY_PATH len=0x87654321 off=B",
            3,
            A,
            Libc.AT_EMPTY_PATH,
            0x87654321,
            B),
        sqe(
            "unlinkat",
            "opcode=IORING_OP_UNLINKAT fd=3 addr=A unlink_flags=AT_REMOVEDIR",
            3,
            A,
            Libc.AT_REMOVEDIR),
        sqe(
            "renameat",
            "opcode=IORING_OP_RENAMEAT fd=3 addr=A len=4 addr2=B rename_flags=1",
            3,
            A,
            4,
            B,
            Libc.RENAME_NOREPLACE),
        sqe("mkdirat", "opcode=IORING_OP_MKDIRAT fd=3 addr=A len=0750", 3, A, 0750),
        sqe("symlinkat", "opcode=IORING_OP_SYMLINKAT fd=3 addr=A addr2=B", A, 3, B),
        sqe(
            "linkat",
            "opcode=IORING_OP_LINKAT fd=3 addr=A len=AT_FDCWD addr2=B"
                + " hardlink_flags=AT_SYMLINK_FOLLOW",
            3,
            A,
            Libc.AT_FDCWD,
            B,
            Libc.AT_SYMLINK_FOLLOW));
  }

  private static List<SqeCase> attributes() {
    return List.of(
        sqe("getxattr", "opcode=IORING_OP_GETXATTR addr=A addr2=B addr3=C len=64", A, B, C, 64),
        sqe(
            "setxattr",
            "opcode=IORING_OP_SETXATTR addr=A addr2=B addr3=C xattr_flags=XATTR_CREATE len=64",
            A,
            B,
            C,
            FileFlags.XATTR_CREATE,
            64),
        sqe("fgetxattr", "opcode=IORING_OP_FGETXATTR fd=3 addr=A addr2=B len=64", 3, A, B, 64),
        sqe(
            "fsetxattr",
            "opcode=IORING_OP_FSETXATTR fd=3 addr=A addr2=B xattr_flags=XATTR_REPLACE len=64",
            3,
            A,
            B,
            FileFlags.XATTR_REPLACE,
            64));
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
            "acceptMultishot",
            "opcode=IORING_OP_ACCEPT fd=3 accept_flags=9 ioprio=IORING_ACCEPT_MULTISHOT",
            3,
            9),
        sqe(
            "acceptMultishotDirect",
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
            "cancelDescriptor",
            "opcode=IORING_OP_ASYNC_CANCEL fd=3"
                + " cancel_flags=IORING_ASYNC_CANCEL_FD|IORING_ASYNC_CANCEL_ALL",
            3,
            true),
        sqe(
            "cancelDescriptor",
            "opcode=IORING_OP_ASYNC_CANCEL fd=3 cancel_flags=IORING_ASYNC_CANCEL_FD",
            3,
            false),
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
            0));
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
