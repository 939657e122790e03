#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/errno_status.h"

namespace ipc_channel::transport {

absl::StatusOr<Doorbell> Doorbell::Create() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return ErrnoToStatus(errno, "eventfd");
  return Doorbell(std::move(event), UniqueFd(), ::getpid());
}

void Doorbell::Ring() {
  if (std::exchange(rings_, true) || !IsOurs()) return;
  ::eventfd_write(read_end_.get(), 1);
}

bool Doorbell::IsOurs() const { return ::getpid() == process_; }

void Doorbell::Silence() {
  if (!std::exchange(rings_, false) || !IsOurs()) return;
  eventfd_t count = 0;
  ::eventfd_read(read_end_.get(), &count);
}

}  // namespace ipc_channel::transport
