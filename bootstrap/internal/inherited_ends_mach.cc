#include <mach/mach.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/inherited_check.h"
#include "ipc_channel/bootstrap/internal/inherited_ends.h"
#include "ipc_channel/bootstrap/internal/inherited_port.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/kernel_notice.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::IsFromKernel;
using transport::mach_backend::kAuditTrailer;
using transport::mach_backend::KernToStatus;
using transport::mach_backend::ReceiveRight;
using transport::mach_backend::SendRight;

// How long the parent may take to answer: it has a thread for that, but it may
// be stopped, or be none of Spawn()'s.
constexpr mach_msg_timeout_t kPatienceInMilliseconds = 60'000;

struct Answer {
  EndsMessage message;
  mach_msg_audit_trailer_t trailer;
};

// None if there is none. It is taken away: even if that should not be allowed,
// nobody is there any more once the ends have come.
SendRight TakeSpecialPort() {
  mach_port_t port = MACH_PORT_NULL;
  ::task_get_special_port(mach_task_self(), kInheritedSpecialPort, &port);
  ::task_set_special_port(mach_task_self(), kInheritedSpecialPort,
                          MACH_PORT_NULL);
  return SendRight(port);
}

absl::StatusOr<ReceiveRight> NewPort() {
  mach_port_name_t port = MACH_PORT_NULL;
  const kern_return_t result =
      ::mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
  ReceiveRight right(port);
  if (result == KERN_SUCCESS) return right;
  return KernToStatus(result, "mach_port_allocate");
}

mach_msg_return_t Ask(const SendRight& parent, const ReceiveRight& reply) {
  TakeEndsMessage message = {};
  message.header.msgh_bits =
      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
  message.header.msgh_size = sizeof(message);
  message.header.msgh_remote_port = parent.name();
  message.header.msgh_local_port = reply.name();
  message.header.msgh_id = kTakeEndsId;
  return ::mach_msg(&message.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                    sizeof(message), /*rcv_size=*/0, MACH_PORT_NULL,
                    kPatienceInMilliseconds, MACH_PORT_NULL);
}

mach_msg_return_t AwaitAnswer(const ReceiveRight& reply, Answer& answer) {
  return ::mach_msg(&answer.message.header,
                    MACH_RCV_MSG | MACH_RCV_TIMEOUT | kAuditTrailer,
                    /*send_size=*/0, sizeof(answer), reply.name(),
                    kPatienceInMilliseconds, MACH_PORT_NULL);
}

bool IsPort(const mach_msg_port_descriptor_t& descriptor,
            mach_msg_type_name_t disposition) {
  return descriptor.type == MACH_MSG_PORT_DESCRIPTOR &&
         descriptor.disposition == disposition &&
         descriptor.name != MACH_PORT_NULL;
}

bool AreEnds(const EndsMessage& message) {
  return message.header.msgh_id == kEndsId &&
         message.header.msgh_size == sizeof(message) &&
         (message.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0 &&
         message.body.msgh_descriptor_count == 2 &&
         IsPort(message.receiving, MACH_MSG_TYPE_PORT_RECEIVE) &&
         message.receiving.name != MACH_PORT_DEAD &&
         IsPort(message.sending, MACH_MSG_TYPE_PORT_SEND);
}

absl::StatusOr<RawInheritedEnds> Adopt(ReceiveRight receiving,
                                       SendRight sending) {
  absl::StatusOr<transport::Receiver> receiver =
      transport::AdoptMachReceiver(std::move(receiving));
  if (!receiver.ok()) return receiver.status();
  absl::StatusOr<transport::Sender> sender =
      transport::AdoptMachSender(std::move(sending));
  if (!sender.ok()) return sender.status();
  return RawInheritedEnds{*std::move(receiver), *std::move(sender)};
}

// The parent has ended, or has given up its ends: these say so.
absl::StatusOr<RawInheritedEnds> EndsWithoutParent() {
  absl::StatusOr<transport::ChannelPair> from = transport::CreateMachChannel();
  if (!from.ok()) return from.status();
  absl::StatusOr<transport::ChannelPair> to = transport::CreateMachChannel();
  if (!to.ok()) return to.status();
  return RawInheritedEnds{std::move(from->receiver), std::move(to->sender)};
}

absl::StatusOr<RawInheritedEnds> TakeFrom(EndsMessage& message,
                                          const SpawnContents& ours) {
  if (!AreEnds(message)) {
    ::mach_msg_destroy(&message.header);
    return InheritedNonsenseError();
  }
  absl::StatusOr<RawInheritedEnds> ends = Adopt(
      ReceiveRight(message.receiving.name), SendRight(message.sending.name));
  if (!ends.ok()) return ends.status();
  return CheckInherited(
      *std::move(ends),
      {.to_child = message.to_child, .to_parent = message.to_parent}, ours);
}

absl::StatusOr<RawInheritedEnds> AskForEnds(const SendRight& parent,
                                            const SpawnContents& contents) {
  if (parent.name() == MACH_PORT_DEAD) return EndsWithoutParent();
  const absl::StatusOr<ReceiveRight> reply = NewPort();
  if (!reply.ok()) return reply.status();
  mach_msg_return_t result = Ask(parent, *reply);
  if (result == MACH_SEND_INVALID_DEST) return EndsWithoutParent();
  Answer answer = {};
  if (result == MACH_MSG_SUCCESS) result = AwaitAnswer(*reply, answer);
  switch (result) {
    case MACH_MSG_SUCCESS:
      break;
    case MACH_SEND_TIMED_OUT:
    case MACH_RCV_TIMED_OUT:
      return absl::DeadlineExceededError("the parent does not answer");
    case MACH_RCV_TOO_LARGE:
      return InheritedNonsenseError();
    default:
      return KernToStatus(result, "mach_msg");
  }
  // That what we gave for the answer is gone.
  if (IsFromKernel(answer.message.header)) return EndsWithoutParent();
  return TakeFrom(answer.message, contents);
}

absl::StatusOr<RawInheritedEnds> Take(const SpawnContents& contents) {
  const std::optional<std::string> value = TakeInheritedVariable();
  if (!value.has_value()) return NothingInheritedError();
  if (*value != kInheritedPort) return InheritedNonsenseError();
  const SendRight parent = TakeSpecialPort();
  if (!parent.valid()) return InheritedNonsenseError();
  return AskForEnds(parent, contents);
}

}  // namespace

absl::StatusOr<RawInheritedEnds> TakeInheritedEnds(
    const SpawnContents& contents) {
  return transport::OrOutOfMemory([&] { return Take(contents); });
}

}  // namespace ipc_channel::internal
