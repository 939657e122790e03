#include "ipc_channel/transport/ready_list.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <span>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ipc_channel::transport {

void ReadyList::Enroll(std::uint64_t token) {
  MutexLock lock(mutex_);
  // The node first: a place without one must not be left behind.
  std::list<std::uint64_t> node = {token};
  places_.emplace(token, Place{.node = node.begin()});
  idle_.splice(idle_.begin(), node);
}

void ReadyList::OnReady(std::uint64_t token) {
  MutexLock lock(mutex_);
  const auto found = places_.find(token);
  if (found == places_.end() || found->second.is_listed) return;
  found->second.is_listed = true;
  listed_.splice(listed_.end(), idle_, found->second.node);
  token_arrived_.NotifyOne();
  if (!wake_next_) return;
  wake_next_ = false;
  wake_();
}

std::size_t ReadyList::Take(std::span<std::uint64_t> tokens) {
  MutexLock lock(mutex_);
  wake_next_ = false;
  const std::size_t count = std::min(tokens.size(), listed_.size());
  for (std::uint64_t& token : tokens.first(count)) {
    token = listed_.front();
    places_.find(token)->second.is_listed = false;
    idle_.splice(idle_.begin(), listed_, listed_.begin());
  }
  return count;
}

void ReadyList::Forget(std::uint64_t token) {
  MutexLock lock(mutex_);
  const auto found = places_.find(token);
  if (found == places_.end()) return;
  (found->second.is_listed ? listed_ : idle_).erase(found->second.node);
  places_.erase(found);
}

void ReadyList::Wait(absl::Time deadline) {
  MutexLock lock(mutex_);
  while (listed_.empty() && absl::Now() < deadline) {
    token_arrived_.WaitUntil(mutex_, deadline);
  }
}

std::size_t ReadyList::SizeOrWakeNext() {
  MutexLock lock(mutex_);
  wake_next_ = wake_ != nullptr && listed_.empty();
  return listed_.size();
}

}  // namespace ipc_channel::transport
