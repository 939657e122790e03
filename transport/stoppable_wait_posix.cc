#include <poll.h>

#include <array>
#include <cerrno>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/poll_timeout.h"
#include "ipc_channel/transport/stoppable_wait.h"

namespace ipc_channel::transport {
namespace {

absl::Status Stopped() {
  return absl::CancelledError("the caller asked to stop");
}

}  // namespace

absl::Status WaitForReadable(BorrowedFd waitable, absl::Time deadline,
                             const std::stop_token& stop) {
  absl::StatusOr<Doorbell> doorbell = Doorbell::Create();
  if (!doorbell.ok()) return doorbell.status();
  // Its end is waited for at the end of this scope. Called at once, on this
  // thread, if a stop was requested already.
  const std::stop_callback ring(stop, [&doorbell] { doorbell->Ring(); });
  std::array<pollfd, 2> entries = {
      {{.fd = waitable.get(), .events = POLLIN, .revents = 0},
       {.fd = doorbell->descriptor().get(), .events = POLLIN, .revents = 0}}};
  while (true) {
    const int ready =
        ::poll(entries.data(), entries.size(), PollTimeout(deadline));
    if (stop.stop_requested()) return Stopped();
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return ErrnoToStatus(errno, "poll");
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("nothing until the deadline");
    }
  }
}

}  // namespace ipc_channel::transport
