#include "sockets.h"
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/netlink_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/filter.h>
#include <stddef.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct cl_netlink_header) == sizeof(struct nlmsghdr), "struct nlmsghdr");
_Static_assert(sizeof(struct cl_unix_request) == sizeof(struct unix_diag_req), "struct unix_diag_req");
_Static_assert(offsetof(struct cl_unix_request, show) == offsetof(struct unix_diag_req, udiag_show), "unix_diag_req");
_Static_assert(sizeof(struct cl_unix_answer) == sizeof(struct unix_diag_msg), "struct unix_diag_msg");
_Static_assert(sizeof(struct cl_list_request) == sizeof(struct netlink_diag_req), "struct netlink_diag_req");
_Static_assert(sizeof(struct cl_list_request) == sizeof(struct packet_diag_req), "struct packet_diag_req");
_Static_assert(sizeof(struct cl_netlink_answer) == sizeof(struct netlink_diag_msg), "struct netlink_diag_msg");
_Static_assert(sizeof(struct cl_packet_answer) == sizeof(struct packet_diag_msg), "struct packet_diag_msg");
_Static_assert(sizeof(struct cl_inet_id) == sizeof(struct inet_diag_sockid), "struct inet_diag_sockid");
_Static_assert(sizeof(struct cl_inet_request) == sizeof(struct inet_diag_req_v2), "struct inet_diag_req_v2");
_Static_assert(sizeof(struct cl_inet_answer) == sizeof(struct inet_diag_msg), "struct inet_diag_msg");
_Static_assert(offsetof(struct cl_inet_answer, inode) == offsetof(struct inet_diag_msg, idiag_inode), "inet_diag_msg");
_Static_assert(sizeof(struct cl_message) == sizeof(struct msghdr), "struct msghdr");
_Static_assert(offsetof(struct cl_message, control) == offsetof(struct msghdr, msg_control), "struct msghdr");
_Static_assert(offsetof(struct cl_message, flags) == offsetof(struct msghdr, msg_flags), "struct msghdr");
_Static_assert(sizeof(struct cl_filter) == sizeof(struct sock_fprog), "struct sock_fprog");
_Static_assert(CL_AF_UNIX == AF_UNIX && CL_AF_INET == AF_INET && CL_AF_INET6 == AF_INET6, "AF_");
_Static_assert(CL_AF_PACKET == AF_PACKET && CL_AF_NETLINK == AF_NETLINK && CL_NETLINK_SOCK_DIAG == NETLINK_SOCK_DIAG, "NETLINK_");
_Static_assert(CL_SOCK_CLOEXEC == SOCK_CLOEXEC && CL_SOCK_DIAG_BY_FAMILY == SOCK_DIAG_BY_FAMILY, "SOCK_");
_Static_assert(CL_NLM_F_REQUEST == NLM_F_REQUEST && CL_NLM_F_DUMP == NLM_F_DUMP, "NLM_F_");
_Static_assert(CL_NLMSG_ERROR == NLMSG_ERROR && CL_NLMSG_DONE == NLMSG_DONE, "NLMSG_");
_Static_assert(CL_MSG_PEEK == MSG_PEEK && CL_MSG_TRUNC == MSG_TRUNC && CL_MSG_DONTWAIT == MSG_DONTWAIT, "MSG_");
_Static_assert(CL_MSG_NOSIGNAL == MSG_NOSIGNAL && CL_MSG_CMSG_CLOEXEC == MSG_CMSG_CLOEXEC, "MSG_");
