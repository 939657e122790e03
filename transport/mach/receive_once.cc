#include "ipc_channel/transport/mach/receive_once.h"

#include <mach/mach.h>

#include <cstddef>
#include <span>

#include "absl/time/time.h"
#include "ipc_channel/transport/mach/kernel_notice.h"
#include "ipc_channel/transport/poll_timeout.h"

namespace ipc_channel::transport::mach_backend {

mach_msg_return_t ReceiveOnce(mach_port_name_t port,
                              std::span<std::byte> buffer,
                              absl::Time deadline) {
  // The library would wait again from the beginning after a signal unless it is
  // told to give them to us.
  mach_msg_option_t options = MACH_RCV_MSG | MACH_RCV_INTERRUPT | kAuditTrailer;
  mach_msg_timeout_t timeout = MACH_MSG_TIMEOUT_NONE;
  if (deadline != absl::InfiniteFuture()) {
    options |= MACH_RCV_TIMEOUT;
    timeout = static_cast<mach_msg_timeout_t>(PollTimeout(deadline));
  }
  return ::mach_msg(reinterpret_cast<mach_msg_header_t*>(buffer.data()),
                    options, /*send_size=*/0,
                    static_cast<mach_msg_size_t>(buffer.size()), port, timeout,
                    MACH_PORT_NULL);
}

// These say with other bits of what the process is short, and the message is
// there, without what could not be given.
bool IsIncomplete(mach_msg_return_t result) {
  constexpr mach_msg_return_t kReasons = MACH_MSG_MASK;
  return (result & ~kReasons) == MACH_RCV_BODY_ERROR ||
         (result & ~kReasons) == MACH_RCV_HEADER_ERROR;
}

}  // namespace ipc_channel::transport::mach_backend
