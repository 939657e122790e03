#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/poll_poller.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/poll_timeout.h"

namespace ipc_channel::internal {

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
  const int count = ::poll(entries_.data(), entries_.size(),
                           transport::PollTimeout(deadline));
  if (count <= 0) return;  // interrupted, late, or short of memory
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].revents != 0) ready(*of_entries_[i]);
  }
}

}  // namespace ipc_channel::internal
