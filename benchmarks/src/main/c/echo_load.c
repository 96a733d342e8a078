/*
 * Load for an echo server: CONNECTIONS sockets, each with DEPTH messages of SIZE bytes under way, on
 * one thread. Every byte that comes back is compared. Prints one "name value" line per figure.
 *
 * CPU times are the kernel's CPU clocks of the two processes, which count all their threads, those
 * that have ended included.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, NANOS_PER_SECOND = 1000000000, STALL_SECONDS = 10 };

/* Latencies: 64 buckets for each power of two, an error below 1.6 %. */
enum { SUB_BITS = 6, SUB_COUNT = 1 << SUB_BITS, BUCKETS = (64 - SUB_BITS) * SUB_COUNT };

struct connection {
  int descriptor;
  int waits_for_room;   /* EPOLLOUT is asked for */
  uint8_t *payload;     /* depth + 1 messages: any piece of the stream is found in it */
  uint64_t *sent_at;    /* a ring of depth times */
  unsigned oldest;      /* index in sent_at of the message to come back next */
  size_t received;      /* bytes of that message that are back */
  size_t to_send;       /* bytes that the socket had no room for */
  size_t send_position; /* where in the payload they start, below size */
};

struct usage {
  uint64_t cpu_nanos;
  uint64_t queued_nanos; /* runnable, and without a CPU */
};

struct snapshot {
  uint64_t nanos;
  struct usage server;
  struct usage client;
};

static int port, server_process;
static int connection_count = 50;
static size_t depth = 1, size = 64;
static double ramp_seconds = 0.3, seconds = 5;

static int poller;
static struct connection *connections;
static uint8_t *input;
static uint64_t histogram[BUCKETS];
static uint64_t requests, slowest_nanos, polls;
static int measuring;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "echo_load: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(1);
}

static int check(int result, const char *operation) {
  if (result < 0) fail("%s: %s", operation, strerror(errno));
  return result;
}

static void *allocate(size_t count, size_t bytes) {
  void *memory = calloc(count, bytes);
  if (memory == NULL) fail("out of memory");
  return memory;
}

static uint64_t read_clock(clockid_t clock) {
  struct timespec time;
  check(clock_gettime(clock, &time), "clock_gettime");
  return (uint64_t)time.tv_sec * NANOS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static uint64_t now_nanos(void) { return read_clock(CLOCK_MONOTONIC); }

/* The second field of each thread's schedstat; a kernel without schedstat gives 0. */
static uint64_t queued_nanos(int process) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *tasks = opendir(path);
  if (tasks == NULL) fail("%s: %s", path, strerror(errno));
  uint64_t sum = 0;
  for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", process, task->d_name);
    FILE *file = fopen(path, "re");
    if (file == NULL) continue; /* the thread has ended */
    unsigned long long running, queued;
    if (fscanf(file, "%llu %llu", &running, &queued) == 2) sum += queued;
    fclose(file);
  }
  closedir(tasks);
  return sum;
}

static struct usage usage_of(int process) {
  clockid_t clock;
  int error = clock_getcpuclockid(process, &clock);
  if (error != 0) fail("no CPU clock of process %d: %s", process, strerror(error));
  return (struct usage){read_clock(clock), queued_nanos(process)};
}

static struct snapshot take_snapshot(void) {
  struct snapshot snapshot = {0, usage_of(server_process), usage_of(getpid())};
  snapshot.nanos = now_nanos();
  return snapshot;
}

static void record(uint64_t nanos) {
  unsigned bucket;
  if (nanos < SUB_COUNT) {
    bucket = (unsigned)nanos;
  } else {
    unsigned shift = 63 - (unsigned)__builtin_clzll(nanos) - SUB_BITS;
    bucket = (shift + 1) * SUB_COUNT + (unsigned)(nanos >> shift) % SUB_COUNT;
  }
  histogram[bucket]++;
  if (nanos > slowest_nanos) slowest_nanos = nanos;
}

/* The upper end of the bucket in which the quantile lies. */
static uint64_t quantile_nanos(double quantile) {
  uint64_t rank = (uint64_t)(quantile * (double)requests), seen = 0;
  for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (seen > rank) {
      if (bucket < SUB_COUNT) return bucket;
      unsigned shift = bucket / SUB_COUNT - 1;
      uint64_t end = ((uint64_t)(SUB_COUNT + bucket % SUB_COUNT + 1) << shift) - 1;
      return end < slowest_nanos ? end : slowest_nanos;
    }
  }
  return slowest_nanos;
}

static void watch(struct connection *connection, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  check(epoll_ctl(poller, operation, connection->descriptor, &event), "epoll_ctl");
}

static void flush(struct connection *connection) {
  while (connection->to_send > 0) {
    /* The payload holds depth messages from any position on. */
    size_t length = connection->to_send < depth * size ? connection->to_send : depth * size;
    ssize_t sent = send(connection->descriptor, connection->payload + connection->send_position,
                        length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      if (!connection->waits_for_room) watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      connection->waits_for_room = 1;
      return;
    }
    check((int)sent, "send");
    connection->to_send -= (size_t)sent;
    connection->send_position = (connection->send_position + (size_t)sent) % size;
  }
  if (connection->waits_for_room) watch(connection, EPOLL_CTL_MOD, EPOLLIN);
  connection->waits_for_room = 0;
}

