#include "ipc_channel/transport/mach/port_set_waiter.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/mach/port_lane.h"
#include "ipc_channel/transport/poll_both.h"

namespace ipc_channel::transport::mach_backend {
namespace {

// Null if `lane` is no port.
const PortLane* AsPort(const ReceiverLane& lane) {
  return dynamic_cast<const PortLane*>(&lane.Innermost());
}

}  // namespace

absl::Status PortSetWaiter::OpenKqueue() {
  if (kqueue_ != nullptr) return absl::OkStatus();
  absl::StatusOr<Kqueue> opened = Kqueue::Create();
  if (!opened.ok()) return opened.status();
  kqueue_ = std::make_shared<const Kqueue>(*std::move(opened));
  return absl::OkStatus();
}

absl::Status PortSetWaiter::OpenReadyList() {
  if (ready_ != nullptr) return absl::OkStatus();
  absl::Status added = kqueue_->AddBell(/*until_taken=*/true);
  if (!added.ok()) return added;
  ready_ = std::make_shared<ReadyList>([kqueue = kqueue_] { kqueue->Ring(); });
  // A poll may be under way that was begun when there was no list to ask.
  ready_->SizeOrWakeNext();
  return absl::OkStatus();
}

absl::Status PortSetWaiter::Add(std::uint64_t id, ReceiverLane& lane) {
  absl::Status opened = OpenKqueue();
  if (!opened.ok()) return opened;
  const PortLane* const port = AsPort(lane);
  // Of one that has shown its end, or is a forked child's copy, the kernel says
  // nothing.
  if (port != nullptr && !port->has_ended() && port->port() != MACH_PORT_NULL) {
    return kqueue_->WatchPort(port->port(), id);
  }
  opened = OpenReadyList();
  if (!opened.ok()) return opened;
  ready_->Enroll(id);
  if (port == nullptr && !lane.SetReadyListener(ready_, id)) {
    ready_->Forget(id);
    return absl::InvalidArgumentError("the receiver cannot be in a set");
  }
  ready_->OnReady(id);  // for what is queued already
  return absl::OkStatus();
}

void PortSetWaiter::Remove(std::uint64_t id, ReceiverLane& lane) {
  const PortLane* const port = AsPort(lane);
  if (port == nullptr) {
    lane.SetReadyListener(nullptr, 0);
    ready_->Forget(id);
    return;
  }
  // It may have shown its end since it was added.
  if (ready_ != nullptr) ready_->Forget(id);
  kqueue_->ForgetPort(port->port());
}

absl::StatusOr<BorrowedFd> PortSetWaiter::Waitable() {
  absl::Status opened = OpenKqueue();
  if (!opened.ok()) return opened;
  return kqueue_->descriptor();
}

absl::Time PortSetWaiter::Deadline() {
  return ready_ == nullptr ? absl::InfiniteFuture()
                           : ready_->DeadlineOrWakeNext();
}

void PortSetWaiter::Relist(std::uint64_t id, const ReceiverLane& lane) {
  // The kernel puts what it gave at the end of its own list, unless EV_CLEAR or
  // the like is asked for (kqueue_process in bsd/kern/kern_event.c).
  if (AsPort(lane) == nullptr) ready_->OnReady(id);
}

absl::StatusOr<std::size_t> PortSetWaiter::PollKernel(
    std::span<std::uint64_t> ids, absl::Time deadline) {
  if (ids.empty()) return 0;
  const absl::StatusOr<Kqueue::Events> events = kqueue_->Wait(ids, deadline);
  if (!events.ok()) return events.status();
  // A wake-up that took the only place must not hide a lane.
  if (events->ports == 0 && events->rang) {
    return PollKernel(ids, absl::InfinitePast());
  }
  return events->ports;
}

absl::StatusOr<std::size_t> PortSetWaiter::Poll(std::span<std::uint64_t> ids,
                                                absl::Time deadline) {
  return PollBoth(
      [this](std::span<std::uint64_t> places, absl::Time until) {
        return PollKernel(places, until);
      },
      ready_.get(), round_up_, ids, deadline);
}

}  // namespace ipc_channel::transport::mach_backend
