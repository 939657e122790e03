#ifndef IPC_CHANNEL_TRANSPORT_MACH_INCOMING_MESSAGE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_INCOMING_MESSAGE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/vm_region.h"

namespace ipc_channel::transport::mach_backend {

// A right that came with a message. What died on its way is a send right that
// is MACH_PORT_DEAD.
using AnyRight =
    std::variant<std::monostate, SendRight, SendOnceRight, ReceiveRight>;

// What a peer sent, taken apart: everything that the kernel gave with it is
// owned here before anything of it is believed. Only what the kernel itself
// marked as descriptors (MACH_MSGH_BITS_COMPLEX) is taken for descriptors.
// Meant to be filled again and again. Thread-compatible.
class IncomingMessage {
 public:
  // Takes what `header`, received in full, brought. DATA_LOSS if it is not of
  // our format, or has another id; what came with it is dropped then, or at the
  // next Clear().
  absl::Status Take(mach_msg_header_t& header, mach_msg_id_t id = kMessageId);

  // Drops what has not been moved out.
  void Clear();

  const MessagePrelude& prelude() const { return prelude_; }
  std::span<const HandleRecord> records() const { return records_; }
  std::vector<AnyRight>& rights() { return rights_; }
  VmRegion& out_of_line() { return out_of_line_; }
  // From the beginning of the message.
  std::size_t payload_at() const { return payload_at_; }

 private:
  absl::Status TakeDescriptors(mach_msg_header_t& header);
  absl::Status ReadContent(const mach_msg_header_t& header, mach_msg_id_t id);

  MessagePrelude prelude_;
  std::vector<HandleRecord> records_;
  std::vector<AnyRight> rights_;  // in the order of their descriptors
  VmRegion out_of_line_;
  std::size_t regions_ = 0;
  std::size_t payload_at_ = 0;
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_INCOMING_MESSAGE_H_
