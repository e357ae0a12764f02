/* What Swift cannot import for descriptors that are waited on. events.c checks the numbers. */
#pragma once
#include <stdint.h>

/* epoll_ctl(2); struct epoll_event is packed on some machines. The result, or -errno. */
long cl_epoll_ctl(int epoll, int operation, int target, uint32_t events, uint64_t data);

/* struct kcmp_epoll_slot (kcmp(2)). */
struct cl_epoll_slot {
  uint32_t epoll, target, offset;
};

/* struct itimerspec of 64-bit machines (timerfd_settime(2)). */
struct cl_timer_setting {
  int64_t interval_seconds, interval_nanoseconds, value_seconds, value_nanoseconds;
};

enum : uint64_t {
  CL_TFD_IOC_SET_TICKS = 0x40085400,
};

enum : int32_t {
  CL_EFD_SEMAPHORE = 1,
  CL_EPOLL_CTL_ADD = 1,
  CL_KCMP_EPOLL_TFD = 7,
};
