#include "ipc_channel/transport/mach/mach_receiver.h"

#include <mach/mach.h>

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/incoming_handles.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/kernel_notice.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/poll_timeout.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport::mach_backend {
namespace {

constexpr std::size_t kRoom = kMaxMessageSize + sizeof(mach_msg_max_trailer_t);

absl::Status ForkedCopy() {
  return absl::FailedPreconditionError(
      "a forked child's copy of a receiver: ports are not inherited");
}

absl::Status Ended() { return DisconnectedError("every sender is gone"); }

// Without MACH_RCV_LARGE a message that does not fit is destroyed by the kernel
// and gives MACH_RCV_TOO_LARGE: it is none of ours.
mach_msg_return_t ReceiveOnce(mach_port_name_t port,
                              std::span<std::byte> buffer,
                              absl::Time deadline) {
  // The library would wait again from the beginning after a signal unless it is
  // told to give them to us.
  mach_msg_option_t options = MACH_RCV_MSG | MACH_RCV_INTERRUPT | kAuditTrailer;
  mach_msg_timeout_t timeout = MACH_MSG_TIMEOUT_NONE;
  if (deadline != absl::InfiniteFuture()) {
    options |= MACH_RCV_TIMEOUT;
    timeout = static_cast<mach_msg_timeout_t>(PollTimeout(deadline));
  }
  return ::mach_msg(reinterpret_cast<mach_msg_header_t*>(buffer.data()),
                    options, /*send_size=*/0,
                    static_cast<mach_msg_size_t>(buffer.size()), port, timeout,
                    MACH_PORT_NULL);
}

// These say with other bits of what the process is short, and the message is
// there, without what could not be given.
bool IsIncomplete(mach_msg_return_t result) {
  constexpr mach_msg_return_t kReasons = MACH_MSG_MASK;
  return (result & ~kReasons) == MACH_RCV_BODY_ERROR ||
         (result & ~kReasons) == MACH_RCV_HEADER_ERROR;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MachReceiverLane>> MachReceiverLane::Create(
    ReceiveRight right) {
  auto lane = std::make_unique<MachReceiverLane>(std::move(right),
                                                 /*unanswered=*/0);
  absl::Status requested = lane->RequestEnd();
  if (!requested.ok()) return requested;
  return lane;
}

absl::Status MachReceiverLane::RequestEnd() {
  const absl::StatusOr<bool> has_replaced = RequestNoSenders(port());
  if (!has_replaced.ok()) return has_replaced.status();
  // The answer is the last that is queued now; those that former holders caused
  // lie before it.
  if (*has_replaced) unanswered_ = CountQueued(port());
  LookForAnswers();
  return absl::OkStatus();
}

void MachReceiverLane::CountTaken() {
  if (unanswered_ > 0) --unanswered_;
}

void MachReceiverLane::LookForAnswers() {
  while (unanswered_ > 0 && TakeAnswerOfReplaced(port())) --unanswered_;
}

void MachReceiverLane::CameBack(mach_port_name_t name) {
  const bool is_watched = kqueue_.has_value();
  // The kernel tells that it went (EV_EOF), which nobody here would take, and
  // until then watches nothing else of that name (knote_vanish() and
  // kevent_register() in bsd/kern/kern_event.c).
  if (is_watched) kqueue_->ForgetPort(right_.name());
  static_cast<void>(right_.Release());
  right_ = ReceiveRight(name);
  // If it cannot be watched again, waiting goes by deadlines.
  if (is_watched && !has_ended_) kqueue_->WatchPort(name, 0).IgnoreError();
}

void MachReceiverLane::WasLost() {
  WasMoved();
  was_lost_ = true;
  has_ended_ = true;
  if (kqueue_.has_value()) kqueue_->Ring();
}

absl::StatusOr<BorrowedFd> MachReceiverLane::Waitable() {
  if (was_lost_) return Ended();
  if (!right_.valid()) return ForkedCopy();
  if (kqueue_.has_value()) return kqueue_->descriptor();
  absl::StatusOr<Kqueue> made = Kqueue::Create();
  if (!made.ok()) return made.status();
  absl::Status watched = made->WatchPort(port(), 0);
  if (watched.ok()) watched = made->AddBell(/*until_taken=*/false);
  if (!watched.ok()) return watched;
  // The end is shown for ever, and the kernel told it only once.
  if (has_ended_) made->Ring();
  kqueue_.emplace(*std::move(made));
  return kqueue_->descriptor();
}

absl::StatusOr<bool> MachReceiverLane::TakeNotice(mach_msg_header_t& header) {
  const bool is_end = IsNoSenders(header);
  ::mach_msg_destroy(&header);
  // Others are answers to requests that nobody needs any more.
  if (!is_end) return false;
  // Either somebody had the kernel say it of another port, or it was true and
  // the owner has made a sender since: then the request has been used up.
  if (HasSenders(port())) {
    absl::Status requested = RequestEnd();
    if (!requested.ok()) return requested;
    return false;
  }
  has_ended_ = true;
  if (kqueue_.has_value()) kqueue_->Ring();
  return Ended();
}

absl::Status MachReceiverLane::Unpack(mach_msg_header_t& header,
                                      Message& message) {
  const MessageLimits limits = this->limits().Get();
  absl::Status status = incoming_.Take(header);
  if (!status.ok()) return status;
  const MessagePrelude& prelude = incoming_.prelude();
  if (prelude.payload_bytes > limits.bytes) {
    return absl::DataLossError("a payload over the limit of this receiver");
  }
  if (prelude.handle_count > limits.handles) {
    return absl::DataLossError("more handles than this receiver's limit");
  }
  status = UnpackHandles(incoming_, message);
  if (!status.ok()) return status;
  if (prelude.is_out_of_line != 0) return UnpackOutOfLine(incoming_, message);
  message.SetInlinePayload(incoming_.payload_at(), prelude.payload_bytes);
  return absl::OkStatus();
}

absl::StatusOr<bool> MachReceiverLane::TakeMessage(mach_msg_header_t& header,
                                                   Message& message) {
  if (IsFromKernel(header)) return TakeNotice(header);
  const absl::Cleanup drop_rest = [this] {
    incoming_.Clear();
    LookForAnswers();
  };
  absl::Status unpacked = Unpack(header, message);
  if (!unpacked.ok()) return unpacked;
  return true;
}

absl::StatusOr<bool> MachReceiverLane::Receive(Message& message,
                                               absl::Time deadline) {
  if (was_lost_) return Ended();
  if (!right_.valid()) return ForkedCopy();
  if (has_ended_) return Ended();
  const std::span<std::byte> buffer = message.Buffer(kRoom);
  if (buffer.empty()) return absl::ResourceExhaustedError("out of memory");
  auto* header = ::new (buffer.data()) mach_msg_header_t;
  while (true) {
    const mach_msg_return_t result = ReceiveOnce(port(), buffer, deadline);
    if (result == MACH_MSG_SUCCESS) {
      CountTaken();
      absl::StatusOr<bool> taken = TakeMessage(*header, message);
      if (!taken.ok() || *taken) return taken;
      continue;
    }
    if (result == MACH_RCV_INTERRUPTED) continue;
    if (result == MACH_RCV_TIMED_OUT) {
      if (deadline == absl::InfinitePast() || absl::Now() >= deadline) {
        return false;
      }
      continue;
    }
    if (result == MACH_RCV_TOO_LARGE) {
      CountTaken();
      LookForAnswers();
      return absl::DataLossError("malformed message: longer than any can be");
    }
    if (!IsIncomplete(result)) {
      return KernToStatus(result, "mach_msg(MACH_RCV_MSG)");
    }
    ::mach_msg_destroy(header);
    CountTaken();
    LookForAnswers();
    return absl::ResourceExhaustedError(
        "no names or memory for what came with a message, which is lost");
  }
}

}  // namespace ipc_channel::transport::mach_backend
