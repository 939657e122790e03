#ifndef IPC_CHANNEL_BOOTSTRAP_CONNECT_OPTIONS_H_
#define IPC_CHANNEL_BOOTSTRAP_CONNECT_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace ipc_channel {

// How to connect (connect.h). A value type.
struct ConnectOptions {
  // Until when to wait while the server has too many clients.
  absl::Time deadline = absl::InfiniteFuture();

  // Whose the server is to be, in place of this process's effective user: a
  // server of anybody else is refused. The number that stands for users unknown
  // in this user namespace (the overflow uid) is nobody's, so that it never
  // fits. On macOS who the server is cannot be told, and any other than this
  // process's effective user is UNIMPLEMENTED. No effect within a process.
  std::optional<std::int64_t> server_uid = std::nullopt;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_CONNECT_OPTIONS_H_
