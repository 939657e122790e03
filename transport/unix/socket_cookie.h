#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_COOKIE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_COOKIE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <string_view>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// The kernel's own number for the socket behind `socket` (SO_COOKIE): the same
// in every process and through every descriptor, and never given again while
// the system runs. 0 where there is none: an old kernel, a system call filter,
// not a socket. Does not block; thread-safe.
std::uint64_t SocketCookie(BorrowedFd socket);

// True if no two sockets have the same cookie under a Linux of this `release`,
// as uname() writes it. Before 5.4 each network namespace counted for itself
// (cookie_gen in struct net), so that a peer in another one could make a socket
// with the cookie of one of ours. For SocketCookie() and its test.
bool CookiesAreUnique(std::string_view release);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_COOKIE_H_
