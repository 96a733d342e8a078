package millrace.uring;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import millrace.uring.abi.IoUring;

/**
 * The error numbers of Linux: their values, names and messages.
 *
 * <p>Calls of this package return a result of the kernel's convention: zero or positive for
 * success, {@code -errno} for failure. The methods here take either sign, so that a result can be
 * passed as it is. The numbers are those of asm-generic, which x86-64 and aarch64 share. Where one
 * number has two names, the other one is a constant too and {@link #name} answers the usual one.
 *
 * <p>All methods may be called by any thread. See errno(3).
 */
public final class Errno {

  // The kernel keeps the last 4095 values of a word for errors (IS_ERR_VALUE in linux/err.h).
  static final int MAX_ERRNO = 4095;

  private static final String[] NAMES = new String[256];

  /** Operation not permitted. */
  public static final int EPERM = define("EPERM", IoUring.EPERM());

  /** No such file or directory. */
  public static final int ENOENT = define("ENOENT", IoUring.ENOENT());

  /** No such process. */
  public static final int ESRCH = define("ESRCH", IoUring.ESRCH());

  /** Interrupted system call. */
  public static final int EINTR = define("EINTR", IoUring.EINTR());

  /** Input/output error. */
  public static final int EIO = define("EIO", IoUring.EIO());

  /** No such device or address. */
  public static final int ENXIO = define("ENXIO", IoUring.ENXIO());

  /** Argument list too long. */
  public static final int E2BIG = define("E2BIG", IoUring.E2BIG());

  /** Exec format error. */
  public static final int ENOEXEC = define("ENOEXEC", IoUring.ENOEXEC());

  /** Bad file descriptor. */
  public static final int EBADF = define("EBADF", IoUring.EBADF());

  /** No child processes. */
  public static final int ECHILD = define("ECHILD", IoUring.ECHILD());

  /** Resource temporarily unavailable. */
  public static final int EAGAIN = define("EAGAIN", IoUring.EAGAIN());

  /** Another name of {@link #EAGAIN}. */
  public static final int EWOULDBLOCK = EAGAIN;

  /** Cannot allocate memory. */
  public static final int ENOMEM = define("ENOMEM", IoUring.ENOMEM());

  /** Permission denied. */
  public static final int EACCES = define("EACCES", IoUring.EACCES());

  /** Bad address. */
  public static final int EFAULT = define("EFAULT", IoUring.EFAULT());

  /** Block device required. */
  public static final int ENOTBLK = define("ENOTBLK", IoUring.ENOTBLK());

  /** Device or resource busy. */
  public static final int EBUSY = define("EBUSY", IoUring.EBUSY());

  /** File exists. */
  public static final int EEXIST = define("EEXIST", IoUring.EEXIST());

  /** Invalid cross-device link. */
  public static final int EXDEV = define("EXDEV", IoUring.EXDEV());

  /** No such device. */
  public static final int ENODEV = define("ENODEV", IoUring.ENODEV());

  /** Not a directory. */
  public static final int ENOTDIR = define("ENOTDIR", IoUring.ENOTDIR());

  /** Is a directory. */
  public static final int EISDIR = define("EISDIR", IoUring.EISDIR());

  /** Invalid argument. */
  public static final int EINVAL = define("EINVAL", IoUring.EINVAL());

  /** Too many open files in system. */
  public static final int ENFILE = define("ENFILE", IoUring.ENFILE());

  /** Too many open files. */
  public static final int EMFILE = define("EMFILE", IoUring.EMFILE());

  /** Inappropriate ioctl for device. */
  public static final int ENOTTY = define("ENOTTY", IoUring.ENOTTY());

  /** Text file busy. */
  public static final int ETXTBSY = define("ETXTBSY", IoUring.ETXTBSY());

  /** File too large. */
  public static final int EFBIG = define("EFBIG", IoUring.EFBIG());

  /** No space left on device. */
  public static final int ENOSPC = define("ENOSPC", IoUring.ENOSPC());

  /** Illegal seek. */
  public static final int ESPIPE = define("ESPIPE", IoUring.ESPIPE());

