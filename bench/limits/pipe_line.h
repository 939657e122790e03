#ifndef IPC_CHANNEL_BENCH_LIMITS_PIPE_LINE_H_
#define IPC_CHANNEL_BENCH_LIMITS_PIPE_LINE_H_

#include <cstddef>
#include <span>

#include "ipc_channel/bench/placement.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

// A line (socket_line.h) of two pipes.
class PipeLine {
 public:
  PipeLine();
  void Choose(Side side);
  void Send(std::span<const std::byte> bytes);
  bool Receive(std::span<std::byte> buffer);
  void Close();

 private:
  struct Pipe {
    ipc_channel::transport::UniqueFd out;
    ipc_channel::transport::UniqueFd in;
  };
  static Pipe NewPipe();

  Pipe there_;
  Pipe back_;
  // Those of the side that was chosen.
  ipc_channel::transport::UniqueFd in_;
  ipc_channel::transport::UniqueFd out_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_LIMITS_PIPE_LINE_H_
