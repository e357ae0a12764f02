#include "files.h"
#include <fcntl.h>
#include <linux/stat.h>
#include <poll.h>
#include <stddef.h>
#include <unistd.h>

_Static_assert(sizeof(struct cl_statx) == sizeof(struct statx), "struct statx");
_Static_assert(offsetof(struct cl_statx, mode) == offsetof(struct statx, stx_mode), "struct statx");
_Static_assert(offsetof(struct cl_statx, inode) == offsetof(struct statx, stx_ino), "struct statx");
_Static_assert(offsetof(struct cl_statx, modified) == offsetof(struct statx, stx_mtime), "struct statx");
_Static_assert(offsetof(struct cl_statx, dev_major) == offsetof(struct statx, stx_dev_major), "struct statx");
_Static_assert(offsetof(struct cl_statx, mount_id) == offsetof(struct statx, stx_mnt_id), "struct statx");
_Static_assert(sizeof(struct cl_flock) == sizeof(struct flock), "struct flock");
_Static_assert(offsetof(struct cl_flock, pid) == offsetof(struct flock, l_pid), "struct flock");
_Static_assert(sizeof(struct cl_owner) == sizeof(struct f_owner_ex), "struct f_owner_ex");
_Static_assert(sizeof(struct cl_pollfd) == sizeof(struct pollfd), "struct pollfd");
_Static_assert(CL_O_CREAT == O_CREAT && CL_O_EXCL == O_EXCL && CL_O_NOCTTY == O_NOCTTY && CL_O_TRUNC == O_TRUNC, "O_");
_Static_assert(CL_O_APPEND == O_APPEND && CL_O_NONBLOCK == O_NONBLOCK && CL_O_ASYNC == O_ASYNC, "O_");
_Static_assert(CL_O_DIRECT == O_DIRECT && CL_O_DIRECTORY == O_DIRECTORY && CL_O_NOFOLLOW == O_NOFOLLOW, "O_");
_Static_assert(CL_O_CLOEXEC == O_CLOEXEC && CL_O_PATH == O_PATH, "O_");
_Static_assert((CL_O_TMPFILE_BIT | CL_O_DIRECTORY) == O_TMPFILE, "O_TMPFILE");
_Static_assert(CL_F_DUPFD_CLOEXEC == F_DUPFD_CLOEXEC && CL_F_SETSIG == F_SETSIG && CL_F_GETSIG == F_GETSIG, "F_");
_Static_assert(CL_F_SETOWN_EX == F_SETOWN_EX && CL_F_GETOWN_EX == F_GETOWN_EX, "F_");
_Static_assert(CL_F_SETLK == F_SETLK && CL_F_OFD_SETLK == F_OFD_SETLK && CL_F_SETLEASE == F_SETLEASE, "F_");
_Static_assert(CL_F_SETPIPE_SZ == F_SETPIPE_SZ && CL_F_GETPIPE_SZ == F_GETPIPE_SZ, "F_");
_Static_assert(CL_AT_EMPTY_PATH == AT_EMPTY_PATH && CL_AT_REMOVEDIR == AT_REMOVEDIR, "AT_");
_Static_assert(CL_SEEK_DATA == SEEK_DATA && CL_SEEK_HOLE == SEEK_HOLE, "SEEK_");
