#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_INHERITED_ENDS_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_INHERITED_ENDS_H_

#include <cstdint>

#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// What goes through the two channels between a parent and its child:
// ContentFingerprint() of each.
struct SpawnContents {
  std::uint64_t to_child = 0;
  std::uint64_t to_parent = 0;

  friend bool operator==(const SpawnContents&, const SpawnContents&) = default;
};

// A child's ends of them, as channels of messages without a type.
struct RawInheritedEnds {
  transport::Receiver receiver;
  transport::Sender sender;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_INHERITED_ENDS_H_
