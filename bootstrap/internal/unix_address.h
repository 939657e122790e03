#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_UNIX_ADDRESS_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_UNIX_ADDRESS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/server_name.h"

namespace ipc_channel::internal {

// The address of a Unix socket: an abstract one, a name without a file which
// Linux forgets with its last socket, or a path. A value type.
class UnixAddress {
 public:
  // An abstract name of 128 random bits, which nobody can have taken before.
  static absl::StatusOr<UnixAddress> Random();

  // The address that name() gave out. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<UnixAddress> FromName(std::string_view name);

  // Of a name that ParseServerName() takes.
  explicit UnixAddress(const ServerName& name);

  // "unix-abstract:" or "unix-path:" and the name.
  const std::string& name() const { return name_; }

  const sockaddr* address() const {
    return reinterpret_cast<const sockaddr*>(&address_);
  }
  socklen_t size() const { return size_; }

  // The path; null for an abstract address.
  const char* path() const {
    return address_.sun_path[0] == '\0' ? nullptr : address_.sun_path;
  }

 private:
  std::string name_;
  sockaddr_un address_ = {};
  socklen_t size_ = 0;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_UNIX_ADDRESS_H_
