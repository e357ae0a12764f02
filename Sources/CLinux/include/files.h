/* What Swift cannot import for work on files: layouts and numbers of the kernel. files.c checks them. */
#pragma once
#include <stdint.h>

/* struct statx (statx(2)). */
struct cl_statx_time {
  int64_t seconds;
  uint32_t nanoseconds;
  int32_t reserved;
};
struct cl_statx {
  uint32_t mask, block_bytes;
  uint64_t attributes;
  uint32_t link_count, uid, gid;
  uint16_t mode, spare0;
  uint64_t inode, byte_count, block_count, attributes_mask;
  struct cl_statx_time accessed, born, changed, modified;
  uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
  uint64_t mount_id;
  uint64_t spare[13];
};

/* struct flock (fcntl_locking(2)). */
struct cl_flock {
  int16_t type, whence;
  int64_t start, byte_count;
  int32_t pid;
};

/* struct f_owner_ex (F_GETOWN_EX). */
struct cl_owner {
  int32_t type, pid;
};

/* struct pollfd (poll(2)). */
struct cl_pollfd {
  int32_t fd;
  int16_t events, revents;
};

enum : int32_t {
  CL_O_ACCMODE = 03,
  CL_O_RDONLY = 0,
  CL_O_WRONLY = 01,
  CL_O_RDWR = 02,
  CL_O_CREAT = 0100,
  CL_O_EXCL = 0200,
  CL_O_NOCTTY = 0400,
  CL_O_TRUNC = 01000,
  CL_O_APPEND = 02000,
  CL_O_NONBLOCK = 04000,
  CL_O_ASYNC = 020000,
  CL_O_DIRECT = 040000,
  CL_O_LARGEFILE = 0100000,
  CL_O_DIRECTORY = 0200000,
  CL_O_NOFOLLOW = 0400000,
  CL_O_CLOEXEC = 02000000,
  CL_O_PATH = 010000000,
  CL_O_TMPFILE_BIT = 020000000, /* O_TMPFILE without O_DIRECTORY */
};

enum : int32_t {
  CL_F_DUPFD_CLOEXEC = 1030,
  CL_F_GETFD = 1,
  CL_F_SETFD = 2,
  CL_F_GETFL = 3,
  CL_F_SETFL = 4,
  CL_F_SETLK = 6,
  CL_F_SETSIG = 10,
  CL_F_GETSIG = 11,
  CL_F_SETOWN_EX = 15,
  CL_F_GETOWN_EX = 16,
  CL_F_GETOWNER_UIDS = 17,
  CL_F_OFD_SETLK = 37,
  CL_F_SETLEASE = 1024,
  CL_F_SETPIPE_SZ = 1031,
  CL_F_GETPIPE_SZ = 1032,
};

enum : int32_t {
  CL_AT_FDCWD = -100,
  CL_AT_SYMLINK_NOFOLLOW = 0x100,
  CL_AT_REMOVEDIR = 0x200,
  CL_AT_SYMLINK_FOLLOW = 0x400,
  CL_AT_EMPTY_PATH = 0x1000,
  CL_SEEK_DATA = 3,
  CL_SEEK_HOLE = 4,
};
