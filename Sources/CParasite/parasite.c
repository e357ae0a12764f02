#include "parasite.h"
#include "blob.h"
#include "state.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

BLOB_BEGIN

static long open_pipe(struct parasite_header *header, struct parasite_pipe *argument) {
  struct stat status;
  header->pipe_inode = 0;
  header->closing = 0;
  /* The kernel stores the numbers before it installs the ends: whoever cleans up after us finds them. */
  long result = blob_syscall2(SYS_pipe2, header->pipe, O_CLOEXEC);
  if (result < 0)
    return result;
  result = blob_syscall2(SYS_fstat, header->pipe[0], &status);
  if (result < 0)
    return result;
  header->pipe_inode = status.st_ino;
  /* A smaller pipe than wished for serves too: pipe-max-size, pipe-user-pages-soft. */
  blob_syscall3(SYS_fcntl, header->pipe[1], F_SETPIPE_SZ, argument->byte_count);
  result = blob_syscall2(SYS_fcntl, header->pipe[1], F_GETPIPE_SZ);
  if (result < 0)
    return result;
  argument->byte_count = (uint32_t)result;
  argument->read_end = header->pipe[0];
  return 0;
}

static void close_one(int32_t *descriptor) {
  if (*descriptor >= 0)
    blob_syscall1(SYS_close, *descriptor);
  *descriptor = -1;
}

static long close_opened(struct parasite_header *header) {
  if (__atomic_exchange_n(&header->closing, 1, __ATOMIC_SEQ_CST))
    return 0;
  close_one(&header->pipe[0]);
  close_one(&header->pipe[1]);
  close_one(&header->sockets[0]);
  close_one(&header->sockets[1]);
  close_one(&header->passed.file);
  return 0;
}

/* As with the pipe, the kernel stores each number before it installs the descriptor. */
static long open_sockets(struct parasite_header *header, int32_t *far_end) {
  header->closing = 0;
  long result = blob_syscall4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, header->sockets);
  *far_end = header->sockets[1];
  return result;
}

