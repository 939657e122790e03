#ifndef IPC_CHANNEL_BENCH_PEERS_PROCESS_PAIR_H_
#define IPC_CHANNEL_BENCH_PEERS_PROCESS_PAIR_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

// Two processes with one end of a connection each, both forked from this one:
// which never calls the peer's library itself beyond Peer::connect, so that a
// library that starts threads finds a process without any, every time. Needs a
// process of one thread. Thread-compatible.
//
//   ProcessPair pair(peer, Traffic::kRoundTrips, 64, near, far, limit);
//   Check(pair.AwaitReady());
//   (look at the clock) Check(pair.Run()); (look at the clock)
//   Check(pair.Finish());
class ProcessPair {
 public:
  // What one process does with its end: first with `is_warm_up`, so that what
  // is made on first use is there, then once more, which is what counts.
  // `histogram` is for the near end to fill then.
  using Body = std::function<void(Link& link, bool is_warm_up,
                                  LatencyHistogram& histogram)>;

  // Starts both. The near one is pinned as Side::kParent, the far one as
  // Side::kChild (placement.h). Where Peer::connect fails it starts none, and
  // the functions below return that.
  ProcessPair(const Peer& peer, Traffic traffic, std::size_t size,
              const Body& near, const Body& far, std::chrono::seconds limit);
  ProcessPair(const ProcessPair&) = delete;
  ProcessPair& operator=(const ProcessPair&) = delete;
  // Kills what still runs, and removes what was left in files, whoever left it.
  ~ProcessPair();

  // Each waits for both processes, at most until `limit` after the start. Where
  // one of them has ended before its time, the time is over, or an interruption
  // that is held back (interruption.h) has come, both are killed and waited
  // for, and the status says which and why:
  //   UNAVAILABLE        one ended
  //   DEADLINE_EXCEEDED  neither, but the time is over
  //   CANCELLED          there is an interruption
  // After that, and after Finish(), nothing may be called but the destructor
  // and what only looks. The warm-up is done.
  absl::Status AwaitReady();
  // Starts what counts; it is done.
  absl::Status Run();
  // Both have closed their ends and are gone.
  absl::Status Finish();

  // What both took during Run(), of the processor, in seconds.
  double processor_seconds() const;
  // What the near end has filled.
  const LatencyHistogram& histogram() const;

 private:
  struct Shared;
  struct Process {
    pid_t pid = -1;
    ipc_channel::transport::UniqueFd control;
  };

  void Start(End end, const Body& body, Process& process);
  [[noreturn]] void RunChild(
      End end, const Body& body,
      ipc_channel::transport::BorrowedFd control) noexcept;
  // Sends `signal` to both, then waits for that of each.
  absl::Status Advance();
  // `process` has closed its control socket before its time.
  absl::Status Fail(Process& process);
  // Kills both; returns `why`.
  absl::Status Failed(absl::Status why);
  void KillBoth();

  const std::chrono::steady_clock::time_point deadline_;
  const ipc_channel::transport::UniqueFd interruption_;
  Meeting meeting_;
  absl::StatusOr<std::unique_ptr<Connection>> connection_;
  Shared* const shared_;
  ipc_channel::transport::UniqueFd near_socket_;
  ipc_channel::transport::UniqueFd far_socket_;
  Process near_;
  Process far_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_PROCESS_PAIR_H_
