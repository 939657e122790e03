#include <fcntl.h>
#include <sys/event.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/poll_both.h"
#include "ipc_channel/transport/unix/kqueue_waiter.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// The only user event in the queue.
constexpr std::uintptr_t kWakeUp = 0;

// What one system call gives at most.
constexpr std::size_t kMaxKernelEvents = 64;

// One wait is never longer: see wait.cc.
constexpr absl::Duration kLongestWait = absl::Hours(1);

timespec TimeLeft(absl::Time deadline) {
  return absl::ToTimespec(
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), kLongestWait));
}

// The id lies in ext[2], which the kernel hands through; udata is too small for
// it on 32 bits.
struct kevent ReadEvent(BorrowedFd descriptor, std::uint64_t id,
                        unsigned short flags) {
  struct kevent event = {};
  event.ident = static_cast<std::uintptr_t>(descriptor.get());
  event.filter = EVFILT_READ;
  event.flags = flags;
  event.ext[2] = id;
  return event;
}

struct kevent WakeUpEvent(unsigned short flags, unsigned int action) {
  struct kevent event = {};
  event.ident = kWakeUp;
  event.filter = EVFILT_USER;
  event.flags = flags;
  event.fflags = action;
  return event;
}

// 0, or -1 with errno set. The kernel makes the change before it could be
// interrupted.
int Change(BorrowedFd kqueue, const struct kevent& change) {
  return ::kevent(kqueue.get(), &change, 1, nullptr, 0, nullptr);
}

// The number of `events` that came; negative with errno set.
int WaitForEvents(BorrowedFd kqueue, std::span<struct kevent> events,
                  absl::Time deadline) {
  int count;
  do {
    const timespec left = TimeLeft(deadline);
    count = ::kevent(kqueue.get(), nullptr, 0, events.data(),
                     static_cast<int>(events.size()), &left);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

KqueueWaiter::Kqueue::Kqueue() : process_(::getpid()) {
  descriptor_.Reset(::kqueue1(O_CLOEXEC));
}

KqueueWaiter::Kqueue::~Kqueue() {
  if (!IsOfThisProcess()) static_cast<void>(descriptor_.Release());
}

bool KqueueWaiter::Kqueue::IsOfThisProcess() const {
  return ::getpid() == process_;
}

absl::Status KqueueWaiter::OpenKqueue() {
  if (kqueue_ != nullptr) return absl::OkStatus();
  auto opened = std::make_shared<const Kqueue>();
  if (!opened->descriptor().valid()) return ErrnoToStatus(errno, "kqueue1");
  kqueue_ = std::move(opened);
  return absl::OkStatus();
}

absl::Status KqueueWaiter::OpenReadyList() {
  if (ready_ != nullptr) return absl::OkStatus();
  // EV_CLEAR: taking the event consumes it.
  if (Change(kqueue_->descriptor(), WakeUpEvent(EV_ADD | EV_CLEAR, 0)) != 0) {
    return ErrnoToStatus(errno, "kevent(EVFILT_USER)");
  }
  ready_ = std::make_shared<ReadyList>([kqueue = kqueue_] {
    if (!kqueue->IsOfThisProcess()) return;
    Change(kqueue->descriptor(), WakeUpEvent(0, NOTE_TRIGGER));
  });
  // A poll may be under way that was begun when there was no list to ask.
  ready_->SizeOrWakeNext();
  return absl::OkStatus();
}

absl::Status KqueueWaiter::Add(std::uint64_t id, ReceiverLane& lane) {
  absl::Status opened = OpenKqueue();
  if (!opened.ok()) return opened;
  if (lane.descriptor().valid()) {
    if (Change(kqueue_->descriptor(),
               ReadEvent(lane.descriptor(), id, EV_ADD)) != 0) {
      return ErrnoToStatus(errno, "kevent(EVFILT_READ)");
    }
    return absl::OkStatus();
  }
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

void KqueueWaiter::Remove(std::uint64_t id, ReceiverLane& lane) {
  if (!lane.descriptor().valid()) {
    lane.SetReadyListener(nullptr, 0);
    ready_->Forget(id);
    return;
  }
  Change(kqueue_->descriptor(), ReadEvent(lane.descriptor(), id, EV_DELETE));
}

absl::StatusOr<BorrowedFd> KqueueWaiter::Waitable() {
  absl::Status opened = OpenKqueue();
  if (!opened.ok()) return opened;
  return kqueue_->descriptor();
}

absl::Time KqueueWaiter::Deadline() {
  return ready_ == nullptr ? absl::InfiniteFuture()
                           : ready_->DeadlineOrWakeNext();
}

void KqueueWaiter::Relist(std::uint64_t id, const ReceiverLane& lane) {
  // The kernel puts what it gave at the end of its own list, unless EV_CLEAR or
  // the like is asked for (kqueue_scan in sys/kern/kern_event.c).
  if (!lane.descriptor().valid()) ready_->OnReady(id);
}

absl::StatusOr<std::size_t> KqueueWaiter::PollKernel(
    std::span<std::uint64_t> ids, absl::Time deadline) {
  if (ids.empty()) return 0;
  std::array<struct kevent, kMaxKernelEvents> events;
  const int ready = WaitForEvents(
      kqueue_->descriptor(),
      std::span(events).first(std::min(ids.size(), events.size())), deadline);
  if (ready < 0) return ErrnoToStatus(errno, "kevent");
  std::size_t count = 0;
  for (const struct kevent& event :
       std::span(events).first(static_cast<std::size_t>(ready))) {
    if (event.filter == EVFILT_READ) ids[count++] = event.ext[2];
  }
  // A wake-up that took the only place must not hide a lane.
  if (count == 0 && ready > 0) return PollKernel(ids, absl::InfinitePast());
  return count;
}

absl::StatusOr<std::size_t> KqueueWaiter::Poll(std::span<std::uint64_t> ids,
                                               absl::Time deadline) {
  return PollBoth(
      [this](std::span<std::uint64_t> places, absl::Time until) {
        return PollKernel(places, until);
      },
      ready_.get(), round_up_, ids, deadline);
}

}  // namespace ipc_channel::transport::unix_backend
