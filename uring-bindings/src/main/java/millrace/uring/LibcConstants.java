package millrace.uring;

import millrace.uring.abi.IoUring;

/**
 * The constants of {@link Libc}, named and documented like in the man pages. What differs between
 * architectures comes from {@link Architecture}, the rest from the generated bindings.
 */
abstract sealed class LibcConstants permits LibcSockets {

  // Address families and socket types: socket(2).

  /** No address family; connecting a datagram socket to it dissolves the association. */
  public static final int AF_UNSPEC = IoUring.AF_UNSPEC();

  /** Unix domain sockets. */
  public static final int AF_UNIX = IoUring.AF_UNIX();

  /** IPv4. */
  public static final int AF_INET = IoUring.AF_INET();

  /** IPv6. */
  public static final int AF_INET6 = IoUring.AF_INET6();

  /** Socket type: a byte stream. */
  public static final int SOCK_STREAM = IoUring.SOCK_STREAM();

  /** Socket type: datagrams. */
  public static final int SOCK_DGRAM = IoUring.SOCK_DGRAM();

  /** Socket type: a stream of records. */
  public static final int SOCK_SEQPACKET = IoUring.SOCK_SEQPACKET();

  /** With a socket type: close on exec. */
  public static final int SOCK_CLOEXEC = IoUring.SOCK_CLOEXEC();

  /** With a socket type: do not block. */
  public static final int SOCK_NONBLOCK = IoUring.SOCK_NONBLOCK();

  /** The largest backlog that the libc knows of; the kernel caps at net.core.somaxconn. */
  public static final int SOMAXCONN = IoUring.SOMAXCONN();

  // Socket options: socket(7), ip(7), ipv6(7), tcp(7), udp(7).

  /** Level of the options named SO_*. */
  public static final int SOL_SOCKET = IoUring.SOL_SOCKET();

  /** Bind to an address in TIME_WAIT. */
  public static final int SO_REUSEADDR = IoUring.SO_REUSEADDR();

  /** Several sockets on one port, among which the kernel distributes. */
  public static final int SO_REUSEPORT = IoUring.SO_REUSEPORT();

  /** Pending error, cleared by reading it. */
  public static final int SO_ERROR = IoUring.SO_ERROR();

  /** The address family, AF_*. */
  public static final int SO_DOMAIN = IoUring.SO_DOMAIN();

  /** The socket type. */
  public static final int SO_TYPE = IoUring.SO_TYPE();

  /** Send buffer in bytes; the kernel doubles what is set. */
  public static final int SO_SNDBUF = IoUring.SO_SNDBUF();

  /** Receive buffer in bytes; the kernel doubles what is set. */
  public static final int SO_RCVBUF = IoUring.SO_RCVBUF();

  /** What close does with unsent data; see {@link Libc#setLinger}. */
  public static final int SO_LINGER = IoUring.SO_LINGER();

  /** Who connected a UNIX socket; see {@link Libc#getPeerCredentials}. */
  public static final int SO_PEERCRED = IoUring.SO_PEERCRED();

  /** Probe idle connections. */
  public static final int SO_KEEPALIVE = IoUring.SO_KEEPALIVE();

  /** Datagrams may go to a broadcast address. */
  public static final int SO_BROADCAST = IoUring.SO_BROADCAST();

  /** Microseconds to poll the device for. */
  public static final int SO_BUSY_POLL = IoUring.SO_BUSY_POLL();

  /** The CPU that handles the packets of this socket. */
  public static final int SO_INCOMING_CPU = IoUring.SO_INCOMING_CPU();

  /** A classic BPF program which picks the socket of a SO_REUSEPORT group. */
  public static final int SO_ATTACH_REUSEPORT_CBPF = IoUring.SO_ATTACH_REUSEPORT_CBPF();

  /** An extended BPF program which picks the socket of a SO_REUSEPORT group. */
  public static final int SO_ATTACH_REUSEPORT_EBPF = IoUring.SO_ATTACH_REUSEPORT_EBPF();

  /** Level of the options named IP_*. */
  public static final int IPPROTO_IP = IoUring.IPPROTO_IP();

