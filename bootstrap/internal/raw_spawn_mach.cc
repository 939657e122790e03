#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/child.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/internal/child_stdio.h"
#include "ipc_channel/bootstrap/internal/hand_over.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/launch.h"
#include "ipc_channel/bootstrap/internal/process_hold.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/bootstrap/internal/raw_spawn.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/mach/kqueue.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::internal {
namespace {

using transport::ChannelOptions;
using transport::CreateMachRights;
using transport::MachRights;
using transport::mach_backend::Kqueue;

// This process's ends; the child's are still rights.
struct ParentsEnds {
  transport::Sender sender;
  transport::Receiver receiver;
  ChildsEnds childs;
};

absl::StatusOr<transport::Sender> SenderTo(MachRights& rights,
                                           const ChannelOptions& options) {
  absl::StatusOr<transport::Sender> sender =
      transport::AdoptMachSender(std::move(rights.sending));
  if (!sender.ok()) return sender;
  sender->SetMaxMessageBytes(options.max_message_bytes);
  sender->SetMaxMessageHandles(options.max_message_handles);
  return sender;
}

absl::StatusOr<transport::Receiver> ReceiverOf(MachRights& rights,
                                               const ChannelOptions& options) {
  absl::StatusOr<transport::Receiver> receiver =
      transport::AdoptMachReceiver(std::move(rights.receiving));
  if (!receiver.ok()) return receiver;
  receiver->SetMaxMessageBytes(options.max_message_bytes);
  receiver->SetMaxMessageHandles(options.max_message_handles);
  return receiver;
}

absl::StatusOr<ParentsEnds> CreateEnds(const Command& command) {
  absl::StatusOr<MachRights> to_child = CreateMachRights(command.to_child);
  if (!to_child.ok()) return to_child.status();
  absl::StatusOr<MachRights> to_parent = CreateMachRights(command.to_parent);
  if (!to_parent.ok()) return to_parent.status();
  absl::StatusOr<transport::Sender> sender =
      SenderTo(*to_child, command.to_child);
  if (!sender.ok()) return sender.status();
  absl::StatusOr<transport::Receiver> receiver =
      ReceiverOf(*to_parent, command.to_parent);
  if (!receiver.ok()) return receiver.status();
  return ParentsEnds{*std::move(sender),
                     *std::move(receiver),
                     {.sending = std::move(to_parent->sending),
                      .receiving = std::move(to_child->receiving)}};
}

// A child that is held, and will get its ends if it asks.
absl::StatusOr<ProcessHold> HoldAndServe(std::int64_t pid, MachRights& door,
                                         ChildsEnds& ends,
                                         const SpawnContents& contents) {
  absl::StatusOr<ProcessHold> hold = ProcessHold::OfChild(pid);
  if (!hold.ok()) return hold;
  absl::StatusOr<std::shared_ptr<HandOver>> hand_over = HandOver::Begin(
      pid, std::move(door.receiving), std::move(ends), contents);
  if (!hand_over.ok()) return hand_over.status();
  hold->Accompany(*std::move(hand_over));
  return hold;
}

// What cannot be held, or would never get its ends, is not left running.
absl::StatusOr<ProcessHold> HoldAndServeOrEnd(std::int64_t pid,
                                              MachRights& door,
                                              ChildsEnds& ends,
                                              const SpawnContents& contents) {
  absl::StatusOr<ProcessHold> hold = transport::OrOutOfMemory(
      [&] { return HoldAndServe(pid, door, ends, contents); });
  if (hold.ok()) return hold;
  ProcessHold by_number(pid);
  if (by_number.Kill()) by_number.Reap();
  return hold;
}

absl::StatusOr<ProcessHold> Start(const Command& command,
                                  const ChildStdio& stdio, ChildsEnds& ends,
                                  const SpawnContents& contents) {
  absl::StatusOr<MachRights> door = CreateMachRights();
  if (!door.ok()) return door.status();
  const LaunchPlan plan = {.standard = stdio.descriptors,
                           .inherited = {},
                           .port = door->sending.name(),
                           .variable = kInheritedVariable,
                           .value = kInheritedPort};
  // Where descriptors are short, that is told before the program has run.
  absl::StatusOr<Kqueue> room = Kqueue::Create();
  if (!room.ok()) return room.status();
  const absl::StatusOr<std::int64_t> pid = Launch(command, plan);
  if (!pid.ok()) return pid.status();
  *room = Kqueue();
  return HoldAndServeOrEnd(*pid, *door, ends, contents);
}

absl::StatusOr<RawSpawned> SpawnIt(const Command& command,
                                   const SpawnContents& contents) {
  absl::Status valid = CheckCommand(command);
  if (!valid.ok()) return valid;
  absl::StatusOr<ChildStdio> stdio = OpenChildStdio(command);
  if (!stdio.ok()) return stdio.status();
  absl::StatusOr<ParentsEnds> ends = CreateEnds(command);
  if (!ends.ok()) return ends.status();
  absl::StatusOr<ProcessHold> hold =
      Start(command, *stdio, ends->childs, contents);
  if (!hold.ok()) return hold.status();
  return RawSpawned{Child(*std::move(hold), command.at_destruction),
                    std::move(ends->sender), std::move(ends->receiver),
                    std::move(stdio->pipes)};
}

}  // namespace

absl::StatusOr<RawSpawned> RawSpawn(Command command,
                                    const SpawnContents& contents) {
  return transport::OrOutOfMemory([&] { return SpawnIt(command, contents); });
}

}  // namespace ipc_channel::internal
