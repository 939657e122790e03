#include "ipc_channel/transport/mach/held_senders.h"

#include <memory>
#include <utility>

#include "ipc_channel/transport/mach/mach_sender.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport::mach_backend {

HeldSenders& HeldSenders::OfThisProcess() {
  // Never destroyed: lanes may live in objects with static storage.
  static HeldSenders& held = *new HeldSenders;
  return held;
}

std::shared_ptr<MachSenderLane> HeldSenders::LaneOf(SendRight right) {
  const mach_port_name_t name = right.name();
  std::shared_ptr<MachSenderLane> lane;  // ends after the lock, if it must
  MutexLock lock(mutex_);
  Entry& entry = lanes_[name];
  lane = entry.lane.lock();
  // What a forked child has found may be its parent's.
  if (lane != nullptr && lane->port() == name) return lane;
  std::shared_ptr<MachSenderLane> made =
      std::make_shared<MachSenderLane>(std::move(right));
  entry = {.address = made.get(), .lane = made};
  return made;
}

void HeldSenders::Remove(mach_port_name_t name, const MachSenderLane* lane) {
  MutexLock lock(mutex_);
  const auto found = lanes_.find(name);
  if (found != lanes_.end() && found->second.address == lane) {
    lanes_.erase(found);
  }
}

}  // namespace ipc_channel::transport::mach_backend