  /** Read-only file system. */
  public static final int EROFS = define("EROFS", IoUring.EROFS());

  /** Too many links. */
  public static final int EMLINK = define("EMLINK", IoUring.EMLINK());

  /** Broken pipe. */
  public static final int EPIPE = define("EPIPE", IoUring.EPIPE());

  /** Numerical argument out of domain. */
  public static final int EDOM = define("EDOM", IoUring.EDOM());

  /** Numerical result out of range. */
  public static final int ERANGE = define("ERANGE", IoUring.ERANGE());

  /** Resource deadlock avoided. */
  public static final int EDEADLK = define("EDEADLK", IoUring.EDEADLK());

  /** Another name of {@link #EDEADLK}. */
  public static final int EDEADLOCK = EDEADLK;

  /** File name too long. */
  public static final int ENAMETOOLONG = define("ENAMETOOLONG", IoUring.ENAMETOOLONG());

  /** No locks available. */
  public static final int ENOLCK = define("ENOLCK", IoUring.ENOLCK());

  /** Function not implemented. */
  public static final int ENOSYS = define("ENOSYS", IoUring.ENOSYS());

  /** Directory not empty. */
  public static final int ENOTEMPTY = define("ENOTEMPTY", IoUring.ENOTEMPTY());

  /** Too many levels of symbolic links. */
  public static final int ELOOP = define("ELOOP", IoUring.ELOOP());

  /** No message of desired type. */
  public static final int ENOMSG = define("ENOMSG", IoUring.ENOMSG());

  /** Identifier removed. */
  public static final int EIDRM = define("EIDRM", IoUring.EIDRM());

  /** Channel number out of range. */
  public static final int ECHRNG = define("ECHRNG", IoUring.ECHRNG());

  /** Level 2 not synchronized. */
  public static final int EL2NSYNC = define("EL2NSYNC", IoUring.EL2NSYNC());

  /** Level 3 halted. */
  public static final int EL3HLT = define("EL3HLT", IoUring.EL3HLT());

  /** Level 3 reset. */
  public static final int EL3RST = define("EL3RST", IoUring.EL3RST());

  /** Link number out of range. */
  public static final int ELNRNG = define("ELNRNG", IoUring.ELNRNG());

  /** Protocol driver not attached. */
  public static final int EUNATCH = define("EUNATCH", IoUring.EUNATCH());

  /** No CSI structure available. */
  public static final int ENOCSI = define("ENOCSI", IoUring.ENOCSI());

  /** Level 2 halted. */
  public static final int EL2HLT = define("EL2HLT", IoUring.EL2HLT());

  /** Invalid exchange. */
  public static final int EBADE = define("EBADE", IoUring.EBADE());

  /** Invalid request descriptor. */
  public static final int EBADR = define("EBADR", IoUring.EBADR());

  /** Exchange full. */
  public static final int EXFULL = define("EXFULL", IoUring.EXFULL());

  /** No anode. */
  public static final int ENOANO = define("ENOANO", IoUring.ENOANO());

  /** Invalid request code. */
  public static final int EBADRQC = define("EBADRQC", IoUring.EBADRQC());

  /** Invalid slot. */
  public static final int EBADSLT = define("EBADSLT", IoUring.EBADSLT());

  /** Bad font file format. */
  public static final int EBFONT = define("EBFONT", IoUring.EBFONT());

  /** Device not a stream. */
  public static final int ENOSTR = define("ENOSTR", IoUring.ENOSTR());

  /** No data available. */
  public static final int ENODATA = define("ENODATA", IoUring.ENODATA());

  /** Timer expired. */
  public static final int ETIME = define("ETIME", IoUring.ETIME());

  /** Out of streams resources. */
  public static final int ENOSR = define("ENOSR", IoUring.ENOSR());

  /** Machine is not on the network. */
  public static final int ENONET = define("ENONET", IoUring.ENONET());

  /** Package not installed. */
  public static final int ENOPKG = define("ENOPKG", IoUring.ENOPKG());

  /** Object is remote. */
  public static final int EREMOTE = define("EREMOTE", IoUring.EREMOTE());

