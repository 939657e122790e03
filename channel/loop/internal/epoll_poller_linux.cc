#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/epoll_poller.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/poll_timeout.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::ErrnoToStatus;
using transport::Interest;
using transport::UniqueFd;

// What one system call gives at most; the others keep their turn.
constexpr std::size_t kMaxEvents = 64;

absl::Status AddError(int error) {
  if (error == ENOSPC) {
    return absl::ResourceExhaustedError("no more epoll watches for this user");
  }
  if (error == EPERM) {
    return absl::InvalidArgumentError(
        "epoll cannot wait for a descriptor of this kind");
  }
  return ErrnoToStatus(error, "epoll_ctl");
}

}  // namespace

absl::StatusOr<std::unique_ptr<EpollPoller>> EpollPoller::Create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return ErrnoToStatus(errno, "epoll_create1");
  return std::unique_ptr<EpollPoller>(
      new EpollPoller(std::move(epoll), ::getpid()));
}

std::uint64_t EpollPoller::NameOf(const WatchNode& node) const {
  const std::uint64_t generation = slots_[node.slot].generation;
  return generation << 32 | node.slot;
}

WatchNode* EpollPoller::Find(std::uint64_t name) const {
  const Slot& slot = slots_[static_cast<std::uint32_t>(name)];
  return slot.generation == name >> 32 ? slot.node : nullptr;
}

// Gives 0 or an errno.
int EpollPoller::Control(int operation, const WatchNode& node,
                         std::uint32_t events) const {
  const int descriptor =
      node.duplicate.valid() ? node.duplicate.get() : node.descriptor.get();
  epoll_event event = {.events = events, .data = {.u64 = NameOf(node)}};
  return ::epoll_ctl(epoll_.get(), operation, descriptor, &event) == 0 ? 0
                                                                       : errno;
}

int EpollPoller::Register(WatchNode& node) const {
  const std::uint32_t events = node.interest == Interest::kReadable
                                   ? EPOLLIN | EPOLLET
                                   : EPOLLET | EPOLLONESHOT;
  const int error = Control(EPOLL_CTL_ADD, node, events);
  if (error != EEXIST) return error;
  node.duplicate.Reset(::fcntl(node.descriptor.get(), F_DUPFD_CLOEXEC, 0));
  if (!node.duplicate.valid()) return errno;
  return Control(EPOLL_CTL_ADD, node, events);
}

absl::Status EpollPoller::Add(WatchNode& node) {
  if (free_slots_.empty()) {
    if (free_slots_.capacity() <= slots_.size()) {
      free_slots_.reserve(2 * slots_.size() + 1);
    }
    slots_.emplace_back();
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  node.slot = free_slots_.back();
  const int error = Register(node);
  if (error != 0) return AddError(error);
  slots_[node.slot].node = &node;
  free_slots_.pop_back();
  return absl::OkStatus();
}

void EpollPoller::Remove(WatchNode& node) {
  // A forked child would take it out of the parent's object.
  if (::getpid() == process_) {
    static_cast<void>(Control(EPOLL_CTL_DEL, node, 0));
  }
  Slot& slot = slots_[node.slot];
  slot.node = nullptr;
  ++slot.generation;
  free_slots_.push_back(node.slot);
}

void EpollPoller::Arm(WatchNode& node) {
  if (node.interest == Interest::kReadable) return;
  static_cast<void>(
      Control(EPOLL_CTL_MOD, node, EPOLLOUT | EPOLLET | EPOLLONESHOT));
}

void EpollPoller::Wait(absl::Time deadline,
                       absl::FunctionRef<void(WatchNode&)> ready) {
  std::array<epoll_event, kMaxEvents> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                   transport::PollTimeout(deadline));
  if (count <= 0) return;  // interrupted, or late
  for (const epoll_event& event :
       std::span(events).first(static_cast<std::size_t>(count))) {
    WatchNode* const node = Find(event.data.u64);
    if (node != nullptr) ready(*node);
  }
}

}  // namespace ipc_channel::internal
