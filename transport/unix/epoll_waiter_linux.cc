#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/poll_both.h"
#include "ipc_channel/transport/poll_timeout.h"
#include "ipc_channel/transport/unix/epoll_waiter.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// In place of a lane's id: the eventfd.
constexpr std::uint64_t kWakeUp = 0;

// What one system call gives at most.
constexpr std::size_t kMaxKernelEvents = 64;

// The number of `events` that came; negative with errno set.
int WaitForEvents(BorrowedFd epoll, std::span<epoll_event> events,
                  absl::Time deadline) {
  int count;
  do {
    count =
        ::epoll_wait(epoll.get(), events.data(),
                     static_cast<int>(events.size()), PollTimeout(deadline));
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

absl::Status EpollWaiter::OpenEpoll() {
  if (epoll_.valid()) return absl::OkStatus();
  epoll_.Reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) return ErrnoToStatus(errno, "epoll_create1");
  return absl::OkStatus();
}

absl::Status EpollWaiter::OpenReadyList() {
  if (ready_ != nullptr) return absl::OkStatus();
  auto wake_up =
      std::make_shared<UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up->valid()) return ErrnoToStatus(errno, "eventfd");
  absl::Status watched = Watch(wake_up->Borrow(), kWakeUp);
  if (!watched.ok()) return watched;
  ready_ = std::make_shared<ReadyList>(
      [wake_up] { ::eventfd_write(wake_up->get(), 1); });
  eventfd_ = std::move(wake_up);
  // A poll may be under way that was begun when there was no list to ask.
  ready_->SizeOrWakeNext();
  return absl::OkStatus();
}

absl::Status EpollWaiter::Watch(BorrowedFd descriptor, std::uint64_t id) {
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = id}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) != 0) {
    return errno == ENOSPC ? absl::ResourceExhaustedError(
                                 "no more epoll watches for this user")
                           : ErrnoToStatus(errno, "epoll_ctl");
  }
  return absl::OkStatus();
}

absl::Status EpollWaiter::Add(std::uint64_t id, ReceiverLane& lane) {
  absl::Status opened = OpenEpoll();
  if (!opened.ok()) return opened;
  if (lane.descriptor().valid()) return Watch(lane.descriptor(), id);
  opened = OpenReadyList();
  if (!opened.ok()) return opened;
  ready_->Enroll(id);
  if (!lane.SetReadyListener(ready_, id)) {
    ready_->Forget(id);
    return absl::InvalidArgumentError("the receiver cannot be in a set");
  }
  ready_->OnReady(id);  // for what is queued already
  return absl::OkStatus();
}

void EpollWaiter::Remove(std::uint64_t id, ReceiverLane& lane) {
  if (!lane.descriptor().valid()) {
    lane.SetReadyListener(nullptr, 0);
    ready_->Forget(id);
    return;
  }
  // Closing would not do: a duplicate, in a forked child say, keeps the watch.
  epoll_event unused = {};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, lane.descriptor().get(), &unused);
}

absl::StatusOr<BorrowedFd> EpollWaiter::Waitable() {
  absl::Status opened = OpenEpoll();
  if (!opened.ok()) return opened;
  return epoll_.Borrow();
}

absl::Time EpollWaiter::Deadline() {
  return ready_ == nullptr ? absl::InfiniteFuture()
                           : ready_->DeadlineOrWakeNext();
}

void EpollWaiter::Relist(std::uint64_t id, const ReceiverLane& lane) {
  // The kernel puts what it gave at the end of its own list.
  if (!lane.descriptor().valid()) ready_->OnReady(id);
}

void EpollWaiter::ConsumeWakeUp() const {
  eventfd_t count = 0;
  ::eventfd_read(eventfd_->get(), &count);
}

absl::StatusOr<std::size_t> EpollWaiter::PollKernel(
    std::span<std::uint64_t> ids, absl::Time deadline) {
  if (ids.empty()) return 0;
  std::array<epoll_event, kMaxKernelEvents> events;
  const int ready = WaitForEvents(
      epoll_.Borrow(),
      std::span(events).first(std::min(ids.size(), events.size())), deadline);
  if (ready < 0) return ErrnoToStatus(errno, "epoll_wait");
  std::size_t count = 0;
  for (const epoll_event& event : std::span(events).first(ready)) {
    if (event.data.u64 == kWakeUp) {
      ConsumeWakeUp();
    } else {
      ids[count++] = event.data.u64;
    }
  }
  // A wake-up that took the only place must not hide a lane.
  if (count == 0 && ready > 0) return PollKernel(ids, absl::InfinitePast());
  return count;
}

absl::StatusOr<std::size_t> EpollWaiter::Poll(std::span<std::uint64_t> ids,
                                              absl::Time deadline) {
  return PollBoth(
      [this](std::span<std::uint64_t> places, absl::Time until) {
        return PollKernel(places, until);
      },
      ready_.get(), round_up_, ids, deadline);
}

}  // namespace ipc_channel::transport::unix_backend