  /** Link has been severed. */
  public static final int ENOLINK = define("ENOLINK", IoUring.ENOLINK());

  /** Advertise error. */
  public static final int EADV = define("EADV", IoUring.EADV());

  /** Srmount error. */
  public static final int ESRMNT = define("ESRMNT", IoUring.ESRMNT());

  /** Communication error on send. */
  public static final int ECOMM = define("ECOMM", IoUring.ECOMM());

  /** Protocol error. */
  public static final int EPROTO = define("EPROTO", IoUring.EPROTO());

  /** Multihop attempted. */
  public static final int EMULTIHOP = define("EMULTIHOP", IoUring.EMULTIHOP());

  /** RFS specific error. */
  public static final int EDOTDOT = define("EDOTDOT", IoUring.EDOTDOT());

  /** Bad message. */
  public static final int EBADMSG = define("EBADMSG", IoUring.EBADMSG());

  /** Another name of {@link #EBADMSG}. */
  public static final int EFSBADCRC = EBADMSG;

  /** Value too large for defined data type. */
  public static final int EOVERFLOW = define("EOVERFLOW", IoUring.EOVERFLOW());

  /** Name not unique on network. */
  public static final int ENOTUNIQ = define("ENOTUNIQ", IoUring.ENOTUNIQ());

  /** File descriptor in bad state. */
  public static final int EBADFD = define("EBADFD", IoUring.EBADFD());

  /** Remote address changed. */
  public static final int EREMCHG = define("EREMCHG", IoUring.EREMCHG());

  /** Can not access a needed shared library. */
  public static final int ELIBACC = define("ELIBACC", IoUring.ELIBACC());

  /** Accessing a corrupted shared library. */
  public static final int ELIBBAD = define("ELIBBAD", IoUring.ELIBBAD());

  /** .lib section in a.out corrupted. */
  public static final int ELIBSCN = define("ELIBSCN", IoUring.ELIBSCN());

  /** Attempting to link in too many shared libraries. */
  public static final int ELIBMAX = define("ELIBMAX", IoUring.ELIBMAX());

  /** Cannot exec a shared library directly. */
  public static final int ELIBEXEC = define("ELIBEXEC", IoUring.ELIBEXEC());

  /** Invalid or incomplete multibyte or wide character. */
  public static final int EILSEQ = define("EILSEQ", IoUring.EILSEQ());

  /** Interrupted system call should be restarted. */
  public static final int ERESTART = define("ERESTART", IoUring.ERESTART());

  /** Streams pipe error. */
  public static final int ESTRPIPE = define("ESTRPIPE", IoUring.ESTRPIPE());

  /** Too many users. */
  public static final int EUSERS = define("EUSERS", IoUring.EUSERS());

  /** Socket operation on non-socket. */
  public static final int ENOTSOCK = define("ENOTSOCK", IoUring.ENOTSOCK());

  /** Destination address required. */
  public static final int EDESTADDRREQ = define("EDESTADDRREQ", IoUring.EDESTADDRREQ());

  /** Message too long. */
  public static final int EMSGSIZE = define("EMSGSIZE", IoUring.EMSGSIZE());

  /** Protocol wrong type for socket. */
  public static final int EPROTOTYPE = define("EPROTOTYPE", IoUring.EPROTOTYPE());

  /** Protocol not available. */
  public static final int ENOPROTOOPT = define("ENOPROTOOPT", IoUring.ENOPROTOOPT());

  /** Protocol not supported. */
  public static final int EPROTONOSUPPORT = define("EPROTONOSUPPORT", IoUring.EPROTONOSUPPORT());

  /** Socket type not supported. */
  public static final int ESOCKTNOSUPPORT = define("ESOCKTNOSUPPORT", IoUring.ESOCKTNOSUPPORT());

  /** Operation not supported. */
  public static final int EOPNOTSUPP = define("EOPNOTSUPP", IoUring.EOPNOTSUPP());

  /** Another name of {@link #EOPNOTSUPP}. */
  public static final int ENOTSUP = EOPNOTSUPP;

  /** Protocol family not supported. */
  public static final int EPFNOSUPPORT = define("EPFNOSUPPORT", IoUring.EPFNOSUPPORT());

