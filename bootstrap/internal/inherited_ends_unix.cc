#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/inherited_check.h"
#include "ipc_channel/bootstrap/internal/inherited_ends.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/bootstrap/internal/socket_inode.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::UniqueFd;

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

absl::StatusOr<RawInheritedEnds> Take(const SpawnContents& contents) {
  const std::optional<std::string> value = TakeInheritedVariable();
  if (!value.has_value()) return NothingInheritedError();
  const std::optional<InheritedPair> pair = ParseInherited(*value);
  if (!pair.has_value() || !IsThere(pair->to_child) ||
      !IsThere(pair->to_parent)) {
    return InheritedNonsenseError();
  }
  absl::StatusOr<RawInheritedEnds> ends =
      Adopt(UniqueFd(pair->to_child.descriptor),
            UniqueFd(pair->to_parent.descriptor));
  if (!ends.ok()) return ends.status();
  const SpawnContents parents = {.to_child = pair->to_child.fingerprint,
                                 .to_parent = pair->to_parent.fingerprint};
  return CheckInherited(*std::move(ends), parents, contents);
}

}  // namespace

absl::StatusOr<RawInheritedEnds> TakeInheritedEnds(
    const SpawnContents& contents) {
  return transport::OrOutOfMemory([&] { return Take(contents); });
}

}  // namespace ipc_channel::internal
