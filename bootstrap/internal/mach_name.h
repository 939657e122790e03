#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_MACH_NAME_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_MACH_NAME_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/server_name.h"

namespace ipc_channel::internal {

// What a server that asked for `wanted` (bootstrap/listener_options.h) is to be
// called, of the kind kMach. Where one is to be made, of whatever kind, it is
// `prefix` and 128 random bits. INVALID_ARGUMENT if that is no name, or one of
// another kind. Thread-safe.
absl::StatusOr<ServerName> WantedMachName(std::string_view wanted,
                                          std::string_view prefix);

// The name of a server that can be connected to. INVALID_ARGUMENT otherwise.
absl::StatusOr<ServerName> ParseMachName(std::string_view name);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_MACH_NAME_H_
