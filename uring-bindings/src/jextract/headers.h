/*
 * What jextract reads to make the package millrace.uring.abi; see regenerate.sh.
 *
 * Order matters: the libc's socket headers come before the kernel's, because the kernel's headers
 * step back for definitions the libc has already made (linux/libc-compat.h), not the other way round.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/time_types.h>

#include <linux/io_uring.h>
#include <linux/io_uring/bpf_filter.h>
#include <linux/io_uring/query.h>
#include <linux/io_uring/zcrx.h>