  /** Level of the options named IPV6_*. */
  public static final int IPPROTO_IPV6 = IoUring.IPPROTO_IPV6();

  /** TCP, and the level of its options. */
  public static final int IPPROTO_TCP = IoUring.IPPROTO_TCP();

  /** UDP, and the level of its options. */
  public static final int IPPROTO_UDP = IoUring.IPPROTO_UDP();

  /** Do not accept IPv4-mapped addresses. */
  public static final int IPV6_V6ONLY = IoUring.IPV6_V6ONLY();

  /** Send small segments at once: no Nagle's algorithm. */
  public static final int TCP_NODELAY = IoUring.TCP_NODELAY();

  /** Send full segments only, for 200 ms at most. */
  public static final int TCP_CORK = IoUring.TCP_CORK();

  /** Acknowledge at once; not permanent. */
  public static final int TCP_QUICKACK = IoUring.TCP_QUICKACK();

  /** Seconds of idleness before the first keepalive probe. */
  public static final int TCP_KEEPIDLE = IoUring.TCP_KEEPIDLE();

  /** Seconds between keepalive probes. */
  public static final int TCP_KEEPINTVL = IoUring.TCP_KEEPINTVL();

  /** Unanswered keepalive probes before the connection is dropped. */
  public static final int TCP_KEEPCNT = IoUring.TCP_KEEPCNT();

  /** Milliseconds that sent data may stay unacknowledged. */
  public static final int TCP_USER_TIMEOUT = IoUring.TCP_USER_TIMEOUT();

  /** Seconds to wait for data before a connection is reported to accept. */
  public static final int TCP_DEFER_ACCEPT = IoUring.TCP_DEFER_ACCEPT();

  /** Queue length of connections which carry data in the SYN. */
  public static final int TCP_FASTOPEN = IoUring.TCP_FASTOPEN();

  /** Unsent bytes below which the socket is writable. */
  public static final int TCP_NOTSENT_LOWAT = IoUring.TCP_NOTSENT_LOWAT();

  /** Name of the congestion control algorithm. */
  public static final int TCP_CONGESTION = IoUring.TCP_CONGESTION();

  /** Segment size for the splitting of one large send (GSO). */
  public static final int UDP_SEGMENT = IoUring.UDP_SEGMENT();

  /** Receive several datagrams of one flow in one buffer (GRO). */
  public static final int UDP_GRO = IoUring.UDP_GRO();

  // Sending, receiving and shutdown: send(2), recv(2), shutdown(2).

  /** EPIPE without the signal SIGPIPE. */
  public static final int MSG_NOSIGNAL = IoUring.MSG_NOSIGNAL();

  /** Wait for the full length. */
  public static final int MSG_WAITALL = IoUring.MSG_WAITALL();

  /** Do not block. */
  public static final int MSG_DONTWAIT = IoUring.MSG_DONTWAIT();

  /** Leave the data in the queue. */
  public static final int MSG_PEEK = IoUring.MSG_PEEK();

  /** Report the length of a datagram that was longer than the buffer. */
  public static final int MSG_TRUNC = IoUring.MSG_TRUNC();

  /** Reported: control data was cut. */
  public static final int MSG_CTRUNC = IoUring.MSG_CTRUNC();

  /** More data will follow. */
  public static final int MSG_MORE = IoUring.MSG_MORE();

  /** Out-of-band data. */
  public static final int MSG_OOB = IoUring.MSG_OOB();

  /** Receive from the error queue. */
  public static final int MSG_ERRQUEUE = IoUring.MSG_ERRQUEUE();

  /** Close received descriptors on exec. */
  public static final int MSG_CMSG_CLOEXEC = IoUring.MSG_CMSG_CLOEXEC();

  /** No more receiving. */
  public static final int SHUT_RD = IoUring.SHUT_RD();

  /** No more sending. */
  public static final int SHUT_WR = IoUring.SHUT_WR();

  /** Neither receiving nor sending. */
  public static final int SHUT_RDWR = IoUring.SHUT_RDWR();

  // Opening files: open(2), openat2(2).

  /** Read only. */
  public static final int O_RDONLY = IoUring.O_RDONLY();

  /** Write only. */
  public static final int O_WRONLY = IoUring.O_WRONLY();

