#include "ipc_channel/transport/poll_both.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ipc_channel::transport {

absl::StatusOr<std::size_t> PollBoth(PollKernelFunction poll_kernel,
                                     ReadyList* ready, bool& round_up,
                                     std::span<std::uint64_t> ids,
                                     absl::Time deadline) {
  const std::size_t listed = ready == nullptr ? 0 : ready->SizeOrWakeNext();
  round_up = !round_up;
  const std::size_t half = (ids.size() + (round_up ? 1 : 0)) / 2;
  const absl::StatusOr<std::size_t> from_kernel =
      poll_kernel(ids.first(ids.size() - std::min(listed, half)),
                  listed == 0 ? deadline : absl::InfinitePast());
  std::size_t count = from_kernel.ok() ? *from_kernel : 0;
  if (ready != nullptr) count += ready->Take(ids.subspan(count));
  if (count == 0 && !from_kernel.ok()) return from_kernel.status();
  return count;
}

}  // namespace ipc_channel::transport
