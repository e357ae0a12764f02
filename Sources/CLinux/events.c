#include "events.h"
#include <errno.h>
#include <linux/kcmp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>

_Static_assert(sizeof(struct cl_epoll_slot) == sizeof(struct kcmp_epoll_slot), "struct kcmp_epoll_slot");
_Static_assert(sizeof(struct cl_timer_setting) == sizeof(struct itimerspec), "struct itimerspec");
_Static_assert(CL_TFD_IOC_SET_TICKS == _IOW('T', 0, uint64_t), "TFD_IOC_SET_TICKS");
_Static_assert(CL_EFD_SEMAPHORE == EFD_SEMAPHORE && CL_EPOLL_CTL_ADD == EPOLL_CTL_ADD, "EFD_, EPOLL_");
_Static_assert(CL_KCMP_EPOLL_TFD == KCMP_EPOLL_TFD, "KCMP_");

long cl_epoll_ctl(int epoll, int operation, int target, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  int result = epoll_ctl(epoll, operation, target, &event);
  return result == -1 ? -errno : result;
}
