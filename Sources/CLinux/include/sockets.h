/* What Swift cannot import for sockets: layouts and numbers of the kernel. sockets.c checks them. */
#pragma once
#include <stdint.h>

/* struct nlmsghdr (netlink(7)). */
struct cl_netlink_header {
  uint32_t byte_count;
  uint16_t type, flags;
  uint32_t sequence, port;
};

/* struct unix_diag_req (sock_diag(7)). */
struct cl_unix_request {
  uint8_t family, protocol;
  uint16_t padding;
  uint32_t states, inode, show, cookie[2];
};

/* struct unix_diag_msg. */
struct cl_unix_answer {
  uint8_t family, type, state, padding;
  uint32_t inode, cookie[2];
};

/* struct netlink_diag_req, struct packet_diag_req. */
struct cl_list_request {
  uint8_t family, protocol;
  uint16_t padding;
  uint32_t inode, show, cookie[2];
};

/* struct netlink_diag_msg. */
struct cl_netlink_answer {
  uint8_t family, type, protocol, state;
  uint32_t port, destination_port, destination_group, inode, cookie[2];
};

/* struct packet_diag_msg. */
struct cl_packet_answer {
  uint8_t family, type;
  uint16_t protocol;
  uint32_t inode, cookie[2];
};

/* struct inet_diag_sockid: ports and addresses in network order. */
struct cl_inet_id {
  uint16_t source_port, destination_port;
  uint32_t source[4], destination[4];
  uint32_t interface, cookie[2];
};

/* struct inet_diag_req_v2. */
struct cl_inet_request {
  uint8_t family, protocol, extensions, padding;
  uint32_t states;
  struct cl_inet_id id;
};

/* struct inet_diag_msg. */
struct cl_inet_answer {
  uint8_t family, state, timer, retransmissions;
  struct cl_inet_id id;
  uint32_t expires, receive_queue, write_queue, uid, inode;
};

/* struct msghdr, struct iovec (recvmsg(2)). */
struct cl_vector {
  void *base;
  uint64_t byte_count;
};
struct cl_message {
  void *name;
  uint32_t name_byte_count;
  struct cl_vector *vectors;
  uint64_t vector_count;
  void *control;
  uint64_t control_byte_count;
  int32_t flags;
};

/* struct sock_fprog (SO_ATTACH_FILTER). */
struct cl_filter {
  uint16_t instruction_count;
  const void *instructions;
};

enum : int32_t {
  CL_AF_UNIX = 1,
  CL_AF_INET = 2,
  CL_AF_INET6 = 10,
  CL_AF_NETLINK = 16,
  CL_AF_PACKET = 17,
  CL_SOCK_CLOEXEC = 02000000,
  CL_NETLINK_SOCK_DIAG = 4,
  CL_SOCK_DIAG_BY_FAMILY = 20,
  CL_NLM_F_REQUEST = 1,
  CL_NLM_F_DUMP = 0x300,
  CL_NLMSG_ERROR = 2,
  CL_NLMSG_DONE = 3,
  CL_MSG_PEEK = 2,
  CL_MSG_TRUNC = 0x20,
  CL_MSG_DONTWAIT = 0x40,
  CL_MSG_NOSIGNAL = 0x4000,
  CL_MSG_CMSG_CLOEXEC = 0x40000000,
};
