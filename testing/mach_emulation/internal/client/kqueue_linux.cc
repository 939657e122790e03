// <sys/event.h>.

#include <errno.h>
#include <poll.h>
#include <sys/event.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// Which of the kernel's queues a descriptor is. What is closed stays here, and
// in the kernel, until its number is a queue again; nobody asks for it
// meanwhile.
class Queues {
 public:
  static Queues& Get() {
    static Queues& queues = *new Queues;
    return queues;
  }

  // Gives the one that had the number before.
  std::optional<std::uint32_t> Put(int descriptor, std::uint32_t id) {
    const std::optional<std::uint32_t> before = Find(descriptor);
    const std::lock_guard<std::mutex> lock(mutex_);
    ids_[descriptor] = {getpid(), id};
    return before;
  }

  // None for a queue of the parent's: it is not inherited.
  std::optional<std::uint32_t> Find(int descriptor) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = ids_.find(descriptor);
    if (found == ids_.end() || found->second.first != getpid()) {
      return std::nullopt;
    }
    return found->second.second;
  }

 private:
  std::mutex mutex_;
  std::map<int, std::pair<pid_t, std::uint32_t>> ids_;
};

std::uint32_t ChangeOf(const struct kevent& event) {
  std::uint32_t change = 0;
  if ((event.flags & EV_ADD) != 0) change |= kKeventAdd;
  if ((event.flags & EV_DELETE) != 0) change |= kKeventDelete;
  if ((event.flags & EV_CLEAR) != 0) change |= kKeventClear;
  if ((event.fflags & NOTE_TRIGGER) != 0) change |= kKeventTrigger;
  return change;
}

// Of all that there may be in a change, what is emulated.
bool IsEmulated(const struct kevent& event) {
  constexpr unsigned kFlags = EV_ADD | EV_DELETE;
  if (event.filter == EVFILT_MACHPORT) {
    return (event.flags & ~kFlags) == 0 && event.fflags == 0;
  }
  if (event.filter == EVFILT_PROC) {
    return (event.flags & ~(kFlags | EV_ONESHOT)) == 0 &&
           (event.fflags == NOTE_EXIT || (event.flags & EV_DELETE) != 0);
  }
  return event.filter == EVFILT_USER && event.ident == 0 &&
         (event.flags & ~(kFlags | EV_CLEAR)) == 0 &&
         (event.fflags & ~std::uint32_t{NOTE_TRIGGER}) == 0;
}

KqueueSubject SubjectOf(std::int16_t filter) {
  switch (filter) {
    case EVFILT_USER:
      return KqueueSubject::kUser;
    case EVFILT_PROC:
      return KqueueSubject::kProcess;
    default:
      return KqueueSubject::kPort;
  }
}

// 0 or an errno.
int Apply(std::uint32_t queue, const struct kevent& event) {
  if (!IsEmulated(event)) return EINVAL;
  CallOptions options;
  options.wide[0] = reinterpret_cast<std::uintptr_t>(event.udata);
  return CallKernel(
             Op::kKqueueChange,
             {queue, ChangeOf(event), static_cast<std::uint32_t>(event.ident),
              static_cast<std::uint32_t>(SubjectOf(event.filter))},
             options)
      .result();
}

struct kevent ToKevent(const KqueueEvent& event) {
  struct kevent result = {};
  result.ident = event.name;
  result.flags = event.is_last ? EV_ADD | EV_ONESHOT | EV_EOF : EV_ADD;
  switch (event.subject) {
    case KqueueSubject::kPort:
      result.filter = EVFILT_MACHPORT;
      break;
    case KqueueSubject::kUser:
      result.filter = EVFILT_USER;
      break;
    case KqueueSubject::kProcess:
      result.filter = EVFILT_PROC;
      result.flags |= EV_CLEAR;
      result.fflags = NOTE_EXIT;
      break;
  }
  result.data = event.ready;
  result.udata =
      reinterpret_cast<void*>(static_cast<std::uintptr_t>(event.udata));
  return result;
}

int Collect(std::uint32_t queue, struct kevent* events, int room) {
  const CallResult call =
      CallKernel(Op::kKqueueCollect, {queue, static_cast<std::uint32_t>(room)});
  const auto& payload = call.content.payload;
  const auto count = static_cast<int>(payload.size() / sizeof(KqueueEvent));
  for (int i = 0; i < count; ++i) {
    KqueueEvent event;
    std::memcpy(&event,
                payload.data() + static_cast<std::size_t>(i) * sizeof(event),
                sizeof(event));
    events[i] = ToKevent(event);
  }
  return count;
}

std::int64_t NowInMilliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::int64_t Milliseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1000 +
         (time.tv_nsec + 999'999) / 1'000'000;
}

// The number of events, or -1 with errno.
int Wait(int kq, std::uint32_t queue, struct kevent* events, int room,
         const timespec* timeout) {
  const std::int64_t end =
      timeout == nullptr ? 0 : NowInMilliseconds() + Milliseconds(*timeout);
  while (true) {
    int wait = -1;
    if (timeout != nullptr) {
      wait = static_cast<int>(
          std::clamp<std::int64_t>(end - NowInMilliseconds(), 0, INT_MAX));
    }
    pollfd entry = {.fd = kq, .events = POLLIN, .revents = 0};
    const int ready = poll(&entry, 1, wait);
    if (ready < 0) return -1;
    // Another thread may have taken what was ready.
    const int count = ready == 0 ? 0 : Collect(queue, events, room);
    if (count > 0 || wait == 0 || ready == 0) return count;
  }
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

using ipc_channel_testing::mach_emulation::Apply;
using ipc_channel_testing::mach_emulation::CallKernel;
using ipc_channel_testing::mach_emulation::CallResult;
using ipc_channel_testing::mach_emulation::Op;
using ipc_channel_testing::mach_emulation::Queues;
using ipc_channel_testing::mach_emulation::Wait;

int kqueue(void) {
  CallResult call = CallKernel(Op::kKqueueNew, {});
  if (call.result() != 0) {
    errno = call.result();
    return -1;
  }
  const int descriptor = call.content.fds.at(0).Release();
  const std::optional<std::uint32_t> closed =
      Queues::Get().Put(descriptor, call.number(0));
  if (closed.has_value()) CallKernel(Op::kKqueueDrop, {*closed});
  return descriptor;
}

int kevent(int kq, const struct kevent* changelist, int nchanges,
           struct kevent* eventlist, int nevents,
           const struct timespec* timeout) {
  const std::optional<std::uint32_t> queue = Queues::Get().Find(kq);
  if (!queue.has_value()) {
    errno = EBADF;
    return -1;
  }
  // Where there is room a change that fails is an event.
  int failures = 0;
  for (int i = 0; i < nchanges; ++i) {
    struct kevent change = changelist[i];
    const int error = Apply(*queue, change);
    if (error == 0) continue;
    if (failures == nevents) {
      errno = error;
      return -1;
    }
    change.flags = EV_ERROR;
    change.data = error;
    eventlist[failures++] = change;
  }
  if (nevents == 0 || failures > 0) return failures;
  return Wait(kq, *queue, eventlist, nevents, timeout);
}
