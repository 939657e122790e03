#ifndef IPC_CHANNEL_TRANSPORT_UNIX_DEATH_NUMBERED_MESSAGE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_DEATH_NUMBERED_MESSAGE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::transport::unix_backend {

inline constexpr std::size_t kSenders = 3;

// Which message this is, and how many of each sender had been accepted before
// it was sent. Everything else in it, its size and its handles included,
// follows from the seed and these.
struct MessageName {
  std::uint64_t seed = 0;
  std::uint32_t sender = 0;
  std::uint32_t number = 0;
  std::array<std::uint32_t, kSenders> accepted{};

  friend bool operator==(const MessageName&, const MessageName&) = default;
};

// Sends message `name`, of mixed size with mixed handles; some have copies of
// `witness` among these.
absl::Status SendNumbered(const MessageName& name, const Sender& sender,
                          const Sender& witness);

// The name of a message of `seed` if all of it is as it was sent, handles
// included. Receives what is queued in these.
std::optional<MessageName> WholeNumbered(std::uint64_t seed, Message& message);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_DEATH_NUMBERED_MESSAGE_H_
