/*
 * The parasite: code that runs inside a frozen task, on the task's own threads, and does what only the task can.
 *
 * It lives in one shared anonymous mapping, the area, which the engine maps too:
 *
 *     code | parasite_header (a page) | argument, shared by the task's threads | a slot, a stack and a signal frame a thread
 *
 * A thread takes commands through its slot. It waits on `release`, a word that the engine has in its robust list
 * (set_robust_list(2)): when the engine dies, however that happens, the kernel takes the owner out of the word and wakes
 * the waiters; each then closes what was opened here and goes back to where it was by rt_sigreturn(2) from its frame.
 * No descriptor, signal or peer is needed for that.
 *
 * Rules for commands: no signal may be raised in the task (no write to a pipe without a reader, no file size limit);
 * no sleep with a timeout (it would replace the restart block of the call that the thread was interrupted in).
 */
#pragma once
#include <stdint.h>
#include <sys/uio.h>

/* Add a line here and one in parasite_run (parasite.c). */
enum parasite_command : uint32_t {
  PARASITE_COMMAND_NOTHING = 0,
  PARASITE_COMMAND_OPEN_PIPE = 1,        /* argument: struct parasite_pipe; result: 0 or -errno */
  PARASITE_COMMAND_CLOSE = 2,            /* no argument; closes what these commands have opened */
  PARASITE_COMMAND_DRAIN = 3,            /* argument: struct parasite_drain; result: bytes put into the pipe or -errno */
  PARASITE_COMMAND_DESCRIPTOR_FLAGS = 4, /* argument: struct parasite_descriptors; result: 0 */
  PARASITE_COMMAND_SYSTEM_CALL = 5,      /* argument: struct parasite_system_call; result: the call's */
  PARASITE_COMMAND_CLONE = 6,            /* no argument; result: the clone's pid as the task sees it, or -errno */
  PARASITE_COMMAND_OPEN_SOCKETS = 7,     /* argument: int32_t, output: the far end; result: 0 or -errno */
  PARASITE_COMMAND_TAKE_FILE = 8,        /* no argument; closes the sockets; result: 0 or -errno */
  PARASITE_COMMAND_WRITE = 9,            /* argument: struct parasite_drain; result: bytes written to the file or -errno */
  PARASITE_COMMAND_THREAD_STATE = 10,    /* argument: struct parasite_thread_state; result: 0 */
  PARASITE_COMMAND_TASK_STATE = 11,      /* argument: struct parasite_task_state; result: 0 */
  PARASITE_COMMAND_BOTH_STATES = 12,     /* as TASK_STATE, with struct parasite_descriptors behind its argument, and
                                            struct parasite_thread_state in the thread's own room */
};

enum : uint32_t {
  PARASITE_MAGIC = 0x61726170,       /* "para" */
  PARASITE_HEADER_BYTE_COUNT = 4096, /* its struct, then the stack of a clone */
  PARASITE_ARGUMENT_BYTE_COUNT = 256 * 1024,
  PARASITE_SLOT_BYTE_COUNT = 4096,
  PARASITE_STACK_BYTE_COUNT = 8192,
  PARASITE_RELEASE_OFFSET = 128,     /* of parasite_header.release */
  PARASITE_ROBUST_WINDOW_BYTES = 256 /* of the header's beginning: the robust list's node is in it, around `release` */
};

/* A control message with one descriptor (unix(7), SCM_RIGHTS), as recvmsg(2) stores it. */
struct parasite_passed {
  uint64_t byte_count;
  int32_t level, type;
  int32_t file;           /* in the task; -1: none */
  int32_t padding;
};

/* Of the area; begins on a page. */
struct parasite_header {
  uint32_t magic;         /* stored last: without it nothing of the area may be believed */
  uint32_t closing;       /* 1 once a thread has taken it on itself to close what was opened */
  uint64_t padding0[15];
  uint32_t release;       /* futex: TID of the engine, FUTEX_WAITERS; bit 30 flips with each wave of commands */
  uint32_t padding1;
  uint64_t padding2[15];
  int32_t pipe[2];        /* descriptors in the task; -1: none */
  uint64_t pipe_inode;    /* of both ends */
  uint64_t slots;         /* address in the task of the first slot */
  uint32_t slot_count, slot_stride; /* slot_stride: bytes from slot to slot */
  int32_t clone;          /* as the task sees it, until the undo journal knows of it; 0: none */
  uint32_t clone_stage;   /* futex: PARASITE_CLONE_, or -errno of what the clone could not do */
  uint32_t clone_is_traced;   /* futex: 1 once the engine has it, so that the kernel ends it with the engine */
  uint32_t clone_is_filtered; /* the clone makes no call before its tracer has turned its filters off */
  uint32_t clone_keeps;       /* the clone shares the task's memory, and keeps it when the task has ended */
  char clone_name[16];        /* for ps(1); empty: the task's own */
  int32_t sockets[2];         /* over which the file comes; in the task; -1: none */
  struct parasite_passed passed;
};

enum : uint32_t {
  PARASITE_CLONE_BORN = 0,
  PARASITE_CLONE_READY = 1, /* it has let go of the task's descriptors and directory */
};

/* Of a thread, at the beginning of a page whose rest has room for an argument of this thread alone. Addresses are the
 * task's. */
struct parasite_slot {
  uint32_t sequence;      /* the engine's: number of the command to run */
  uint32_t done;          /* futex: number of the command that ended */
  uint32_t command;
  uint32_t wake_mask;     /* by which waiters on `release` are told apart */
  int64_t result;
  uint64_t argument;
  uint64_t header;
  uint64_t context;       /* stack pointer with which rt_sigreturn(2) finds the frame */
  uint32_t is_filtered;   /* the thread has seccomp filters: they are back when the engine is gone */
  uint32_t is_32bit;      /* it returns as 32-bit code does, which is what its filters know */
  uint64_t padding1;
};

/* Makes the pipe that memory is drained into. Both ends stay open in the task, so that it always has a reader. */
struct parasite_pipe {
  uint32_t byte_count;    /* capacity: wished for, then what the kernel gave */
  int32_t read_end;       /* output, for pidfd_getfd(2) */
};

/* Fills the pipe with the task's pages until it is full or all are in; call again after emptying it. Or writes all of
 * them to the file. */
struct parasite_drain {
  uint32_t iovec_count;
  uint32_t position;      /* the first iovec with bytes left; in and out */
  struct iovec iovecs[];  /* shortened from the front as bytes go */
};

struct parasite_descriptor {
  int32_t number;
  int32_t flags;          /* fcntl(2), F_GETFD; -errno when it is closed */
};

struct parasite_descriptors {
  uint32_t count, padding;
  struct parasite_descriptor entries[];
};

struct parasite_system_call {
  int64_t number;
  int64_t arguments[6];
};

/* The commands of other files. */
long parasite_clone(struct parasite_header *header);

/* Offsets in the blob, for the engine. */
unsigned long parasite_entry_offset(void);        /* a thread begins here: r12 = its slot, rsp = its stack's top */
unsigned long parasite_system_call_offset(void);  /* syscall; ret */
unsigned long parasite_signal_return_offset(void); /* rt_sigreturn(2), r12 = its slot, rsp = context */
