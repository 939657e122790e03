#include "ipc_channel/channel/rpc/internal/head.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ipc_channel/serialize/serialize.h"

namespace ipc_channel::rpc::internal {

std::optional<std::uint64_t> ReadHead(std::span<const std::byte> payload,
                                      std::uint64_t fingerprint) {
  constexpr std::size_t kSize = 2 * sizeof(std::uint64_t);
  serialize::Reader in(payload.first(std::min(payload.size(), kSize)));
  std::uint64_t type = 0;
  std::uint64_t number = 0;
  if (!in.Read(type) || !in.Read(number) || type != fingerprint) {
    return std::nullopt;
  }
  return number;
}

}  // namespace ipc_channel::rpc::internal
