#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_RIGHT_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_RIGHT_H_

// A right outside any name space: in a message, in a request for a
// notification, in the kernel's hands.

#include <mach/message.h>

#include <memory>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/kernel/panic.h"

namespace ipc_channel_testing::mach_emulation {

struct Port;
using PortRef = std::shared_ptr<Port>;

// Move-only. It is counted at its port, so it is not destroyed but released
// (Kernel::Release) or copied out to a task; destroying one is a mistake of
// the kernel's that would keep a test waiting, and a panic.
class Right {
 public:
  // MACH_PORT_NULL.
  Right() = default;
  // MACH_PORT_DEAD, for what was a right of this type.
  static Right Dead(mach_msg_type_name_t type) { return Right({}, type, true); }
  // Takes over what the caller has counted.
  Right(PortRef port, mach_msg_type_name_t type)
      : Right(std::move(port), type, false) {}

  Right(Right&& other) noexcept
      : port_(std::move(other.port_)),
        type_(std::exchange(other.type_, 0)),
        dead_(std::exchange(other.dead_, false)) {
    other.port_.reset();
  }
  Right& operator=(Right&& other) noexcept {
    if (port_ != nullptr) Panic("a right was overwritten");
    port_ = std::move(other.port_);
    other.port_.reset();
    type_ = std::exchange(other.type_, 0);
    dead_ = std::exchange(other.dead_, false);
    return *this;
  }
  ~Right() {
    if (port_ != nullptr) Panic("a right was lost");
  }

  explicit operator bool() const { return port_ != nullptr; }
  const PortRef& port() const { return port_; }
  // MACH_MSG_TYPE_PORT_RECEIVE, _SEND, _SEND_ONCE, or _NONE.
  mach_msg_type_name_t type() const { return type_; }
  bool dead() const { return dead_; }

  // The port, for a caller that has dealt with its counts.
  PortRef Take() {
    PortRef port = std::move(port_);
    port_.reset();
    type_ = MACH_MSG_TYPE_PORT_NONE;
    dead_ = false;
    return port;
  }

 private:
  Right(PortRef port, mach_msg_type_name_t type, bool dead)
      : port_(std::move(port)), type_(type), dead_(dead) {}

  PortRef port_;
  mach_msg_type_name_t type_ = MACH_MSG_TYPE_PORT_NONE;
  bool dead_ = false;
};

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_RIGHT_H_
