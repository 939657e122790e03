#ifndef IPC_CHANNEL_BENCH_PEER_PROCESS_H_
#define IPC_CHANNEL_BENCH_PEER_PROCESS_H_

#include <sys/types.h>

#include "absl/functional/function_ref.h"
#include "benchmark/benchmark.h"

namespace ipc_channel_bench {

// The other process of a benchmark: a child that runs `body`, pinned as
// placement.h says, and ends with it. The destructor waits for it, ends this
// process too if it failed, and otherwise reports the processor time that both
// took while this object lived (works.h).
//
// The child has a copy of every descriptor: `body` closes what is not its own,
// and ends when what it reads from is disconnected, which the owner brings
// about before the destructor. Forked, so start it before any thread.
//
//   auto channel = Check(transport::CreateChannel());
//   {
//     const PeerProcess peer(state, [&] {
//       channel.sender = {};
//       while (channel.receiver.Receive(message).ok()) { ... }
//     });
//     channel.receiver = {};
//     for (auto _ : state) Check(channel.sender.Send(payload));
//     channel.sender = {};
//   }
//
// Thread-compatible.
class PeerProcess {
 public:
  PeerProcess(benchmark::State& state, absl::FunctionRef<void()> body);
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;
  ~PeerProcess();

 private:
  benchmark::State& state_;
  const double own_seconds_before_;
  const pid_t pid_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEER_PROCESS_H_
