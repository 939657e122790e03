#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/wait_for_any.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/poll_timeout.h"

namespace ipc_channel::router_internal {
namespace {

pollfd ToPoll(const WaitEntry& entry) {
  const bool reads = entry.interest == transport::Interest::kReadable;
  return {.fd = entry.descriptor.valid() ? entry.descriptor.get() : -1,
          .events = static_cast<short>(reads ? POLLIN : POLLOUT),
          .revents = 0};
}

}  // namespace

absl::Status WaitForAny(std::span<WaitEntry> entries, absl::Time deadline) {
  return transport::OrOutOfMemory([&]() -> absl::Status {
    absl::InlinedVector<pollfd, 16> polled;
    for (const WaitEntry& entry : entries) polled.push_back(ToPoll(entry));
    const int ready =
        ::poll(polled.data(), polled.size(), transport::PollTimeout(deadline));
    // An interruption is one of the early returns.
    if (ready < 0 && errno != EINTR) return transport::OutOfMemoryError();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      entries[i].is_ready = ready > 0 && polled[i].revents != 0;
    }
    return absl::OkStatus();
  });
}

}  // namespace ipc_channel::router_internal
