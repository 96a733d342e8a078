/*
 * Rounds of NOPs through one io_uring, by system calls alone: what NopBenchmark.ring does in Java,
 * with the same sizes, set-up flags and checks.
 *
 *   nop_rounds BATCH WARM_UP_SECONDS ITERATIONS SECONDS
 *
 * prints a line with the nanoseconds per round for each iteration.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Values of newer kernel headers than one may have. */
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16)
#endif
#define ENTER_NO_IOWAIT (1U << 7)
#define FEATURE_NO_IOWAIT (1U << 17)

enum { SUBMISSION_ENTRIES = 128, COMPLETION_ENTRIES = 1024, ROUNDS_PER_CLOCK_READING = 1024 };

struct ring {
  unsigned *submission_head;
  unsigned *submission_tail;
  unsigned submission_mask;
  unsigned submission_entries;
  unsigned tail;
  struct io_uring_sqe *entries;
  unsigned *completion_head;
  unsigned *completion_tail;
  unsigned completion_mask;
  struct io_uring_cqe *completions;
  int registered_fd;
  unsigned enter_flags;
};

static void fail(const char *operation) {
  fprintf(stderr, "nop_rounds: %s: %s\n", operation, strerror(errno));
  exit(1);
}

/* Six arguments, the result or -errno, and no libc in between, as in liburing. */
static long enter(int fd, unsigned to_submit, unsigned min_complete, unsigned flags) {
#if defined(__x86_64__)
  long result;
  register long fourth __asm__("r10") = flags;
  register long fifth __asm__("r8") = 0;
  register long sixth __asm__("r9") = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"((long)__NR_io_uring_enter), "D"((long)fd), "S"((long)to_submit),
                     "d"((long)min_complete), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
#else
  long result = syscall(__NR_io_uring_enter, fd, to_submit, min_complete, flags, NULL, 0);
  return result < 0 ? -errno : result;
#endif
}

static void open_ring(struct ring *ring) {
  struct io_uring_params parameters = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
               IORING_SETUP_NO_SQARRAY | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
      .cq_entries = COMPLETION_ENTRIES};
  int fd = (int)syscall(__NR_io_uring_setup, SUBMISSION_ENTRIES, &parameters);
  if (fd < 0) fail("io_uring_setup");
  size_t ring_bytes =
      parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
  char *queues = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
                      IORING_OFF_SQ_RING);
  ring->entries = mmap(NULL, parameters.sq_entries * sizeof(struct io_uring_sqe),
                       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
  if (queues == MAP_FAILED || ring->entries == MAP_FAILED) fail("mmap");
  ring->submission_head = (unsigned *)(queues + parameters.sq_off.head);
  ring->submission_tail = (unsigned *)(queues + parameters.sq_off.tail);
  ring->submission_mask = parameters.sq_entries - 1;
  ring->submission_entries = parameters.sq_entries;
  ring->tail = *ring->submission_tail;
  ring->completion_head = (unsigned *)(queues + parameters.cq_off.head);
  ring->completion_tail = (unsigned *)(queues + parameters.cq_off.tail);
  ring->completion_mask = parameters.cq_entries - 1;
  ring->completions = (struct io_uring_cqe *)(queues + parameters.cq_off.cqes);
  struct io_uring_rsrc_update slot = {.offset = -1U, .data = (uint64_t)fd};
  if (syscall(__NR_io_uring_register, fd, IORING_REGISTER_RING_FDS, &slot, 1) != 1) {
    fail("io_uring_register(RING_FDS)");
  }
  ring->registered_fd = (int)slot.offset;
  ring->enter_flags = IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING |
                      (parameters.features & FEATURE_NO_IOWAIT ? ENTER_NO_IOWAIT : 0);
}

static inline void prepare(struct ring *ring, uint64_t user_data) {
  unsigned head = __atomic_load_n(ring->submission_head, __ATOMIC_ACQUIRE);
  if (ring->tail - head == ring->submission_entries) {
    fprintf(stderr, "nop_rounds: submission queue full\n");
    exit(1);
  }
  struct io_uring_sqe *entry = &ring->entries[ring->tail & ring->submission_mask];
  memset(entry, 0, sizeof *entry);
  entry->opcode = IORING_OP_NOP;
  entry->fd = -1;
  entry->user_data = user_data;
  ring->tail++;
}

static inline unsigned drain(struct ring *ring) {
  unsigned head = *ring->completion_head;
  unsigned tail = __atomic_load_n(ring->completion_tail, __ATOMIC_ACQUIRE);
  unsigned count = tail - head;
  while (head != tail) {
    struct io_uring_cqe *completion = &ring->completions[head & ring->completion_mask];
    if (completion->res != 0) {
      fprintf(stderr, "nop_rounds: nop: %s\n", strerror(-completion->res));
      exit(1);
    }
    head++;
  }
  __atomic_store_n(ring->completion_head, head, __ATOMIC_RELEASE);
  return count;
}

static void run_round(struct ring *ring, unsigned batch) {
  for (unsigned number = 0; number < batch; number++) prepare(ring, number);
  __atomic_store_n(ring->submission_tail, ring->tail, __ATOMIC_RELEASE);
  long submitted = enter(ring->registered_fd, batch, batch, ring->enter_flags);
  unsigned completed = drain(ring);
  if (submitted != (long)batch || completed != batch) {
    fprintf(stderr, "nop_rounds: submitted %ld, completed %u\n", submitted, completed);
    exit(1);
  }
}

static double now_nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

static double nanos_per_round(struct ring *ring, unsigned batch, double seconds) {
  double start = now_nanos();
  double end = start;
  long rounds = 0;
  while (end - start < seconds * 1e9) {
    for (int round = 0; round < ROUNDS_PER_CLOCK_READING; round++) run_round(ring, batch);
    rounds += ROUNDS_PER_CLOCK_READING;
    end = now_nanos();
  }
  return (end - start) / rounds;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: nop_rounds BATCH WARM_UP_SECONDS ITERATIONS SECONDS\n");
    return 2;
  }
  unsigned batch = (unsigned)strtoul(arguments[1], NULL, 10);
  if (batch < 1 || batch > SUBMISSION_ENTRIES) {
    fprintf(stderr, "nop_rounds: BATCH %s is not in 1..%d\n", arguments[1], SUBMISSION_ENTRIES);
    return 2;
  }
  struct ring ring;
  open_ring(&ring);
  nanos_per_round(&ring, batch, atof(arguments[2]));
  for (int iteration = atoi(arguments[3]); iteration > 0; iteration--) {
    printf("%.2f\n", nanos_per_round(&ring, batch, atof(arguments[4])));
  }
  return 0;
}
