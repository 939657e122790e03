// Event queues that watch ports and processes: epoll objects that the tasks
// wait for, and the kernel fills. A port's event is its waitable's
// (waitables.cc). After xnu's ipc_pset.c and bsd/kern/kern_event.c.

#include <errno.h>
#include <mach/port.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/process.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr std::uint64_t kBellToken = 0;

int Watch(int queue, int event, std::uint64_t token) {
  epoll_event watched = {.events = EPOLLIN, .data = {.u64 = token}};
  return ::epoll_ctl(queue, EPOLL_CTL_ADD, event, &watched) == 0 ? 0 : errno;
}

auto FindWatched(EventQueue& queue, mach_port_name_t name) {
  return std::find_if(
      queue.ports.begin(), queue.ports.end(),
      [name](const auto& watched) { return watched.second.name == name; });
}

void Forget(EventQueue& queue, decltype(EventQueue::ports)::iterator watched) {
  ::epoll_ctl(queue.epoll.get(), EPOLL_CTL_DEL,
              watched->second.waitable->event.get(), nullptr);
  queue.ports.erase(watched);
}

// The one with a message that would be received next.
mach_port_name_t ReadyOf(const Entry& entry, mach_port_name_t name) {
  if (entry.set == nullptr) return name;
  for (const PortRef& member : entry.set->members) {
    if (!member->queue.empty()) return member->name;
  }
  return MACH_PORT_NULL;
}

int AddBell(EventQueue& queue, bool clears) {
  queue.bell = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!queue.bell.valid()) return errno;
  queue.bell_clears = clears;
  return Watch(queue.epoll.get(), queue.bell.get(), kBellToken);
}

int ChangeBell(EventQueue& queue, std::uint32_t change, std::uint64_t udata) {
  if (!queue.bell.valid()) {
    if ((change & kKeventAdd) == 0) return ENOENT;
    const int error = AddBell(queue, (change & kKeventClear) != 0);
    if (error != 0) return error;
  } else if ((change & kKeventDelete) != 0) {
    queue.bell = UniqueFd();
    return 0;
  }
  queue.bell_udata = udata;
  if ((change & kKeventTrigger) == 0) return 0;
  return ::eventfd_write(queue.bell.get(), 1) == 0 ? 0 : errno;
}

KqueueEvent TakeBell(EventQueue& queue) {
  eventfd_t rings;
  if (queue.bell_clears) ::eventfd_read(queue.bell.get(), &rings);
  return {.subject = KqueueSubject::kUser,
          .name = 0,
          .ready = 0,
          .is_last = false,
          .udata = queue.bell_udata};
}

// filt_procattach(): a process that has ended is none, whether somebody has
// waited for it or not (proc_find()).
int WatchProcess(EventQueue& queue, pid_t pid, std::uint64_t udata) {
  UniqueFd process = OpenProcess(pid);
  if (!process.valid()) return errno == EMFILE ? ENOMEM : ESRCH;
  if (HasEnded(process)) return ESRCH;
  const std::uint64_t token = ++queue.last_token;
  const int error = Watch(queue.epoll.get(), process.get(), token);
  if (error != 0) return error;
  queue.processes.emplace(token,
                          WatchedProcess{pid, std::move(process), udata});
  return 0;
}

int ChangeProcess(EventQueue& queue, std::uint32_t change, pid_t pid,
                  std::uint64_t udata) {
  const auto watched = std::find_if(
      queue.processes.begin(), queue.processes.end(),
      [pid](const auto& process) { return process.second.pid == pid; });
  if (watched == queue.processes.end()) {
    if ((change & kKeventAdd) == 0) return ENOENT;
    return WatchProcess(queue, pid, udata);
  }
  if ((change & kKeventDelete) != 0) {
    queue.processes.erase(watched);  // which closes what epoll watches
  } else {
    watched->second.udata = udata;
  }
  return 0;
}

// Told once (filt_procevent() makes it EV_ONESHOT).
KqueueEvent TakeProcess(EventQueue& queue,
                        decltype(EventQueue::processes)::iterator watched) {
  const KqueueEvent event = {
      .subject = KqueueSubject::kProcess,
      .name = static_cast<std::uint32_t>(watched->second.pid),
      .ready = 0,
      .is_last = true,
      .udata = watched->second.udata};
  queue.processes.erase(watched);
  return event;
}

}  // namespace

// -> id, and the epoll object
Kernel::MaybeReply Kernel::NewKqueue(CallContext& c) {
  auto queue = std::make_unique<EventQueue>();
  queue->epoll = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!queue->epoll.valid()) return Result(errno);
  Reply reply = Result(0, {++c.task.last_queue});
  reply.fds.push_back(queue->epoll.get());
  c.task.queues.emplace(c.task.last_queue, std::move(queue));
  return reply;
}

