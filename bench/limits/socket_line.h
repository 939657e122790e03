#ifndef IPC_CHANNEL_BENCH_LIMITS_SOCKET_LINE_H_
#define IPC_CHANNEL_BENCH_LIMITS_SOCKET_LINE_H_

#include <cstddef>
#include <span>

#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/transport/unique_fd.h"

// A line carries bytes between a process and its child, both ways, and is the
// least that it takes. All have these members:
//
//   Choose(side)     after the fork, in each process: which end it has
//   Send(bytes)      waits for room
//   Receive(buffer)  waits until there is as much as `buffer` takes, which the
//                    other side has sent in one piece; false at the end
//   Close()          the end, for the other side
//
// They end the process when something fails. Thread-compatible.

namespace ipc_channel_bench {

// The twin of all works: packets.
class PacketLine {
 public:
  void Choose(Side side);
  void Send(std::span<const std::byte> bytes);
  bool Receive(std::span<std::byte> buffer);
  void Close() { own_.Reset(); }

 private:
  BarePair pair_ = NewBarePair();
  ipc_channel::transport::UniqueFd own_;
};

// A stream: nobody keeps packets apart.
class StreamLine {
 public:
  StreamLine();
  void Choose(Side side);
  void Send(std::span<const std::byte> bytes);
  bool Receive(std::span<std::byte> buffer);
  void Close() { own_.Reset(); }

 private:
  BarePair pair_;
  ipc_channel::transport::UniqueFd own_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_LIMITS_SOCKET_LINE_H_
