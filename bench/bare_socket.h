#ifndef IPC_CHANNEL_BENCH_BARE_SOCKET_H_
#define IPC_CHANNEL_BENCH_BARE_SOCKET_H_

#include <cstddef>
#include <span>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

// What the twins are made of: the system calls a program without a library
// would make over SOCK_SEQPACKET, into buffers that are used again. They block,
// carry MSG_NOSIGNAL or MSG_CMSG_CLOEXEC, and end the process when they fail.

struct BarePair {
  ipc_channel::transport::UniqueFd near;
  ipc_channel::transport::UniqueFd far;
};

BarePair NewBarePair();

// One sendmsg(): `bytes`, not empty, as one packet.
void SendBare(ipc_channel::transport::BorrowedFd socket,
              std::span<const std::byte> bytes);
// The same with `passed` attached.
void SendBare(ipc_channel::transport::BorrowedFd socket,
              std::span<const std::byte> bytes,
              ipc_channel::transport::BorrowedFd passed);

// One recvmsg(): the number of bytes; 0 once the peer is gone.
std::size_t ReceiveBare(ipc_channel::transport::BorrowedFd socket,
                        std::span<std::byte> buffer);
// The same with MSG_DONTWAIT; 0 also if there is nothing.
std::size_t TryReceiveBare(ipc_channel::transport::BorrowedFd socket,
                           std::span<std::byte> buffer);
// The same with room for one descriptor; `passed` is what was attached.
std::size_t ReceiveBare(ipc_channel::transport::BorrowedFd socket,
                        std::span<std::byte> buffer,
                        ipc_channel::transport::UniqueFd& passed);

// A packet of one byte, for "go on" and "I have it all".
void SendSignal(ipc_channel::transport::BorrowedFd socket);
// False once the peer is gone.
bool ReceiveSignal(ipc_channel::transport::BorrowedFd socket);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_BARE_SOCKET_H_
