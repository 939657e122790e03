#include "ipc_channel/transport/mach/mach_channel.h"

#include <mach/mach.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/mach_receiver.h"
#include "ipc_channel/transport/mach/mach_sender.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/receiver.h"

namespace ipc_channel::transport {
namespace {

using mach_backend::KernToStatus;
using mach_backend::MachReceiverLane;
using mach_backend::MachSenderLane;
using mach_backend::ReceiveRight;
using mach_backend::SendRight;

static_assert(kMaxMachCapacity == MACH_PORT_QLIMIT_LARGE);

constexpr ChannelCapacity kDefaultCapacity = {.messages = kInprocessCapacity};

// A port that queues so many messages.
absl::StatusOr<ReceiveRight> NewPort(std::size_t messages) {
  mach_port_options_t options = {};
  options.flags = MPO_QLIMIT;
  options.mpl.mpl_qlimit = static_cast<mach_port_msgcount_t>(messages);
  mach_port_name_t port = MACH_PORT_NULL;
  const kern_return_t result =
      ::mach_port_construct(mach_task_self(), &options, /*context=*/0, &port);
  ReceiveRight right(port);
  if (result != KERN_SUCCESS) {
    return KernToStatus(result, "mach_port_construct");
  }
  return right;
}

absl::StatusOr<SendRight> NewSendRight(const ReceiveRight& port) {
  const kern_return_t result = ::mach_port_insert_right(
      mach_task_self(), port.name(), port.name(), MACH_MSG_TYPE_MAKE_SEND);
  if (result != KERN_SUCCESS) {
    return KernToStatus(result, "mach_port_insert_right");
  }
  return SendRight(port.name());
}

absl::StatusOr<MachRights> NewRights(const ChannelOptions& options) {
  const std::size_t messages =
      options.capacity.value_or(kDefaultCapacity).messages;
  if (messages > kMaxMachCapacity) {
    return absl::OutOfRangeError(absl::StrCat(
        messages, " messages are more than a port queues: ", kMaxMachCapacity));
  }
  absl::StatusOr<ReceiveRight> port =
      NewPort(std::max<std::size_t>(messages, 1));
  if (!port.ok()) return port.status();
  absl::StatusOr<SendRight> sending = NewSendRight(*port);
  if (!sending.ok()) return sending.status();
  return MachRights{*std::move(port), *std::move(sending)};
}

absl::StatusOr<ChannelPair> NewChannel(const ChannelOptions& options) {
  absl::StatusOr<MachRights> rights = NewRights(options);
  if (!rights.ok()) return rights.status();
  absl::StatusOr<std::unique_ptr<MachReceiverLane>> receiving =
      MachReceiverLane::Create(std::move(rights->receiving));
  if (!receiving.ok()) return receiving.status();
  ChannelPair pair{Sender(MachSenderLane::For(std::move(rights->sending))),
                   Receiver(*std::move(receiving))};
  pair.sender.SetMaxMessageBytes(options.max_message_bytes);
  pair.receiver.SetMaxMessageBytes(options.max_message_bytes);
  pair.sender.SetMaxMessageHandles(options.max_message_handles);
  pair.receiver.SetMaxMessageHandles(options.max_message_handles);
  return pair;
}

}  // namespace

absl::StatusOr<ChannelPair> CreateMachChannel(const ChannelOptions& options) {
  return OrOutOfMemory([&] { return NewChannel(options); });
}

absl::StatusOr<MachRights> CreateMachRights(const ChannelOptions& options) {
  return OrOutOfMemory([&] { return NewRights(options); });
}

absl::StatusOr<Sender> AdoptMachSender(SendRight right) {
  if (!right.valid()) return absl::InvalidArgumentError("no send right");
  return OrOutOfMemory([&]() -> absl::StatusOr<Sender> {
    return Sender(MachSenderLane::For(std::move(right)));
  });
}

absl::StatusOr<Receiver> AdoptMachReceiver(ReceiveRight right) {
  if (!right.valid()) return absl::InvalidArgumentError("no receive right");
  return OrOutOfMemory([&]() -> absl::StatusOr<Receiver> {
    absl::StatusOr<std::unique_ptr<MachReceiverLane>> lane =
        MachReceiverLane::Create(std::move(right));
    if (!lane.ok()) return lane.status();
    return Receiver(*std::move(lane));
  });
}

absl::Status ConnectMachReceiver(SendRight service, Receiver& receiver,
                                 absl::Time deadline) {
  if (!service.valid()) return absl::InvalidArgumentError("no send right");
  return OrOutOfMemory([&] {
    return MachSenderLane::For(std::move(service))
        ->SendConnection(receiver, deadline);
  });
}

}  // namespace ipc_channel::transport