  /** Read and write. */
  public static final int O_RDWR = IoUring.O_RDWR();

  /** Create the file when it is not there. */
  public static final int O_CREAT = IoUring.O_CREAT();

  /** With O_CREAT: EEXIST when it is there. */
  public static final int O_EXCL = IoUring.O_EXCL();

  /** Cut the file to length 0. */
  public static final int O_TRUNC = IoUring.O_TRUNC();

  /** Write at the end. */
  public static final int O_APPEND = IoUring.O_APPEND();

  /** Do not block. */
  public static final int O_NONBLOCK = IoUring.O_NONBLOCK();

  /** Write the data through to the device. */
  public static final int O_DSYNC = IoUring.O_DSYNC();

  /** Write data and metadata through to the device. */
  public static final int O_SYNC = IoUring.O_SYNC();

  /** Do not update the access time. */
  public static final int O_NOATIME = IoUring.O_NOATIME();

  /** Close on exec. */
  public static final int O_CLOEXEC = IoUring.O_CLOEXEC();

  /** A descriptor that only names the file. */
  public static final int O_PATH = IoUring.O_PATH();

  /** Bypass the page cache; see {@code STATX_DIOALIGN} for the alignment. */
  public static final int O_DIRECT = Architecture.current().openDirect;

  /** ENOTDIR unless it is a directory. */
  public static final int O_DIRECTORY = Architecture.current().openDirectory;

  /** ELOOP when the last component is a symbolic link. */
  public static final int O_NOFOLLOW = Architecture.current().openNoFollow;

  /** An unnamed file in the given directory. */
  public static final int O_TMPFILE = Architecture.current().openTemporaryFile;

  /** EXDEV when the path leaves the directory. */
  public static final int RESOLVE_BENEATH = IoUring.RESOLVE_BENEATH();

  /** Treat the directory as the root. */
  public static final int RESOLVE_IN_ROOT = IoUring.RESOLVE_IN_ROOT();

  /** ELOOP on links such as those of /proc/PID/fd. */
  public static final int RESOLVE_NO_MAGICLINKS = IoUring.RESOLVE_NO_MAGICLINKS();

  /** ELOOP on any symbolic link. */
  public static final int RESOLVE_NO_SYMLINKS = IoUring.RESOLVE_NO_SYMLINKS();

  /** EXDEV on a mount point. */
  public static final int RESOLVE_NO_XDEV = IoUring.RESOLVE_NO_XDEV();

  /** EAGAIN unless the path is in the cache. */
  public static final int RESOLVE_CACHED = IoUring.RESOLVE_CACHED();

  /** The current directory, in place of a directory descriptor. */
  public static final int AT_FDCWD = IoUring.AT_FDCWD();

  /** With the empty path: the descriptor itself. */
  public static final int AT_EMPTY_PATH = IoUring.AT_EMPTY_PATH();

  /** Do not follow a symbolic link. */
  public static final int AT_SYMLINK_NOFOLLOW = IoUring.AT_SYMLINK_NOFOLLOW();

  /** Follow a symbolic link. */
  public static final int AT_SYMLINK_FOLLOW = IoUring.AT_SYMLINK_FOLLOW();

  /** unlinkat removes a directory. */
  public static final int AT_REMOVEDIR = IoUring.AT_REMOVEDIR();

  /** Path resolution of statx(2): what is cached will do, no file server is asked. */
  public static final int AT_STATX_DONT_SYNC = IoUring.AT_STATX_DONT_SYNC();

  /** preadv2(2), pwritev2(2): do not wait for what is not ready or not cached. */
  public static final int RWF_NOWAIT = IoUring.RWF_NOWAIT();

  // File status: statx(2), inode(7).

  /** Everything of stat(2). */
  public static final int STATX_BASIC_STATS = IoUring.STATX_BASIC_STATS();

  /** The file type in stx_mode. */
  public static final int STATX_TYPE = IoUring.STATX_TYPE();

  /** The permissions in stx_mode. */
  public static final int STATX_MODE = IoUring.STATX_MODE();

  /** The size. */
  public static final int STATX_SIZE = IoUring.STATX_SIZE();

