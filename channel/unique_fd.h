#ifndef IPC_CHANNEL_CHANNEL_UNIQUE_FD_H_
#define IPC_CHANNEL_CHANNEL_UNIQUE_FD_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// An open file, socket or the like as a field of a message. Sending takes it
// out of the value; the receiver gets a descriptor of its own, close-on-exec,
// of the same open file (and so of the same file offset and status flags).
using UniqueFd = transport::UniqueFd;

template <>
struct serialize::SerializeTraits<UniqueFd> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = true;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kDescriptor);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.UniqueFd");
  }
  template <class Out>
  static void Write(Out& out, const UniqueFd& value) {
    out.LendHandle(kKind, &value);
  }
  static bool Read(Reader& in, UniqueFd& value) {
    return in.ClaimHandle(kKind, &value);
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_UNIQUE_FD_H_
