#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PORT_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PORT_H_

// Ports and port sets.

#include <mach/port.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/message.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/right.h"

namespace ipc_channel_testing::mach_emulation {

struct PortSet;
class Space;

// What a port stands for that the kernel itself receives from. The kinds have
// the numbers of IKOT_... in xnu's ipc_kobject.h.
struct KernelObject {
  enum Kind : natural_t {
    kNone = 0,
    kTask = 2,
    kNamedEntry = 28,
    kFileport = 34,
  };
  Kind kind = kNone;
  UniqueFd fd;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  int protection = 0;
};

// What event queues (kqueues.cc) know of a receive right or a set: an eventfd
// that is readable exactly while a receive would not wait.
struct Waitable {
  UniqueFd event;
  bool readable = false;
  // The right has left the task, or the set is gone: readable for ever.
  bool is_gone = false;
};

struct Port {
  Port() { ++live; }
  ~Port() { --live; }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  bool active = true;
  // The name space of the receive right, and its name there; none while it is
  // in a message, and for a port of the kernel.
  Space* receiver = nullptr;
  mach_port_name_t name = MACH_PORT_NULL;
  // While the receive right is in a message: the port that goes to.
  std::weak_ptr<Port> transit_to;

  std::deque<std::unique_ptr<Message>> queue;
  mach_port_msgcount_t queue_limit = MACH_PORT_QLIMIT_DEFAULT;
  mach_port_seqno_t seqno = 0;

  std::uint32_t send_rights = 0;
  std::uint32_t send_once_rights = 0;
  mach_port_mscount_t make_send_count = 0;
  // Every name in any space that refers to this port.
  std::set<std::pair<Space*, mach_port_name_t>> holders;

  Right no_senders_request;
  Right port_destroyed_request;
  std::set<PortSet*> sets;

  bool guarded = false;
  bool strict_guard = false;
  bool immovable = false;
  std::uint64_t context = 0;

  // launchd has made it for a service, and gets it back.
  bool of_service = false;
  std::unique_ptr<KernelObject> object;
  std::shared_ptr<Waitable> waitable;

  // How many there are.
  static inline int live = 0;
};

struct PortSet {
  // In the order in which they are served; the one served last stands last.
  std::vector<PortRef> members;
  std::shared_ptr<Waitable> waitable;
};

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PORT_H_
