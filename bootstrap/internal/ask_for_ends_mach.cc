#include <mach/mach.h>

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/ask_for_ends.h"
#include "ipc_channel/bootstrap/internal/inherited_check.h"
#include "ipc_channel/bootstrap/internal/inherited_port.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/kernel_notice.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/receive_once.h"
#include "ipc_channel/transport/poll_timeout.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::IsFromKernel;
using transport::mach_backend::IsIncomplete;
using transport::mach_backend::KernToStatus;
using transport::mach_backend::ReceiveOnce;
using transport::mach_backend::ReceiveRight;
using transport::mach_backend::SendOnceRight;
using transport::mach_backend::SendRight;

// Has room for what the kernel says, too.
struct Answer {
  EndsMessage message;
  mach_msg_audit_trailer_t trailer;
};

absl::StatusOr<ReceiveRight> NewPort() {
  mach_port_name_t port = MACH_PORT_NULL;
  const kern_return_t result =
      ::mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
  ReceiveRight right(port);
  if (result == KERN_SUCCESS) return right;
  return KernToStatus(result, "mach_port_allocate");
}

mach_msg_return_t AskOnce(const SendRight& parent, const ReceiveRight& reply,
                          absl::Time deadline) {
  TakeEndsMessage message = {};
  message.header.msgh_bits =
      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
  message.header.msgh_size = sizeof(message);
  message.header.msgh_remote_port = parent.name();
  message.header.msgh_local_port = reply.name();
  message.header.msgh_id = kTakeEndsId;
  const mach_msg_return_t result = ::mach_msg(
      &message.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_INTERRUPT,
      sizeof(message), /*rcv_size=*/0, MACH_PORT_NULL,
      static_cast<mach_msg_timeout_t>(transport::PollTimeout(deadline)),
      MACH_PORT_NULL);
  if (result == MACH_SEND_TIMED_OUT || result == MACH_SEND_INTERRUPTED) {
    // Both rights were made for the message, and are here now.
    const SendRight copied(message.header.msgh_remote_port);
    const SendOnceRight made(message.header.msgh_local_port);
  }
  return result;
}

mach_msg_return_t Ask(const SendRight& parent, const ReceiveRight& reply,
                      absl::Time deadline) {
  mach_msg_return_t result;
  do {
    result = AskOnce(parent, reply, deadline);
  } while (result == MACH_SEND_INTERRUPTED ||
           (result == MACH_SEND_TIMED_OUT && absl::Now() < deadline));
  return result;
}

mach_msg_return_t AwaitAnswer(const ReceiveRight& reply, Answer& answer,
                              absl::Time deadline) {
  mach_msg_return_t result;
  do {
    answer = {};
    result = ReceiveOnce(
        reply.name(), std::as_writable_bytes(std::span(&answer, 1)), deadline);
  } while (result == MACH_RCV_INTERRUPTED ||
           (result == MACH_RCV_TIMED_OUT && absl::Now() < deadline));
  return result;
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
         // Nor is there an answer to an answer.
         message.header.msgh_remote_port == MACH_PORT_NULL &&
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
  // That what we gave for the answer is gone, or whatever else who has it had
  // the kernel say there, rights included.
  const bool is_from_kernel = IsFromKernel(message.header);
  if (is_from_kernel || !AreEnds(message)) {
    ::mach_msg_destroy(&message.header);
    if (is_from_kernel) return EndsWithoutParent();
    return InheritedNonsenseError();
  }
  absl::StatusOr<RawInheritedEnds> ends = Adopt(
      ReceiveRight(message.receiving.name), SendRight(message.sending.name));
  if (!ends.ok()) return ends.status();
  return CheckInherited(
      *std::move(ends),
      {.to_child = message.to_child, .to_parent = message.to_parent}, ours);
}

absl::Status StatusOf(mach_msg_return_t result, Answer& answer) {
  switch (result) {
    case MACH_SEND_TIMED_OUT:
    case MACH_RCV_TIMED_OUT:
      return absl::DeadlineExceededError("the parent does not answer");
    case MACH_RCV_TOO_LARGE:
      return InheritedNonsenseError();
    default:
      break;
  }
  if (!IsIncomplete(result)) return KernToStatus(result, "mach_msg");
  ::mach_msg_destroy(&answer.message.header);
  return absl::ResourceExhaustedError("no names for the ends, which are lost");
}

}  // namespace

absl::StatusOr<RawInheritedEnds> AskForEnds(const SendRight& parent,
                                            const SpawnContents& contents,
                                            absl::Time deadline) {
  if (parent.name() == MACH_PORT_DEAD) return EndsWithoutParent();
  const absl::StatusOr<ReceiveRight> reply = NewPort();
  if (!reply.ok()) return reply.status();
  mach_msg_return_t result = Ask(parent, *reply, deadline);
  if (result == MACH_SEND_INVALID_DEST) return EndsWithoutParent();
  Answer answer = {};
  if (result == MACH_MSG_SUCCESS) {
    result = AwaitAnswer(*reply, answer, deadline);
  }
  if (result != MACH_MSG_SUCCESS) return StatusOf(result, answer);
  return TakeFrom(answer.message, contents);
}

}  // namespace ipc_channel::internal
