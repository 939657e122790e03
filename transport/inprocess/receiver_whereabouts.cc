#include "ipc_channel/transport/inprocess/receiver_whereabouts.h"

#include <algorithm>
#include <span>
#include <type_traits>
#include <variant>

#include "ipc_channel/transport/receiver.h"

namespace ipc_channel::transport::inprocess {
namespace {

// The receiver that is lent, or null.
const ReceiverLane* LaneOf(const HandleRef& handle) {
  return handle.Visit([](const auto& target) -> const ReceiverLane* {
    if constexpr (std::is_same_v<decltype(target), const Receiver&>) {
      return target.lane().get();
    }
    return nullptr;
  });
}

}  // namespace

bool IsLent(const ReceiverLane* receiver, std::span<const HandleRef> handles) {
  return std::any_of(
      handles.begin(), handles.end(),
      [&](const HandleRef& handle) { return LaneOf(handle) == receiver; });
}

ReceiverWhereabouts& ReceiverWhereabouts::Get() {
  // Never destroyed: channels may outlive static objects.
  static ReceiverWhereabouts& instance = *new ReceiverWhereabouts;
  return instance;
}

bool ReceiverWhereabouts::LiesIn(const ReceiverLane* inner,
                                 const ReceiverLane* outer) const {
  while (inner != outer) {
    const auto found = queued_for_.find(inner);
    if (found == queued_for_.end()) return false;
    inner = found->second;
  }
  return true;
}

bool ReceiverWhereabouts::Enter(std::span<const HandleRef> handles,
                                const ReceiverLane* destination) {
  decltype(queued_for_) entering;
  for (const HandleRef& handle : handles) {
    const ReceiverLane* lane = LaneOf(handle);
    if (lane != nullptr) entering.emplace(lane, destination);
  }
  if (entering.empty()) return true;
  MutexLock lock(mutex_);
  for (const auto& [lane, unused] : entering) {
    if (LiesIn(destination, lane)) return false;
  }
  // All or, if memory runs out, none.
  queued_for_.reserve(queued_for_.size() + entering.size());
  queued_for_.merge(entering);
  return true;
}

void ReceiverWhereabouts::Leave(std::span<const Handle> handles) {
  for (const Handle& handle : handles) {
    const Receiver* receiver = std::get_if<Receiver>(&handle);
    if (receiver == nullptr) continue;
    MutexLock lock(mutex_);
    queued_for_.erase(receiver->lane().get());
  }
}

}  // namespace ipc_channel::transport::inprocess
