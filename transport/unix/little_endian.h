#ifndef IPC_CHANNEL_TRANSPORT_UNIX_LITTLE_ENDIAN_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_LITTLE_ENDIAN_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstddef>
#include <utility>

namespace ipc_channel::transport::unix_backend {

// Numbers as the wire has them, at any address. Without loops, which compilers
// would keep: of these they make one load or store. Thread-safe.

template <std::unsigned_integral T>
void StoreLittleEndian(T value, std::byte* out) {
  [&]<std::size_t... kAt>(std::index_sequence<kAt...>) {
    ((out[kAt] = static_cast<std::byte>(value >> (8 * kAt))), ...);
  }
  (std::make_index_sequence<sizeof(T)>());
}

template <std::unsigned_integral T>
T LoadLittleEndian(const std::byte* in) {
  return [&]<std::size_t... kAt>(std::index_sequence<kAt...>) {
    return static_cast<T>((... | (static_cast<T>(in[kAt]) << (8 * kAt))));
  }
  (std::make_index_sequence<sizeof(T)>());
}

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_LITTLE_ENDIAN_H_