  /** Address family not supported by protocol. */
  public static final int EAFNOSUPPORT = define("EAFNOSUPPORT", IoUring.EAFNOSUPPORT());

  /** Address already in use. */
  public static final int EADDRINUSE = define("EADDRINUSE", IoUring.EADDRINUSE());

  /** Cannot assign requested address. */
  public static final int EADDRNOTAVAIL = define("EADDRNOTAVAIL", IoUring.EADDRNOTAVAIL());

  /** Network is down. */
  public static final int ENETDOWN = define("ENETDOWN", IoUring.ENETDOWN());

  /** Network is unreachable. */
  public static final int ENETUNREACH = define("ENETUNREACH", IoUring.ENETUNREACH());

  /** Network dropped connection on reset. */
  public static final int ENETRESET = define("ENETRESET", IoUring.ENETRESET());

  /** Software caused connection abort. */
  public static final int ECONNABORTED = define("ECONNABORTED", IoUring.ECONNABORTED());

  /** Connection reset by peer. */
  public static final int ECONNRESET = define("ECONNRESET", IoUring.ECONNRESET());

  /** No buffer space available. */
  public static final int ENOBUFS = define("ENOBUFS", IoUring.ENOBUFS());

  /** Transport endpoint is already connected. */
  public static final int EISCONN = define("EISCONN", IoUring.EISCONN());

  /** Transport endpoint is not connected. */
  public static final int ENOTCONN = define("ENOTCONN", IoUring.ENOTCONN());

  /** Cannot send after transport endpoint shutdown. */
  public static final int ESHUTDOWN = define("ESHUTDOWN", IoUring.ESHUTDOWN());

  /** Too many references: cannot splice. */
  public static final int ETOOMANYREFS = define("ETOOMANYREFS", IoUring.ETOOMANYREFS());

  /** Connection timed out. */
  public static final int ETIMEDOUT = define("ETIMEDOUT", IoUring.ETIMEDOUT());

  /** Connection refused. */
  public static final int ECONNREFUSED = define("ECONNREFUSED", IoUring.ECONNREFUSED());

  /** Host is down. */
  public static final int EHOSTDOWN = define("EHOSTDOWN", IoUring.EHOSTDOWN());

  /** No route to host. */
  public static final int EHOSTUNREACH = define("EHOSTUNREACH", IoUring.EHOSTUNREACH());

  /** Operation already in progress. */
  public static final int EALREADY = define("EALREADY", IoUring.EALREADY());

  /** Operation now in progress. */
  public static final int EINPROGRESS = define("EINPROGRESS", IoUring.EINPROGRESS());

  /** Stale file handle. */
  public static final int ESTALE = define("ESTALE", IoUring.ESTALE());

  /** Structure needs cleaning. */
  public static final int EUCLEAN = define("EUCLEAN", IoUring.EUCLEAN());

  /** Another name of {@link #EUCLEAN}. */
  public static final int EFSCORRUPTED = EUCLEAN;

  /** Not a XENIX named type file. */
  public static final int ENOTNAM = define("ENOTNAM", IoUring.ENOTNAM());

  /** No XENIX semaphores available. */
  public static final int ENAVAIL = define("ENAVAIL", IoUring.ENAVAIL());

  /** Is a named type file. */
  public static final int EISNAM = define("EISNAM", IoUring.EISNAM());

  /** Remote I/O error. */
  public static final int EREMOTEIO = define("EREMOTEIO", IoUring.EREMOTEIO());

  /** Disk quota exceeded. */
  public static final int EDQUOT = define("EDQUOT", IoUring.EDQUOT());

  /** No medium found. */
  public static final int ENOMEDIUM = define("ENOMEDIUM", IoUring.ENOMEDIUM());

  /** Wrong medium type. */
  public static final int EMEDIUMTYPE = define("EMEDIUMTYPE", IoUring.EMEDIUMTYPE());

  /** Operation canceled. */
  public static final int ECANCELED = define("ECANCELED", IoUring.ECANCELED());

  /** Required key not available. */
  public static final int ENOKEY = define("ENOKEY", IoUring.ENOKEY());

