#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_TASK_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_TASK_H_

// Tasks, and the connections of their threads.

#include <mach/message.h>
#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/message.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/port.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/right.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/space.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

namespace ipc_channel_testing::mach_emulation {

using Clock = std::chrono::steady_clock;

// A receive right or a set that an event queue watches.
struct WatchedPort {
  mach_port_name_t name;
  std::shared_ptr<Waitable> waitable;
  std::uint64_t udata;
};

// A process whose end an event queue tells.
struct WatchedProcess {
  pid_t pid;
  UniqueFd process;  // readable from its end on
  std::uint64_t udata;
};

// The special ports of a child that is spawned, until it is a task.
struct Ticket {
  std::optional<Right> bootstrap;
  Right debug_control;
  pid_t parent = 0;
  bool has_parent = true;  // else it is kept for the child alone
  // Once it is known which.
  pid_t child = 0;
  UniqueFd process;
};

struct EventQueue {
  UniqueFd epoll;
  std::uint64_t last_token = 0;
  // By token. A queue watches a name once.
  std::map<std::uint64_t, WatchedPort> ports;
  std::map<std::uint64_t, WatchedProcess> processes;
  // The user event.
  UniqueFd bell;
  bool bell_clears = false;
  std::uint64_t bell_udata = 0;
};

// A program in a process, from its start to its end or to the next exec.
struct Task {
  std::uint32_t id = 0;
  Credentials credentials;
  Space space;
  int connections = 0;
  Right self;       // the kernel's own, which keeps the task's port
  Right bootstrap;  // special ports
  Right debug_control;
  std::array<Right, 3> registered;
  std::set<std::uint32_t> tickets;
  // Kept until the task ends: nothing tells that a descriptor was closed.
  std::map<std::uint32_t, std::unique_ptr<EventQueue>> queues;
  std::uint32_t last_queue = 0;
  // It has violated a guard and is being killed: its calls are not answered.
  bool doomed = false;
};

// A call that waits.
struct ParkedSend {
  std::unique_ptr<Message> message;
  std::optional<Clock::time_point> deadline;
};
struct ParkedReceive {
  std::weak_ptr<Port> port;
  std::weak_ptr<PortSet> set;
  mach_msg_option_t options;
  std::size_t buffer_size;
  bool short_of_names;
  std::optional<Clock::time_point> deadline;
};

struct Connection {
  UniqueFd socket;
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  Task* task = nullptr;
  std::optional<ParkedSend> send;
  std::optional<ParkedReceive> receive;
  // Which of the parked calls came first.
  std::uint64_t parked_at = 0;
};

// What a call is answered with.
struct Reply {
  Answer answer = {};
  std::vector<std::byte> payload;
  // Shared with what has them, for the time of sending.
  std::vector<std::shared_ptr<UniqueFd>> shared_fds;
  std::vector<int> fds;
};

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_TASK_H_
