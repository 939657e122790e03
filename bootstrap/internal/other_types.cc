#include "ipc_channel/bootstrap/internal/other_types.h"

#include <cstdint>

#include "absl/time/time.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/internal/handle_lender.h"

namespace ipc_channel::internal {

void TellBuiltWithOtherTypes(const transport::Sender& sender,
                             std::uint64_t expected) {
  if (expected == ContentFingerprint<Bytes>()) return;
  // A peer that is gone, or does not receive, need not be told.
  SendValue(sender, BuiltWithOtherTypes(), Lending::kShare,
            absl::InfinitePast())
      .IgnoreError();
}

}  // namespace ipc_channel::internal
