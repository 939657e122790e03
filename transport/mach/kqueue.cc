#include "ipc_channel/transport/mach/kqueue.h"

#include <fcntl.h>
#include <sys/event.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/mach/fork_generation.h"

namespace ipc_channel::transport::mach_backend {
namespace {

// The only user event in the queue.
constexpr std::uintptr_t kBell = 0;

// What one system call gives at most.
constexpr std::size_t kMaxKernelEvents = 64;

// One wait is never longer, so that a step of the system's clock is noticed.
constexpr absl::Duration kLongestWait = absl::Hours(1);

timespec TimeLeft(absl::Time deadline) {
  return absl::ToTimespec(
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), kLongestWait));
}

// Without MACH_RCV_MSG among the flags of the filter the event only tells that
// there is a message (filt_machportprocess in osfmk/ipc/ipc_pset.c).
struct kevent PortEvent(mach_port_name_t port, std::uint64_t token,
                        std::uint16_t flags) {
  struct kevent event = {};
  event.ident = port;
  event.filter = EVFILT_MACHPORT;
  event.flags = flags;
  // Tokens are counted, and pointers have 64 bits on this system.
  static_assert(sizeof(void*) == sizeof(std::uint64_t));
  event.udata = reinterpret_cast<void*>(token);
  return event;
}

struct kevent BellEvent(std::uint16_t flags, std::uint32_t action) {
  struct kevent event = {};
  event.ident = kBell;
  event.filter = EVFILT_USER;
  event.flags = flags;
  event.fflags = action;
  return event;
}

// 0 or an errno. The kernel makes the change before it could be interrupted.
int Change(BorrowedFd kqueue, const struct kevent& change) {
  return ::kevent(kqueue.get(), &change, 1, nullptr, 0, nullptr) == 0 ? 0
                                                                      : errno;
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

Kqueue& Kqueue::operator=(Kqueue&& other) noexcept {
  if (this == &other) return *this;
  Close();
  descriptor_ = std::move(other.descriptor_);
  generation_ = other.generation_;
  return *this;
}

void Kqueue::Close() {
  // In a forked child the number is nobody's, or somebody else's.
  if (generation_ != ForkGeneration()) {
    static_cast<void>(descriptor_.Release());
  }
  descriptor_.Reset();
}

absl::StatusOr<Kqueue> Kqueue::Create() {
  Kqueue made;
  made.generation_ = ForkGeneration();
  made.descriptor_ = UniqueFd(::kqueue());
  if (!made.valid()) return ErrnoToStatus(errno, "kqueue");
  // A child that executes another program does not get it either way; this is
  // for posix_spawn() with POSIX_SPAWN_SETEXEC.
  ::fcntl(made.descriptor_.get(), F_SETFD, FD_CLOEXEC);
  return made;
}

absl::Status Kqueue::WatchPort(mach_port_name_t port,
                               std::uint64_t token) const {
  const int error = Change(descriptor(), PortEvent(port, token, EV_ADD));
  if (error == 0) return absl::OkStatus();
  return ErrnoToStatus(error, "kevent(EVFILT_MACHPORT)");
}

void Kqueue::ForgetPort(mach_port_name_t port) const {
  Change(descriptor(), PortEvent(port, 0, EV_DELETE));
}

absl::Status Kqueue::WatchProcess(pid_t pid) const {
  struct kevent event = {};
  event.ident = static_cast<std::uintptr_t>(pid);
  event.filter = EVFILT_PROC;
  event.flags = EV_ADD;
  event.fflags = NOTE_EXIT;
  const int error = Change(descriptor(), event);
  if (error == 0) return absl::OkStatus();
  if (error == ESRCH) return absl::NotFoundError("the process has ended");
  return ErrnoToStatus(error, "kevent(EVFILT_PROC)");
}

absl::Status Kqueue::AddBell(bool until_taken) const {
  const std::uint16_t once = until_taken ? EV_CLEAR : 0;
  const int error = Change(descriptor(), BellEvent(EV_ADD | once, 0));
  if (error == 0) return absl::OkStatus();
  return ErrnoToStatus(error, "kevent(EVFILT_USER)");
}

void Kqueue::Ring() const { Change(descriptor(), BellEvent(0, NOTE_TRIGGER)); }

absl::StatusOr<Kqueue::Events> Kqueue::Wait(std::span<std::uint64_t> tokens,
                                            absl::Time deadline) const {
  std::array<struct kevent, kMaxKernelEvents> events;
  const int ready = WaitForEvents(
      descriptor(),
      std::span(events).first(std::min(tokens.size(), events.size())),
      deadline);
  if (ready < 0) return ErrnoToStatus(errno, "kevent");
  Events found = {.ports = 0, .rang = false};
  for (const struct kevent& event :
       std::span(events).first(static_cast<std::size_t>(ready))) {
    if (event.filter != EVFILT_MACHPORT) {
      found.rang = true;
    } else if ((event.flags & EV_EOF) == 0) {  // else the port has gone
      tokens[found.ports++] = reinterpret_cast<std::uint64_t>(event.udata);
    }
  }
  return found;
}

}  // namespace ipc_channel::transport::mach_backend
