#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/child.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/internal/child_stdio.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/launch.h"
#include "ipc_channel/bootstrap/internal/process_hold.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/bootstrap/internal/raw_spawn.h"
#include "ipc_channel/bootstrap/internal/socket_inode.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::ChannelPair;
using transport::UniqueFd;

// What the child gets of each of the two.
BorrowedFd ChildsEnd(const transport::Receiver& receiver) {
  return receiver.lane()->descriptor();
}
BorrowedFd ChildsEnd(const transport::Sender& sender) {
  return sender.lane()->descriptor();
}

InheritedEnd Described(BorrowedFd end, int number, std::uint64_t fingerprint) {
  return {.descriptor = number,
          .inode = SocketInode(end).value_or(0),
          .fingerprint = fingerprint};
}

LaunchPlan PlanFor(const ChannelPair& to_child, const ChannelPair& to_parent,
                   const SpawnContents& contents, const ChildStdio& stdio) {
  const BorrowedFd receiving = ChildsEnd(to_child.receiver);
  const BorrowedFd sending = ChildsEnd(to_parent.sender);
  const InheritedPair pair = {
      .to_child = Described(receiving, kFirstInherited, contents.to_child),
      .to_parent = Described(sending, kFirstInherited + 1, contents.to_parent)};
  return {.standard = stdio.descriptors,
          .inherited = {receiving, sending},
          .variable = kInheritedVariable,
          .value = FormatInherited(pair)};
}

// A child that cannot be held is not left running.
absl::StatusOr<ProcessHold> HoldOrEnd(std::int64_t pid) {
  absl::StatusOr<ProcessHold> hold =
      transport::OrOutOfMemory([&] { return ProcessHold::OfChild(pid); });
  if (hold.ok()) return hold;
  ProcessHold by_number(pid);
  if (by_number.Kill()) by_number.Reap();
  return hold;
}

absl::StatusOr<UniqueFd> DuplicateOf(BorrowedFd descriptor) {
  UniqueFd copy(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) {
    return transport::ErrnoToStatus(errno, "fcntl(F_DUPFD_CLOEXEC)");
  }
  return copy;
}

absl::StatusOr<ProcessHold> Start(const Command& command,
                                  const LaunchPlan& plan) {
  // Where descriptors are short, that is told before the program has run.
  absl::StatusOr<UniqueFd> room_for_pidfd = DuplicateOf(plan.inherited.front());
  if (!room_for_pidfd.ok()) return room_for_pidfd.status();
  const absl::StatusOr<std::int64_t> pid = Launch(command, plan);
  if (!pid.ok()) return pid.status();
  room_for_pidfd->Reset();
  return HoldOrEnd(*pid);
}

absl::StatusOr<RawSpawned> SpawnIt(const Command& command,
                                   const SpawnContents& contents) {
  absl::Status valid = CheckCommand(command);
  if (!valid.ok()) return valid;
  absl::StatusOr<ChildStdio> stdio = OpenChildStdio(command);
  if (!stdio.ok()) return stdio.status();
  absl::StatusOr<ChannelPair> to_child =
      transport::CreateUnixChannel(command.to_child);
  if (!to_child.ok()) return to_child.status();
  absl::StatusOr<ChannelPair> to_parent =
      transport::CreateUnixChannel(command.to_parent);
  if (!to_parent.ok()) return to_parent.status();
  absl::StatusOr<ProcessHold> hold =
      Start(command, PlanFor(*to_child, *to_parent, contents, *stdio));
  if (!hold.ok()) return hold.status();
  return RawSpawned{Child(*std::move(hold), command.at_destruction),
                    std::move(to_child->sender), std::move(to_parent->receiver),
                    std::move(stdio->pipes)};
}

}  // namespace

absl::StatusOr<RawSpawned> RawSpawn(Command command,
                                    const SpawnContents& contents) {
  return transport::OrOutOfMemory([&] { return SpawnIt(command, contents); });
}

}  // namespace ipc_channel::internal
