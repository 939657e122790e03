#ifndef IPC_CHANNEL_TRANSPORT_MACH_KQUEUE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_KQUEUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>
#include <sys/event.h>
#include <sys/types.h>

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/mach/fork_generation.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {

// What makes ports a matter of descriptors: an event queue that is readable
// while a message is queued at one of the ports it watches, or while somebody
// has rung it. A forked child does not inherit it, and its copy of this is of
// no use: calls of it fail, and its destruction closes nothing.
//
// Thread-safe but for moves and destruction. Nothing blocks but Wait().
class Kqueue {
 public:
  Kqueue() = default;
  Kqueue(Kqueue&& other) noexcept = default;
  Kqueue& operator=(Kqueue&& other) noexcept;
  ~Kqueue() { Close(); }

  // RESOURCE_EXHAUSTED without a descriptor.
  static absl::StatusOr<Kqueue> Create();

  bool valid() const { return descriptor_.valid(); }
  // Not valid in a forked child.
  BorrowedFd descriptor() const {
    return generation_ == ForkGeneration() ? descriptor_.Borrow()
                                           : BorrowedFd();
  }

  // Shows messages at the receive right or port set `port`, as an event with
  // `token`, for as long as that is here. Level-triggered.
  absl::Status WatchPort(mach_port_name_t port, std::uint64_t token) const;
  void ForgetPort(mach_port_name_t port) const;

  // Makes the queue readable once the process `pid` has ended, and from then
  // on: nobody may Wait() here, for whom it would be an event to be taken.
  // NOT_FOUND for one that has ended, or is about to: nobody tells when.
  absl::Status WatchProcess(pid_t pid) const;

  // Makes ready for Ring(), once before it. A ring is an event without a token
  // of its own; with `until_taken` the first Wait() to see it takes it away,
  // else it stays.
  absl::Status AddBell(bool until_taken) const;
  void Ring() const;

  struct Events {
    std::size_t ports;  // how many tokens there are
    bool rang;
  };
  // Puts the tokens of ports with messages at the start of `tokens`, those that
  // have waited longest first; none at the deadline.
  absl::StatusOr<Events> Wait(std::span<std::uint64_t> tokens,
                              absl::Time deadline) const;

 private:
  void Close();

  UniqueFd descriptor_;
  std::uint32_t generation_ = 0;
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_KQUEUE_H_
