#ifndef IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_EPOLL_POLLER_H_
#define IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_EPOLL_POLLER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/poller.h"
#include "ipc_channel/channel/loop/internal/watch_node.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// Waits by epoll(7), in one system call. A node that is to be readable is
// registered once and edge-triggered: arming it costs no call. One that is to
// be writable costs a call each time it is armed, since it would wake the loop
// whenever a peer takes a message, wanted or not.
//
// An epoll object knows a descriptor once, so a second node of the same one
// gets a duplicate.
class EpollPoller final : public Poller {
 public:
  // RESOURCE_EXHAUSTED without descriptors or memory.
  static absl::StatusOr<std::unique_ptr<EpollPoller>> Create();

  absl::Status Add(WatchNode& node) override;
  void Remove(WatchNode& node) override;
  void Arm(WatchNode& node) override;
  void Wait(absl::Time deadline,
            absl::FunctionRef<void(WatchNode&)> ready) override;

 private:
  // Events name a slot and its generation, never a node: the kernel may give
  // one more of a descriptor that was closed too early.
  struct Slot {
    WatchNode* node = nullptr;
    std::uint32_t generation = 0;
  };

  EpollPoller(transport::UniqueFd epoll, int process)
      : epoll_(std::move(epoll)), process_(process) {}

  std::uint64_t NameOf(const WatchNode& node) const;
  WatchNode* Find(std::uint64_t name) const;
  int Control(int operation, const WatchNode& node, std::uint32_t events) const;
  int Register(WatchNode& node) const;

  transport::UniqueFd epoll_;
  int process_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;  // has room for all
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_EPOLL_POLLER_H_
