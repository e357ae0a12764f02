#include "clinux.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/sched.h>

long cl_syscall(long number, long a, long b, long c, long d, long e, long f) {
  long result = syscall(number, a, b, c, d, e, f);
  return result == -1 ? -errno : result;
}

const char *cl_strerror(int number) {
  const char *text = strerrordesc_np(number);
  return text ? text : "unknown error";
}

long cl_clone_process(unsigned long flags, int exit_signal, int set_tid) {
  pid_t tid = set_tid;
  struct clone_args arguments = {
      .flags = flags,
      .exit_signal = (uint64_t)exit_signal,
      .set_tid = set_tid ? (uint64_t)&tid : 0,
      .set_tid_size = set_tid ? 1 : 0,
  };
  long result = syscall(SYS_clone3, &arguments, sizeof(arguments));
  return result == -1 ? -errno : result;
}

int cl_getpid(void) { return (int)syscall(SYS_getpid); }
