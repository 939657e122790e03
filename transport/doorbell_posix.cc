#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/errno_status.h"

namespace ipc_channel::transport {
namespace {

// Not every system has pipe2(). A fork() of another thread in between gives the
// child a copy that it does not know of.
bool MakePrivate(const UniqueFd& end) {
  return ::fcntl(end.get(), F_SETFD, FD_CLOEXEC) == 0 &&
         ::fcntl(end.get(), F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

absl::StatusOr<Doorbell> Doorbell::Create() {
  int ends[2];
  if (::pipe(ends) != 0) return ErrnoToStatus(errno, "pipe");
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  if (!MakePrivate(read_end) || !MakePrivate(write_end)) {
    return ErrnoToStatus(errno, "fcntl");
  }
  return Doorbell(std::move(read_end), std::move(write_end), ::getpid());
}

// A pipe never holds more than the one byte, so that no write can fail for want
// of room, and is not interrupted: it does not wait.
void Doorbell::Ring() {
  if (std::exchange(rings_, true) || !IsOurs()) return;
  const char byte = 0;
  static_cast<void>(::write(write_end_.get(), &byte, sizeof(byte)));
}

bool Doorbell::IsOurs() const { return ::getpid() == process_; }

void Doorbell::Silence() {
  if (!std::exchange(rings_, false) || !IsOurs()) return;
  char byte = 0;
  static_cast<void>(::read(read_end_.get(), &byte, sizeof(byte)));
}

}  // namespace ipc_channel::transport