// filt_machportattach()
int Kernel::WatchPort(Space& space, EventQueue& queue, mach_port_name_t name,
                      std::uint64_t udata) {
  const Entry* const entry = space.Find(name);
  if (entry == nullptr || entry->Has(MACH_PORT_TYPE_DEAD_NAME)) return ENOENT;
  if (!entry->Has(MACH_PORT_TYPE_RECEIVE | MACH_PORT_TYPE_PORT_SET)) {
    return ENOTSUP;
  }
  std::shared_ptr<Waitable> waitable = FindWaitable(space, name);
  if (waitable == nullptr) return ENOMEM;
  const std::uint64_t token = ++queue.last_token;
  const int error = Watch(queue.epoll.get(), waitable->event.get(), token);
  if (error != 0) return error;
  queue.ports.emplace(token, WatchedPort{name, std::move(waitable), udata});
  return 0;
}

// kevent_register() goes by the name alone: until it is told or deleted, the
// event of a right that is gone takes the place of any new one of that name.
int Kernel::ChangePort(CallContext& c, EventQueue& queue) {
  const std::uint32_t change = c.call.number[1];
  const mach_port_name_t name = c.call.number[2];
  const auto watched = FindWatched(queue, name);
  if (watched == queue.ports.end()) {
    if ((change & kKeventAdd) == 0) return ENOENT;
    return WatchPort(c.space, queue, name, c.call.wide[0]);
  }
  if ((change & kKeventDelete) != 0) {
    Forget(queue, watched);
  } else {
    watched->second.udata = c.call.wide[0];
  }
  return 0;
}

// number: id, change, name or pid, subject. wide: udata
Kernel::MaybeReply Kernel::ChangeKqueue(CallContext& c) {
  const auto found = c.task.queues.find(c.call.number[0]);
  if (found == c.task.queues.end()) return Result(EBADF);
  EventQueue& queue = *found->second;
  const std::uint32_t change = c.call.number[1];
  const std::uint64_t udata = c.call.wide[0];
  switch (static_cast<KqueueSubject>(c.call.number[3])) {
    case KqueueSubject::kPort:
      return Result(ChangePort(c, queue));
    case KqueueSubject::kUser:
      return Result(ChangeBell(queue, change, udata));
    case KqueueSubject::kProcess:
      return Result(ChangeProcess(queue, change,
                                  static_cast<pid_t>(c.call.number[2]), udata));
  }
  Panic("an event is of nothing that there is");
}

// number: id
Kernel::MaybeReply Kernel::DropKqueue(CallContext& c) {
  c.task.queues.erase(c.call.number[0]);
  return Result(0);
}

// filt_machportprocess(). A right that is gone is told once (knote_vanish()).
KqueueEvent Kernel::TakeEvent(Space& space, EventQueue& queue,
                              std::uint64_t token) {
  const auto process = queue.processes.find(token);
  if (process != queue.processes.end()) return TakeProcess(queue, process);
  const auto watched = queue.ports.find(token);
  if (watched == queue.ports.end()) Panic("an event is of nothing watched");
  const mach_port_name_t name = watched->second.name;
  KqueueEvent event = {.subject = KqueueSubject::kPort,
                       .name = name,
                       .ready = 0,
                       .is_last = watched->second.waitable->is_gone,
                       .udata = watched->second.udata};
  if (event.is_last) {
    Forget(queue, watched);
  } else {
    event.ready = ReadyOf(*space.Find(name), name);
  }
  return event;
}

// number: id, room -> payload: KqueueEvents, those that waited longest first,
// for epoll puts what it gave at the end of its list
Kernel::MaybeReply Kernel::CollectKqueue(CallContext& c) {
  const auto found = c.task.queues.find(c.call.number[0]);
  if (found == c.task.queues.end()) return Result(EBADF);
  EventQueue& queue = *found->second;
  std::array<epoll_event, 64> events;
  const int room =
      static_cast<int>(std::clamp<std::uint32_t>(c.call.number[1], 1, 64));
  const int count = ::epoll_wait(queue.epoll.get(), events.data(), room, 0);
  Reply reply = Result(0);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t token = events[static_cast<std::size_t>(i)].data.u64;
    const KqueueEvent event = token == kBellToken
                                  ? TakeBell(queue)
                                  : TakeEvent(c.space, queue, token);
    const std::size_t at = reply.payload.size();
    reply.payload.resize(at + sizeof(event));
    std::memcpy(reply.payload.data() + at, &event, sizeof(event));
  }
  return reply;
}

}  // namespace ipc_channel_testing::mach_emulation