/* The engine has sent it by now. */
static long take_file(struct parasite_header *header) {
  char byte;
  struct iovec vector;
  struct msghdr message;
  vector.iov_base = &byte;
  vector.iov_len = 1;
  message.msg_name = 0;
  message.msg_namelen = 0;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = &header->passed;
  message.msg_controllen = sizeof header->passed;
  message.msg_flags = 0;
  long result = blob_syscall3(SYS_recvmsg, header->sockets[0], &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  close_one(&header->sockets[0]);
  close_one(&header->sockets[1]);
  if (result < 0)
    return result;
  return header->passed.file < 0 ? -EACCES : 0; /* a security module, or the limit of open files */
}

static void advance(struct parasite_drain *drain, unsigned long byte_count) {
  while (byte_count > 0) {
    struct iovec *first = &drain->iovecs[drain->position];
    unsigned long part = byte_count < first->iov_len ? byte_count : first->iov_len;
    first->iov_base = (char *)first->iov_base + part;
    first->iov_len -= part;
    byte_count -= part;
    if (first->iov_len == 0)
      drain->position++;
  }
}

/* What one call may take of the ranges with bytes left. */
static unsigned long next_count(struct parasite_drain *drain) {
  unsigned long count = drain->iovec_count - drain->position;
  return count > 1024 ? 1024 : count; /* UIO_MAXIOV */
}

static long drain(struct parasite_header *header, struct parasite_drain *drain) {
  long total = 0;
  while (drain->position < drain->iovec_count) {
    long result = blob_syscall4(SYS_vmsplice, header->pipe[1], &drain->iovecs[drain->position], next_count(drain),
                                SPLICE_F_NONBLOCK);
    if (result <= 0) {
      if (total == 0 && result != -EAGAIN)
        total = result;
      break;
    }
    advance(drain, (unsigned long)result);
    total += result;
  }
  return total;
}

static long write_pages(struct parasite_header *header, struct parasite_drain *drain) {
  long total = 0;
  while (drain->position < drain->iovec_count) {
    long result =
        blob_syscall3(SYS_writev, header->passed.file, &drain->iovecs[drain->position], next_count(drain));
    if (result <= 0)
      return result < 0 ? result : -EIO;
    advance(drain, (unsigned long)result);
    total += result;
  }
  return total;
}

static long read_descriptor_flags(struct parasite_descriptors *list) {
  for (uint32_t i = 0; i < list->count; i++)
    list->entries[i].flags = (int32_t)blob_syscall2(SYS_fcntl, list->entries[i].number, F_GETFD);
  return 0;
}

static long make_system_call(struct parasite_system_call *call) {
  int64_t *arguments = call->arguments;
  return blob_syscall6(call->number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

/* An if-chain, since a switch becomes a jump table outside the blob. */
static long parasite_run(struct parasite_slot *slot, struct parasite_header *header) {
  void *argument = (void *)slot->argument;
  uint32_t command = slot->command;
  if (command == PARASITE_COMMAND_NOTHING)
    return 0;
  if (command == PARASITE_COMMAND_OPEN_PIPE)
    return open_pipe(header, argument);
  if (command == PARASITE_COMMAND_CLOSE)
    return close_opened(header);
  if (command == PARASITE_COMMAND_DRAIN)
    return drain(header, argument);
  if (command == PARASITE_COMMAND_OPEN_SOCKETS)
    return open_sockets(header, argument);
  if (command == PARASITE_COMMAND_TAKE_FILE)
    return take_file(header);
  if (command == PARASITE_COMMAND_WRITE)
    return write_pages(header, argument);
  if (command == PARASITE_COMMAND_DESCRIPTOR_FLAGS)
    return read_descriptor_flags(argument);
  if (command == PARASITE_COMMAND_SYSTEM_CALL)
    return make_system_call(argument);
  if (command == PARASITE_COMMAND_CLONE)
    return parasite_clone(header);
  if (command == PARASITE_COMMAND_THREAD_STATE) {
    parasite_read_thread_state(argument);
    return 0;
  }
  if (command == PARASITE_COMMAND_TASK_STATE || command == PARASITE_COMMAND_BOTH_STATES) {
    parasite_read_task_state(argument);
    if (command == PARASITE_COMMAND_TASK_STATE)
      return 0;
    parasite_read_thread_state((struct parasite_thread_state *)(slot + 1));
    return read_descriptor_flags((struct parasite_descriptors *)((struct parasite_task_state *)argument + 1));
  }
  return -ENOSYS;
}

/* Runs commands until the engine is gone. The engine takes a thread out by ptrace, so that it never returns else. */
static __attribute__((used)) uint64_t parasite_main(struct parasite_slot *slot) {
  struct parasite_header *header = (struct parasite_header *)slot->header;
  uint32_t done = slot->done;
  while (1) {
    uint32_t release = __atomic_load_n(&header->release, __ATOMIC_SEQ_CST);
    if ((release & FUTEX_TID_MASK) == 0)
      break;
    uint32_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_SEQ_CST);
    if (sequence == done) {
      blob_syscall6(SYS_futex, (long)&header->release, FUTEX_WAIT_BITSET, release, 0, 0, slot->wake_mask);
      continue;
    }
    slot->result = parasite_run(slot, header);
    done = sequence;
    __atomic_store_n(&slot->done, done, __ATOMIC_SEQ_CST);
    blob_syscall3(SYS_futex, &slot->done, FUTEX_WAKE, 1);
  }
  if (slot->is_filtered)
    return slot->context; /* another call than rt_sigreturn(2) may be its last one; the guardian does the rest */
  /* The kernel wakes one waiter of a dead owner; it wakes the others. */
  blob_syscall3(SYS_futex, &header->release, FUTEX_WAKE, 0x7fffffff);
  close_opened(header);
  /* It ends like us; none but its maker gets rid of what is left of it. */
  if (header->clone > 0)
    blob_syscall4(SYS_wait4, header->clone, 0, __WALL, 0);
  return slot->context;
}

__attribute__((naked)) void parasite_entry(void) {
  __asm__ volatile("mov %r12, %rdi\n\t"
                   "xor %ebp, %ebp\n\t"
                   "and $-16, %rsp\n\t"
                   "call parasite_main\n\t"
                   "mov %rax, %rsp\n\t"
                   "jmp parasite_signal_return");
}

__attribute__((naked)) void parasite_system_call(void) {
  __asm__ volatile("syscall\n\t"
                   "ret");
}

__attribute__((naked)) void parasite_signal_return(void) {
  __asm__ volatile("cmpl $0, 52(%r12)\n\t" /* is_32bit */
                   "jne 1f\n\t"
                   "mov $15, %eax\n\t" /* rt_sigreturn */
                   "syscall\n\t"
                   "1: mov $173, %eax\n\t" /* rt_sigreturn of 32-bit code */
                   "int $0x80\n\t"
                   "ud2");
}

BLOB_END

/* The engine's own code, outside the blob. */
unsigned long parasite_entry_offset(void) {
  return (unsigned long)((const char *)parasite_entry - (const char *)blob_dump_start());
}

unsigned long parasite_system_call_offset(void) {
  return (unsigned long)((const char *)parasite_system_call - (const char *)blob_dump_start());
}

unsigned long parasite_signal_return_offset(void) {
  return (unsigned long)((const char *)parasite_signal_return - (const char *)blob_dump_start());
}

_Static_assert(offsetof(struct parasite_header, release) == PARASITE_RELEASE_OFFSET, "the engine finds it there");
_Static_assert(offsetof(struct parasite_slot, is_32bit) == 52, "parasite_signal_return");
_Static_assert(sizeof(struct parasite_slot) == 64, "the rest of its page is the thread's argument");
