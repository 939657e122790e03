#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_ABSTRACT_ADDRESS_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_ABSTRACT_ADDRESS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ipc_channel::internal {

// An abstract Unix socket address: a name without a file, which Linux forgets
// with its last socket. A value type.
class AbstractAddress {
 public:
  // A name of 128 random bits, which nobody can have taken before.
  static absl::StatusOr<AbstractAddress> Random();

  // The address that name() gave out. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<AbstractAddress> FromName(std::string_view name);

  // "unix-abstract:" and the name; printable.
  const std::string& name() const { return name_; }

  const sockaddr* address() const {
    return reinterpret_cast<const sockaddr*>(&address_);
  }
  socklen_t size() const { return size_; }

 private:
  AbstractAddress(std::string_view name, std::string_view abstract_name);

  std::string name_;
  sockaddr_un address_ = {};
  socklen_t size_ = 0;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_ABSTRACT_ADDRESS_H_