  /** Key has expired. */
  public static final int EKEYEXPIRED = define("EKEYEXPIRED", IoUring.EKEYEXPIRED());

  /** Key has been revoked. */
  public static final int EKEYREVOKED = define("EKEYREVOKED", IoUring.EKEYREVOKED());

  /** Key was rejected by service. */
  public static final int EKEYREJECTED = define("EKEYREJECTED", IoUring.EKEYREJECTED());

  /** Owner died. */
  public static final int EOWNERDEAD = define("EOWNERDEAD", IoUring.EOWNERDEAD());

  /** State not recoverable. */
  public static final int ENOTRECOVERABLE = define("ENOTRECOVERABLE", IoUring.ENOTRECOVERABLE());

  /** Operation not possible due to RF-kill. */
  public static final int ERFKILL = define("ERFKILL", IoUring.ERFKILL());

  /** Memory page has hardware error. */
  public static final int EHWPOISON = define("EHWPOISON", IoUring.EHWPOISON());

  /** Wrong file type for the intended operation. */
  public static final int EFTYPE = define("EFTYPE", IoUring.EFTYPE());

  private static final int MESSAGE_BYTES_LIMIT = 1024;

  private static final Downcall STRERROR = Downcall.ofWord("strerror", 1);

  private Errno() {}

  private static int define(String name, int errno) {
    NAMES[errno] = name;
    return errno;
  }

  /**
   * Tells whether a result is an error.
   *
   * @param result what a call returned
   * @return true when {@code result} is {@code -errno}, in -4095..-1
   */
  public static boolean isError(long result) {
    return result < 0 && result >= -MAX_ERRNO;
  }

  /**
   * Tells whether an operation ended because the kernel's worker thread that ran it was
   * interrupted, mostly by a cancel or a linked timeout. Some operations (an open of a FIFO on
   * Linux 6.18) then answer one of the kernel's own restart codes, which no system call shows and
   * no header for applications has: 512 to 514 and 516 (include/linux/errno.h of the kernel).
   *
   * @param result a completion's result
   * @return whether it is {@code -EINTR} or such a code
   */
  public static boolean isInterrupted(int result) {
    return result == -EINTR || (result <= -512 && result >= -514) || result == -516;
  }

  /**
   * Returns the name of an error number.
   *
   * @param errno an error number of either sign
   * @return the name, such as "ECONNRESET", or "errno 999" for a number without a name
   */
  public static String name(int errno) {
    String name = nameOrNull(errno);
    return name != null ? name : "errno " + magnitude(errno);
  }

  /**
   * Returns the libc's text for an error number, in the language of the process's locale.
   *
   * @param errno an error number of either sign
   * @return the text of strerror(3), such as "Connection reset by peer"
   */
  public static String message(int errno) {
    // The text stands in static memory of the libc or of this thread until its next call.
    long text = STRERROR.call(magnitude(errno));
    return MemorySegment.ofAddress(text).reinterpret(MESSAGE_BYTES_LIMIT).getString(0);
  }

  /**
   * Describes an error number for a person.
   *
   * @param errno an error number of either sign
   * @return name, number and message, such as "ECONNRESET (104): connection reset by peer"
   */
  public static String describe(int errno) {
    String name = nameOrNull(errno);
    String number = name != null ? name + " (" + magnitude(errno) + ")" : name(errno);
    return number + ": " + inSentence(message(errno));
  }

  private static String nameOrNull(int errno) {
    int magnitude = magnitude(errno);
    return magnitude >= 0 && magnitude < NAMES.length ? NAMES[magnitude] : null;
  }

  // Stays negative for Integer.MIN_VALUE, which no table holds.
  private static int magnitude(int errno) {
    return errno < 0 ? -errno : errno;
  }

  // "Connection reset" becomes "connection reset", but "RFS specific error" stays as it is.
  private static String inSentence(String message) {
    boolean acronym =
        message.length() > 1
            && Character.isUpperCase(message.charAt(0))
            && !Character.isLowerCase(message.charAt(1));
    return message.isEmpty() || acronym
        ? message
        : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
  }
}
