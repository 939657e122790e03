#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_VARIABLE_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_VARIABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ipc_channel::internal {

// By which a process that was spawned knows its channels. The value is
//
//   1:FD:INODE:FINGERPRINT:FD:INODE:FINGERPRINT
//
// 1 is the version; then, of the channel to the child and of that to its
// parent: the number of the descriptor, the inode of its socket (both decimal,
// without leading zeros), and the fingerprint of what goes through the channel
// (16 lower-case hexadecimal digits).
//
// or, where channels are ports and the child finds its ends by a special one
// (inherited_port.h), kInheritedPort: the version and nothing more.
inline constexpr char kInheritedVariable[] = "IPC_CHANNEL_INHERITED";
inline constexpr char kInheritedPort[] = "1:port";

// Takes the variable out of the environment, so that neither this process nor
// one that it starts believes it again. Thread-safe, but for others who use the
// environment.
std::optional<std::string> TakeInheritedVariable();

struct InheritedEnd {
  int descriptor = -1;  // 3 or more
  std::uint64_t inode = 0;
  std::uint64_t fingerprint = 0;

  friend bool operator==(const InheritedEnd&, const InheritedEnd&) = default;
};

struct InheritedPair {
  InheritedEnd to_child;
  InheritedEnd to_parent;

  friend bool operator==(const InheritedPair&, const InheritedPair&) = default;
};

// Thread-safe, both.
std::string FormatInherited(const InheritedPair& pair);

// Empty for everything that the other function does not give: anybody can start
// a process with any variable.
std::optional<InheritedPair> ParseInherited(std::string_view value);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_VARIABLE_H_
