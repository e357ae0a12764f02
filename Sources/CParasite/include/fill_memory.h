/*
 * Memory filled from files, by several processes of one address space at once. The code is freestanding, since a process
 * that shares our memory shares the state of our C library too.
 */
#pragma once
#include <stdint.h>

/* struct iovec */
struct fill_range {
  uint64_t address, byte_count;
};

/* Bytes of a file, one behind the other, and where they go. */
struct fill_piece {
  int32_t file;
  uint32_t range_count;
  uint64_t offset;
  uint64_t first_range; /* index into the ranges of the work; they change while it is done */
};

struct fill_work {
  struct fill_piece *pieces;
  struct fill_range *ranges;
  uint64_t piece_count;
  uint64_t next;           /* the piece that nobody has taken yet */
  uint32_t failed;         /* 1 once the first failure is claimed */
  int32_t error;           /* of that: errno, positive; ENODATA: the file ended early */
  uint64_t failed_address; /* where its bytes were to go */
  int32_t failed_file;
};

enum : uint32_t {
  FILL_STACK_BYTE_COUNT = 16384,
  FILL_POPULATED_BYTE_COUNT = 16384, /* a smaller range costs less as faults of the read than as a call more */
};

/* Takes pieces and reads them, until none is left or one failed. */
void fill_memory(struct fill_work *work);

/*
 * Starts a process that does the same, in our memory and with our descriptors, under a pid of the caller's choice, on a
 * stack that begins at `stack`. It sends no signal at its end, and dies with us. Its pid, or -errno.
 */
long fill_start_helper(struct fill_work *work, int32_t pid, uint64_t stack);

/* Waits until the helper has ended. 0; -ECHILD: somebody killed it; or -errno. */
long fill_await_helper(int32_t pid);
