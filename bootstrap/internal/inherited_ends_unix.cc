#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/inherited_ends.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/other_types.h"
#include "ipc_channel/bootstrap/internal/socket_inode.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::UniqueFd;

// Takes the variable out of the environment, so that neither this process nor
// one that it starts believes it again.
std::optional<std::string> TakeVariable() {
  static auto* const mutex = new transport::Mutex();
  const transport::MutexLock lock(*mutex);
  const char* const value = std::getenv(kInheritedVariable);
  if (value == nullptr) return std::nullopt;
  std::string copy = value;
  ::unsetenv(kInheritedVariable);
  return copy;
}

// The number may have become something else's since, or the variable may be a
// lie: then the descriptor is left alone.
bool IsThere(const InheritedEnd& end) {
  return SocketInode(BorrowedFd(end.descriptor)) == end.inode;
}

absl::Status SetCloseOnExec(BorrowedFd descriptor) {
  if (::fcntl(descriptor.get(), F_SETFD, FD_CLOEXEC) != 0) {
    return transport::ErrnoToStatus(errno, "fcntl(F_SETFD)");
  }
  return absl::OkStatus();
}

absl::StatusOr<RawInheritedEnds> Adopt(UniqueFd to_child, UniqueFd to_parent) {
  absl::Status closed = SetCloseOnExec(to_child.Borrow());
  if (closed.ok()) closed = SetCloseOnExec(to_parent.Borrow());
  if (!closed.ok()) return closed;
  absl::StatusOr<transport::Receiver> receiver =
      transport::AdoptUnixReceiver(std::move(to_child));
  if (!receiver.ok()) return receiver.status();
  absl::StatusOr<transport::Sender> sender =
      transport::AdoptUnixSender(std::move(to_parent));
  if (!sender.ok()) return sender.status();
  return RawInheritedEnds{*std::move(receiver), *std::move(sender)};
}

absl::Status Refuse(const transport::Sender& parent,
                    const SpawnContents& parents) {
  TellBuiltWithOtherTypes(parent, parents.to_parent);
  return absl::InvalidArgumentError(
      "the parent was built with other definitions of what goes through the "
      "channels");
}

absl::StatusOr<RawInheritedEnds> Take(const SpawnContents& contents) {
  const std::optional<std::string> value = TakeVariable();
  if (!value.has_value()) {
    return absl::FailedPreconditionError(
        "there are no inherited channels: this process was not started by "
        "Spawn(), or they have been taken");
  }
  const std::optional<InheritedPair> pair = ParseInherited(*value);
  if (!pair.has_value() || !IsThere(pair->to_child) ||
      !IsThere(pair->to_parent)) {
    return absl::InvalidArgumentError(std::string(kInheritedVariable) +
                                      " does not name the inherited channels");
  }
  absl::StatusOr<RawInheritedEnds> ends =
      Adopt(UniqueFd(pair->to_child.descriptor),
            UniqueFd(pair->to_parent.descriptor));
  if (!ends.ok()) return ends.status();
  const SpawnContents parents = {.to_child = pair->to_child.fingerprint,
                                 .to_parent = pair->to_parent.fingerprint};
  if (parents != contents) return Refuse(ends->sender, parents);
  return ends;
}

}  // namespace

absl::StatusOr<RawInheritedEnds> TakeInheritedEnds(
    const SpawnContents& contents) {
  return transport::OrOutOfMemory([&] { return Take(contents); });
}

}  // namespace ipc_channel::internal