static void receive(struct connection *connection) {
  ssize_t length = recv(connection->descriptor, input, depth * size, 0);
  if (length < 0 && errno == EAGAIN) return;
  check((int)length, "recv");
  if (length == 0) fail("the server has closed a connection");
  if (memcmp(input, connection->payload + connection->received, (size_t)length) != 0) {
    fail("the server has sent back other bytes");
  }
  connection->received += (size_t)length;
  if (connection->received < size) return;
  uint64_t now = now_nanos();
  while (connection->received >= size) {
    if (measuring) {
      requests++;
      record(now - connection->sent_at[connection->oldest]);
    }
    connection->received -= size;
    connection->sent_at[connection->oldest] = now;
    connection->oldest = connection->oldest + 1 == depth ? 0 : connection->oldest + 1;
    connection->to_send += size;
  }
  flush(connection);
}

static void open_connection(struct connection *connection, unsigned number) {
  connection->payload = allocate(depth + 1, size);
  connection->sent_at = allocate(depth, sizeof(uint64_t));
  for (size_t index = 0; index < (depth + 1) * size; index++) {
    /* Differs between connections and within a message, and repeats with each message. */
    connection->payload[index] = (uint8_t)((index % size) * 7 + number * 31 + (number >> 8));
  }
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int descriptor = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  check(connect(descriptor, (struct sockaddr *)&address, sizeof address), "connect");
  int on = 1;
  check(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  check(fcntl(descriptor, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
  connection->descriptor = descriptor;
  watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

static void start(struct connection *connection) {
  for (size_t message = 0; message < depth; message++) connection->sent_at[message] = now_nanos();
  connection->to_send = depth * size;
  flush(connection);
}

static void turn(void) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(poller, events, EVENTS, STALL_SECONDS * 1000);
  if (count < 0 && errno == EINTR) return;
  if (check(count, "epoll_wait") == 0) fail("nothing came back for %d s", STALL_SECONDS);
  if (measuring) polls++;
  for (int index = 0; index < count; index++) {
    struct connection *connection = events[index].data.ptr;
    if (events[index].events & EPOLLOUT) flush(connection);
    if (events[index].events & ~(uint32_t)EPOLLOUT) receive(connection);
  }
}

static void turn_until(uint64_t end_nanos) {
  while (now_nanos() < end_nanos) turn();
}

static void parse(int count, char **arguments) {
  int option;
  while ((option = getopt(count, arguments, "p:P:c:d:s:r:t:")) != -1) {
    switch (option) {
      case 'p': port = atoi(optarg); break;
      case 'P': server_process = atoi(optarg); break;
      case 'c': connection_count = atoi(optarg); break;
      case 'd': depth = (size_t)atol(optarg); break;
      case 's': size = (size_t)atol(optarg); break;
      case 'r': ramp_seconds = atof(optarg); break;
      case 't': seconds = atof(optarg); break;
      default: exit(2);
    }
  }
  if (port < 1 || server_process < 1 || connection_count < 1 || depth < 1 || size < 1) {
    fprintf(stderr, "usage: echo_load -p PORT -P SERVER_PROCESS [-c CONNECTIONS] [-d DEPTH]"
                    " [-s BYTES] [-r RAMP_SECONDS] [-t SECONDS]\n");
    exit(2);
  }
}

static void print(const char *name, uint64_t value) {
  printf("%s %llu\n", name, (unsigned long long)value);
}

int main(int count, char **arguments) {
  parse(count, arguments);
  poller = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  input = allocate(depth, size);
  connections = allocate((size_t)connection_count, sizeof *connections);
  for (int number = 0; number < connection_count; number++) {
    open_connection(&connections[number], (unsigned)number);
  }
  for (int number = 0; number < connection_count; number++) start(&connections[number]);
  turn_until(now_nanos() + (uint64_t)(ramp_seconds * NANOS_PER_SECOND));

  struct snapshot before = take_snapshot();
  measuring = 1;
  turn_until(before.nanos + (uint64_t)(seconds * NANOS_PER_SECOND));
  struct snapshot after = take_snapshot();

  print("requests", requests);
  print("nanos", after.nanos - before.nanos);
  print("serverCpuNanos", after.server.cpu_nanos - before.server.cpu_nanos);
  print("serverQueuedNanos", after.server.queued_nanos - before.server.queued_nanos);
  print("clientCpuNanos", after.client.cpu_nanos - before.client.cpu_nanos);
  print("clientQueuedNanos", after.client.queued_nanos - before.client.queued_nanos);
  print("clientPolls", polls);
  print("latencyP50Nanos", quantile_nanos(0.50));
  print("latencyP95Nanos", quantile_nanos(0.95));
  print("latencyP99Nanos", quantile_nanos(0.99));
  print("latencyMaxNanos", slowest_nanos);
  return 0;
}
