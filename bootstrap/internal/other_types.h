#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_OTHER_TYPES_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_OTHER_TYPES_H_

#include <cstddef>
#include <cstdint>

#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel {
namespace internal {

// What is sent to a peer that was built with other definitions of what the two
// exchange. It is of no type that a peer can expect, so that it arrives as
// DATA_LOSS, whose words are about that.
struct BuiltWithOtherTypes {};

// Tells the peer that receives from `sender`, and expects what has the
// fingerprint `expected` there. Bytes would be taken for what they are not, so
// those who expect any are told by the end of the channel only. Nor is a peer
// waited for. Thread-safe.
void TellBuiltWithOtherTypes(const transport::Sender& sender,
                             std::uint64_t expected);

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
