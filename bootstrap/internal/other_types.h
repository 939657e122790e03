#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_OTHER_TYPES_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_OTHER_TYPES_H_

#include <cstddef>

#include "ipc_channel/serialize/serialize.h"

namespace ipc_channel {
namespace internal {

// What a child sends to a parent that was built with other definitions of what
// they exchange. It is of no type that a parent can expect, so that it arrives
// as DATA_LOSS, whose words are about that.
struct BuiltWithOtherTypes {};

}  // namespace internal

template <>
struct serialize::SerializeTraits<ipc_channel::internal::BuiltWithOtherTypes> {
  static constexpr std::size_t kMinWireSize = 0;

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.BuiltWithOtherTypes");
  }
  template <class Out>
  static void Write(Out& /*out*/,
                    const ipc_channel::internal::BuiltWithOtherTypes&) {}
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_OTHER_TYPES_H_
