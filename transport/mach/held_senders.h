#ifndef IPC_CHANNEL_TRANSPORT_MACH_HELD_SENDERS_H_
#define IPC_CHANNEL_TRANSPORT_MACH_HELD_SENDERS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <memory>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport::mach_backend {

class MachSenderLane;

// The sending ends of this process by the names of their ports, so that a
// sender that arrives again is the same object: the kernel gives it the same
// name, and one name has one request for room (room_notice.h). Thread-safe.
class HeldSenders {
 public:
  static HeldSenders& OfThisProcess();

  // The living lane of the port of `right`, else a new one, which takes it.
  std::shared_ptr<MachSenderLane> LaneOf(SendRight right);

  // By a lane that ends, while it still has its right: else the name could be
  // another port's.
  void Remove(mach_port_name_t name, const MachSenderLane* lane);

 private:
  struct Entry {
    const MachSenderLane* address;
    std::weak_ptr<MachSenderLane> lane;
  };

  Mutex mutex_;
  std::unordered_map<mach_port_name_t, Entry> lanes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_HELD_SENDERS_H_