  /** The time of the last change. */
  public static final int STATX_MTIME = IoUring.STATX_MTIME();

  /** The time of creation. */
  public static final int STATX_BTIME = IoUring.STATX_BTIME();

  /** Alignment for O_DIRECT, since Linux 6.1. */
  public static final int STATX_DIOALIGN = IoUring.STATX_DIOALIGN();

  /** Mask of the file type in a mode. */
  public static final int S_IFMT = IoUring.S_IFMT();

  /** Regular file. */
  public static final int S_IFREG = IoUring.S_IFREG();

  /** Directory. */
  public static final int S_IFDIR = IoUring.S_IFDIR();

  /** Symbolic link. */
  public static final int S_IFLNK = IoUring.S_IFLNK();

  /** Pipe. */
  public static final int S_IFIFO = IoUring.S_IFIFO();

  /** Socket. */
  public static final int S_IFSOCK = IoUring.S_IFSOCK();

  /** Character device. */
  public static final int S_IFCHR = IoUring.S_IFCHR();

  /** Block device. */
  public static final int S_IFBLK = IoUring.S_IFBLK();

  // Descriptors: fcntl(2), eventfd(2), poll(2), renameat2(2).

  /** Read the descriptor flags. */
  public static final int F_GETFD = IoUring.F_GETFD();

  /** Set the descriptor flags. */
  public static final int F_SETFD = IoUring.F_SETFD();

  /** Descriptor flag: close on exec. */
  public static final int FD_CLOEXEC = IoUring.FD_CLOEXEC();

  /** Read the access mode and status flags. */
  public static final int F_GETFL = IoUring.F_GETFL();

  /** Set the status flags. */
  public static final int F_SETFL = IoUring.F_SETFL();

  /** Duplicate, to close on exec. */
  public static final int F_DUPFD_CLOEXEC = IoUring.F_DUPFD_CLOEXEC();

  /** Read the capacity of a pipe. */
  public static final int F_GETPIPE_SZ = IoUring.F_GETPIPE_SZ();

  /** Set the capacity of a pipe. */
  public static final int F_SETPIPE_SZ = IoUring.F_SETPIPE_SZ();

  /** Close on exec. */
  public static final int EFD_CLOEXEC = IoUring.EFD_CLOEXEC();

  /** Do not block. */
  public static final int EFD_NONBLOCK = IoUring.EFD_NONBLOCK();

  /** A read takes 1 from the counter, not all of it. */
  public static final int EFD_SEMAPHORE = IoUring.EFD_SEMAPHORE();

  /** There is something to read. */
  public static final int POLLIN = IoUring.POLLIN();

  /** There is urgent data. */
  public static final int POLLPRI = IoUring.POLLPRI();

  /** Writing is possible. */
  public static final int POLLOUT = IoUring.POLLOUT();

  /** There is an error; always reported. */
  public static final int POLLERR = IoUring.POLLERR();

  /** Both directions are shut; always reported. */
  public static final int POLLHUP = IoUring.POLLHUP();

  /** The peer has shut its writing direction. */
  public static final int POLLRDHUP = IoUring.POLLRDHUP();

  /** Readiness, only ever reported: not an open descriptor. */
  public static final int POLLNVAL = IoUring.POLLNVAL();

  /** EEXIST instead of replacing the target. */
  public static final int RENAME_NOREPLACE = IoUring.RENAME_NOREPLACE();

  /** Exchange the two files. */
  public static final int RENAME_EXCHANGE = IoUring.RENAME_EXCHANGE();

  /** Rename: leave a whiteout behind, for overlay file systems; needs CAP_MKNOD. */
  public static final int RENAME_WHITEOUT = IoUring.RENAME_WHITEOUT();

  // Limits: getrlimit(2).

  /** Bytes of memory that may be locked; registered buffers count. */
  public static final int RLIMIT_MEMLOCK = IoUring.RLIMIT_MEMLOCK();

  /** One more than the highest descriptor number. */
  public static final int RLIMIT_NOFILE = IoUring.RLIMIT_NOFILE();

  /** No limit; as an unsigned number it is larger than any other. */
  public static final long RLIM_INFINITY = IoUring.RLIM_INFINITY();

  LibcConstants() {}
}
