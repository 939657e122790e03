#ifndef IPC_CHANNEL_CHANNEL_RPC_INTERNAL_HEAD_H_
#define IPC_CHANNEL_CHANNEL_RPC_INTERNAL_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ipc_channel::rpc::internal {

// The number with which a message begins whose type has this fingerprint: the
// serial, or the id. Thus it is known of a message whose rest is malformed,
// too. Empty if it is not even of that type. Thread-safe.
std::optional<std::uint64_t> ReadHead(std::span<const std::byte> payload,
                                      std::uint64_t fingerprint);

}  // namespace ipc_channel::rpc::internal

#endif  // IPC_CHANNEL_CHANNEL_RPC_INTERNAL_HEAD_H_
