#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_CHANNEL_CONTENT_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_CHANNEL_CONTENT_H_

#include <cstdint>

#include "ipc_channel/serialize/serialize.h"

namespace ipc_channel::internal {

// What goes through a channel of T, for those who hold an end of it: part of
// the fingerprint of a value that has such an end in it. Specialized for what
// is not a value (bytes.h).
template <class T>
struct ChannelContent {
  static constexpr void Describe(serialize::Schema& schema) {
    schema.template Mention<T>();
  }
  static constexpr std::uint64_t Fingerprint() {
    return serialize::Fingerprint<T>();
  }
};

// What both ends of a channel of T must agree on, as a number. For a value it
// is the fingerprint that travels with each.
template <class T>
constexpr std::uint64_t ContentFingerprint() {
  return ChannelContent<T>::Fingerprint();
}

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_CHANNEL_CONTENT_H_
