/*
 * Memory filled from files, by several processes of one address space at once. The code is freestanding, since a process
 * that shares our memory shares the state of our C library too.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* struct iovec */
struct fill_range {
  uint64_t address, byte_count;
};

/* What a file has one behind the other, and where it goes. */
struct fill_piece {
  int32_t file;
  uint32_t range_count;
  uint64_t offset;
  uint64_t first_range; /* index into the ranges of the work; they change while it is done */
  /* A frame that must be unpacked; bytes of it that nobody wants go to the address 0. */
  uint32_t packed_byte_count; /* 0: the file has the bytes as they are */
  uint32_t byte_count;        /* of the whole frame, unpacked */
  uint32_t checksum;          /* what the frame ends with */
};

struct fill_context;

/*
 * Unpacks a frame, as ZSTD_decompressDCtx(3) does. It may keep its state nowhere but in its context: no allocation, no
 * errno. The bytes that it made; anything else is an error of its own.
 */
typedef size_t fill_unpack(struct fill_context *context, void *bytes, size_t byte_count, const void *packed,
                           size_t packed_byte_count);

struct fill_work {
  struct fill_piece *pieces;
  struct fill_range *ranges;
  fill_unpack *unpack; /* for all frames */
  uint64_t piece_count;
  uint64_t next;           /* the piece that nobody has taken yet */
  int32_t maker;           /* the pid of whoever starts helpers */
  uint32_t failed;         /* 1 once the first failure is claimed */
  int32_t error;           /* of that: errno, positive; ENODATA: the file ended early, EBADMSG: not the frame it should be */
  uint64_t failed_piece;
  uint64_t failed_address; /* where its bytes were to go */
};

/* What each process that does the work has for itself. */
struct fill_process {
  struct fill_work *work;
  uint64_t stack; /* where it begins */
  struct fill_context *context;
  void *packed;   /* room for the largest frame */
  void *unpacked; /* the same, for one that does not go to one place */
};

enum : uint32_t {
  FILL_STACK_BYTE_COUNT = 128 << 10, /* libzstd needs a few KiB */
  FILL_POPULATED_BYTE_COUNT = 16384, /* a smaller range costs less as faults of the read than as a call more */
};

/* Takes pieces and fills them, until none is left or one failed. */
void fill_memory(struct fill_process *process);

/*
 * Starts a process that does the same, in our memory and with our descriptors, under a pid of the caller's choice. It
 * sends no signal at its end, and dies with us. Its pid, or -errno.
 */
long fill_start_helper(struct fill_process *process, int32_t pid);

/* Waits until the helper has ended. 0; -ECHILD: somebody killed it; or -errno. */
long fill_await_helper(int32_t pid);
