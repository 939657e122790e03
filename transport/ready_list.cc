#include "ipc_channel/transport/ready_list.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ipc_channel::transport {

void ReadyList::OnReady(std::uint64_t token) {
  MutexLock lock(mutex_);
  if (!listed_.insert(token).second) return;
  tokens_.push_back(token);
  token_arrived_.NotifyOne();
  if (!wake_next_) return;
  wake_next_ = false;
  wake_();
}

std::size_t ReadyList::Take(std::span<std::uint64_t> tokens) {
  MutexLock lock(mutex_);
  wake_next_ = false;
  const std::size_t count = std::min(tokens.size(), tokens_.size());
  for (std::uint64_t& token : tokens.first(count)) {
    token = tokens_.front();
    tokens_.pop_front();
    listed_.erase(token);
  }
  return count;
}

void ReadyList::Forget(std::uint64_t token) {
  MutexLock lock(mutex_);
  if (listed_.erase(token) != 0) std::erase(tokens_, token);
}

void ReadyList::Wait(absl::Time deadline) {
  MutexLock lock(mutex_);
  while (tokens_.empty() && absl::Now() < deadline) {
    token_arrived_.WaitUntil(mutex_, deadline);
  }
}

std::size_t ReadyList::SizeOrWakeNext() {
  MutexLock lock(mutex_);
  wake_next_ = wake_ != nullptr && tokens_.empty();
  return tokens_.size();
}

}  // namespace ipc_channel::transport
