#include "clinux.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

long cl_syscall(long number, long a, long b, long c, long d, long e, long f) {
  long result = syscall(number, a, b, c, d, e, f);
  return result == -1 ? -errno : result;
}

const char *cl_strerror(int number) {
  const char *text = strerrordesc_np(number);
  return text ? text : "unknown error";
}

long cl_clone3(void *args, unsigned long size) {
  long result = syscall(SYS_clone3, args, size);
  return result == -1 ? -errno : result;
}
