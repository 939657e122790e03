#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_CONNECT_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_CONNECT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// Connect() (bootstrap/connect.h) for channels of messages without a type.
// Thread-safe.
absl::StatusOr<transport::Sender> RawConnect(std::string_view name,
                                             const ConnectOptions& options);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_CONNECT_H_
