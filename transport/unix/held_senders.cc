#include "ipc_channel/transport/unix/held_senders.h"

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace ipc_channel::transport::unix_backend {

HeldSenders& HeldSenders::OfThisProcess() {
  alignas(HeldSenders) static std::byte space[sizeof(HeldSenders)];
  static HeldSenders* const held = [] {
    // Another thread may hold the lock at the moment of a fork, and is not
    // there to release it in the child. So that begins with a table of its own,
    // which knows none of the senders that it inherits.
    ::pthread_atfork(nullptr, nullptr, [] { new (space) HeldSenders; });
    return new (space) HeldSenders;
  }();
  return *held;
}

namespace {

// Before main(): a static variable that another thread is initializing at the
// moment of a fork stays locked in the child for ever.
[[maybe_unused]] const HeldSenders& kMadeEarly = HeldSenders::OfThisProcess();

}  // namespace

std::shared_ptr<SenderLane> HeldSenders::Find(std::uint64_t cookie) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(cookie);
  return found == entries_.end() ? nullptr : found->second.lane.lock();
}

std::shared_ptr<SenderLane> HeldSenders::Add(
    std::uint64_t cookie, Word word, const std::shared_ptr<SenderLane>& lane) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[cookie];
  const bool is_displaced =
      entry.address == lane.get() ||
      (word == Word::kTrue && entry.word == Word::kClaimed);
  if (!is_displaced) {
    // Returned if there is one: the last hold on a lane must not go while the
    // lock is held, for the lane's destructor takes it too.
    std::shared_ptr<SenderLane> other = entry.lane.lock();
    if (other != nullptr) return other;
  }
  entry = {.address = lane.get(), .lane = lane, .word = word};
  return nullptr;
}

void HeldSenders::Remove(std::uint64_t cookie, const SenderLane* lane) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(cookie);
  if (found != entries_.end() && found->second.address == lane) {
    entries_.erase(found);
  }
}

std::size_t HeldSenders::size() {
  const MutexLock lock(mutex_);
  return entries_.size();
}

}  // namespace ipc_channel::transport::unix_backend
