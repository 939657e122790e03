#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_CONNECT_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_CONNECT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// Connect() (bootstrap/connect.h) for channels of messages without a type.
// Thread-safe.
absl::StatusOr<transport::Sender> RawConnect(std::string_view name,
                                             absl::Time deadline);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_CONNECT_H_
