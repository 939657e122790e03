#ifndef IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_POLL_POLLER_H_
#define IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_POLL_POLLER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <poll.h>

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/poller.h"
#include "ipc_channel/channel/loop/internal/watch_node.h"

namespace ipc_channel::internal {

// Waits by poll(2): one system call, which looks at every node that is armed.
class PollPoller final : public Poller {
 public:
  absl::Status Add(WatchNode& node) override;
  void Remove(WatchNode& node) override;
  void Arm(WatchNode&) override {}
  void Wait(absl::Time deadline,
            absl::FunctionRef<void(WatchNode&)> ready) override;

 private:
  int PollEntries(int timeout);
  int PollInParts();

  std::vector<WatchNode*> nodes_;
  std::vector<pollfd> entries_;  // has room for all
  std::vector<WatchNode*> of_entries_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_POLL_POLLER_H_
