#ifndef IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_POLLER_H_
#define IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_POLLER_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/watch_node.h"

namespace ipc_channel::internal {

// How a loop waits for descriptors. Thread-compatible.
class Poller {
 public:
  Poller() = default;
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  virtual ~Poller() = default;

  // Knows from now on of `node`, whose descriptor is valid, until Remove().
  // After an error, or std::bad_alloc, it does not.
  virtual absl::Status Add(WatchNode& node) = 0;
  virtual void Remove(WatchNode& node) = 0;

  // `node` has just become armed: Wait() shows whether it is ready, as
  // Watch::Arm() has it.
  virtual void Arm(WatchNode& node) = 0;

  // Waits until a node is ready or `deadline` has passed, an hour at most, and
  // calls `ready`, which neither adds nor removes, for each that is. Nodes that
  // are not armed may be among them.
  virtual void Wait(absl::Time deadline,
                    absl::FunctionRef<void(WatchNode&)> ready) = 0;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_POLLER_H_
