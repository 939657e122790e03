#ifndef IPC_CHANNEL_TRANSPORT_MACH_PORT_RIGHT_H_
#define IPC_CHANNEL_TRANSPORT_MACH_PORT_RIGHT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <cstdint>
#include <utility>

#include "ipc_channel/transport/mach/fork_generation.h"

namespace ipc_channel::transport::mach_backend {

// Gives one right called `name` back to the kernel; ignores errors, since a
// right can become a dead name at any moment.
void DropRight(mach_port_name_t name, mach_port_right_t right);

// The owner of one right to a port, or of none. Several send rights to one port
// have one name in a process, which counts them; so has the receive right.
//
// What destroying does: of a send right, it counts one down, and the receiver
// may be told that the last is gone; of a send-once right, its port is sent a
// notification; of a receive right, the port dies with all that is queued; of a
// port set, its members stay.
//
// In a forked child a copy of this owns nothing: it is empty, and its
// destruction does nothing.
//
// Move-only; thread-compatible.
template <mach_port_right_t kRight>
class PortRight {
 public:
  PortRight() = default;
  // Takes over one right called `name`; MACH_PORT_NULL means none. What is
  // MACH_PORT_DEAD was a right to a port that died on its way here.
  explicit PortRight(mach_port_name_t name)
      : name_(name), generation_(ForkGeneration()) {}

  PortRight(PortRight&& other) noexcept
      : name_(other.name_), generation_(other.generation_) {
    other.name_ = MACH_PORT_NULL;
  }
  PortRight& operator=(PortRight&& other) noexcept {
    PortRight taken(std::move(other));
    std::swap(name_, taken.name_);
    std::swap(generation_, taken.generation_);
    return *this;
  }
  PortRight(const PortRight&) = delete;
  PortRight& operator=(const PortRight&) = delete;
  ~PortRight() {
    if (MACH_PORT_VALID(name())) DropRight(name_, kRight);
  }

  bool valid() const { return name() != MACH_PORT_NULL; }

  // MACH_PORT_NULL if nothing is owned.
  mach_port_name_t name() const {
    return generation_ == ForkGeneration() ? name_ : MACH_PORT_NULL;
  }

  // Gives up ownership, to the kernel for one: who sends a receive right has it
  // no more.
  [[nodiscard]] mach_port_name_t Release() {
    const mach_port_name_t released = name();
    name_ = MACH_PORT_NULL;
    return released;
  }

 private:
  mach_port_name_t name_ = MACH_PORT_NULL;
  std::uint32_t generation_ = 0;
};

using SendRight = PortRight<MACH_PORT_RIGHT_SEND>;
using SendOnceRight = PortRight<MACH_PORT_RIGHT_SEND_ONCE>;
using ReceiveRight = PortRight<MACH_PORT_RIGHT_RECEIVE>;

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_PORT_RIGHT_H_
