#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/poll_poller.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/poll_timeout.h"

namespace ipc_channel::internal {
namespace {

constexpr int kLookAgainMilliseconds = 10;

std::size_t LimitOfDescriptors() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
  return static_cast<std::size_t>(std::max<rlim_t>(limit.rlim_cur, 1));
}

}  // namespace

absl::Status PollPoller::Add(WatchNode& node) {
  if (::fcntl(node.descriptor.get(), F_GETFD) < 0) {
    return transport::ErrnoToStatus(errno, "fcntl");
  }
  if (of_entries_.capacity() <= nodes_.size()) {
    entries_.reserve(2 * nodes_.size() + 1);
    of_entries_.reserve(2 * nodes_.size() + 1);
  }
  node.slot = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(&node);
  return absl::OkStatus();
}

void PollPoller::Remove(WatchNode& node) {
  WatchNode* const last = nodes_.back();
  nodes_[node.slot] = last;
  last->slot = node.slot;
  nodes_.pop_back();
}

// poll(2) refuses more entries than the limit of descriptors: those of several
// watches for one descriptor, or after it was lowered. Then it looks at them a
// part at a time, and again and again.
int PollPoller::PollEntries(int timeout) {
  const int count = ::poll(entries_.data(), entries_.size(), timeout);
  if (count >= 0 || errno != EINVAL) return count;
  const int found = PollInParts();
  if (found != 0) return found;
  const bool is_near = timeout >= 0 && timeout < kLookAgainMilliseconds;
  ::poll(nullptr, 0, is_near ? timeout : kLookAgainMilliseconds);
  return PollInParts();
}

int PollPoller::PollInParts() {
  int found = 0;
  for (std::span<pollfd> rest = entries_; !rest.empty();) {
    const std::span<pollfd> part =
        rest.first(std::min(rest.size(), LimitOfDescriptors()));
    const int count = ::poll(part.data(), part.size(), 0);
    if (count < 0) return count;
    found += count;
    rest = rest.subspan(part.size());
  }
  return found;
}

void PollPoller::Wait(absl::Time deadline,
                      absl::FunctionRef<void(WatchNode&)> ready) {
  entries_.clear();
  of_entries_.clear();
  for (WatchNode* const node : nodes_) {
    if (!node->is_armed) continue;
    const short events =
        node->interest == transport::Interest::kReadable ? POLLIN : POLLOUT;
    entries_.push_back({.fd = node->descriptor.get(), .events = events});
    of_entries_.push_back(node);
  }
  // Interrupted, late, or short of memory.
  if (PollEntries(transport::PollTimeout(deadline)) <= 0) return;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].revents != 0) ready(*of_entries_[i]);
  }
}

}  // namespace ipc_channel::internal
