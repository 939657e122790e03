#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_SERVER_NAME_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_SERVER_NAME_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ipc_channel::internal {

// What the name of a server says (bootstrap/listener_options.h), on every
// system and in every build. A value type.
struct ServerName {
  enum class Kind { kAbstract, kPath, kMach };

  Kind kind = Kind::kAbstract;
  // Behind the scheme: printable ASCII without spaces, or an absolute path. No
  // longer than a socket's address, or a service of launchd. Empty: one is to
  // be made.
  std::string text;

  // The name as a whole, for Connect().
  std::string ToString() const;
};

// The beginning of names that are made, and kept for these: on Mach unless the
// server asks for another.
inline constexpr std::string_view kMadeNamePrefix = "ipc_channel.";

// The name of a server that can be connected to. INVALID_ARGUMENT otherwise.
absl::StatusOr<ServerName> ParseServerName(std::string_view name);

// A name that a server may ask for: that of one to be made, too, but not one
// that looks as if it had been made. INVALID_ARGUMENT otherwise.
absl::StatusOr<ServerName> ParseWantedName(std::string_view name);

// What a back end says of a name that belongs to another: INVALID_ARGUMENT.
absl::Status NameOfAnotherSystem();

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_SERVER_NAME_H_
