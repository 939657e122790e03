#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_PORT_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_PORT_H_

#include <mach/mach.h>

#include <cstdint>

namespace ipc_channel::internal {

// How a spawned child gets its ends where they are port rights. Nothing but
// send rights can be given to a child before it runs, and one end is a receive
// right. So it is given a send right to a port of its parent's, as a special
// port, and sends a message there (InheritedChannel()); the answer, which a
// thread of the parent sends (hand_over.h), has both ends.
//
// The special port is the one for debuggers: the only one that posix_spawn()
// sets, that is nobody's in a process that has just begun, and that neither a
// fork nor a program that is executed later inherits (ipc_task_init() and
// task_set_special_port_internal() in osfmk/kern/ipc_tt.c). The port by which
// a process reaches launchd is needed before main() begins.
inline constexpr int kInheritedSpecialPort = TASK_DEBUG_CONTROL_PORT;

inline constexpr mach_msg_id_t kTakeEndsId = 0x69706574;
inline constexpr mach_msg_id_t kEndsId = 0x69706565;

// Carries a send-once right for the answer.
struct TakeEndsMessage {
  mach_msg_header_t header;
};

// The ends as the child has them, and the fingerprints of what goes through
// them.
struct EndsMessage {
  mach_msg_header_t header;
  mach_msg_body_t body;
  mach_msg_port_descriptor_t receiving;
  mach_msg_port_descriptor_t sending;
  std::uint32_t reserved;  // 0
  std::uint64_t to_child;
  std::uint64_t to_parent;
};
static_assert(sizeof(EndsMessage) == 72);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_PORT_H_
