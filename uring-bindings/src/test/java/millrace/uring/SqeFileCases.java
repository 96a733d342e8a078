package millrace.uring;

import static millrace.uring.SqeCases.A;
import static millrace.uring.SqeCases.B;
import static millrace.uring.SqeCases.C;
import static millrace.uring.SqeCases.sqe;

import java.util.List;
import java.util.stream.Stream;

/** Part of {@link SqeCases}. Files and what names them. */
final class SqeFileCases {

  private SqeFileCases() {}

  static Stream<SqeCase> all() {
    return Stream.of(reads(), writes(), files(), pipes(), paths(), pathsFromHere(), attributes())
        .flatMap(List::stream);
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
            "opcode=IORING_OP_READ_MULTISHOT fd=3 off=B buf_group=7" + " flags=IOSQE_BUFFER_SELECT",
            3,
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

  private static List<SqeCase> pathsFromHere() {
    return List.of(
        sqe(
            "open",
            "opcode=IORING_OP_OPENAT fd=AT_FDCWD addr=A open_flags=O_CREAT len=0640",
            A,
            Libc.O_CREAT,
            0640),
        sqe(
            "openDirect",
            "opcode=IORING_OP_OPENAT fd=AT_FDCWD addr=A open_flags=O_CREAT len=0640 file_index=8",
            A,
            Libc.O_CREAT,
            0640,
            7),
        sqe(
            "unlink",
            "opcode=IORING_OP_UNLINKAT fd=AT_FDCWD addr=A unlink_flags=AT_REMOVEDIR",
            A,
            Libc.AT_REMOVEDIR),
        sqe("rename", "opcode=IORING_OP_RENAMEAT fd=AT_FDCWD addr=A len=AT_FDCWD addr2=B", A, B),
        sqe("mkdir", "opcode=IORING_OP_MKDIRAT fd=AT_FDCWD addr=A len=0750", A, 0750),
        sqe("symlink", "opcode=IORING_OP_SYMLINKAT fd=AT_FDCWD addr=A addr2=B", A, B),
        sqe(
            "link",
            "opcode=IORING_OP_LINKAT fd=AT_FDCWD addr=A len=AT_FDCWD addr2=B"
                + " hardlink_flags=AT_SYMLINK_FOLLOW",
            A,
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
}
