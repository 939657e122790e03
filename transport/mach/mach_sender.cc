#include "ipc_channel/transport/mach/mach_sender.h"

#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/held_senders.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/vm_region.h"
#include "ipc_channel/transport/poll_timeout.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport::mach_backend {
namespace {

// A port that becomes less full by a little may stay full for whoever is served
// after another one.
constexpr absl::Duration kLookForRoomEvery = absl::Milliseconds(20);

// A descriptor's size field has 32 bits.
constexpr std::size_t kMostOutOfLine =
    std::numeric_limits<mach_msg_size_t>::max();

absl::Status ForkedCopy() {
  return absl::FailedPreconditionError(
      "a forked child's copy of a sender: ports are not inherited");
}

// Whether the receiver can read it where the kernel puts it, which is at the
// same place within a page.
bool IsAligned(std::span<const std::byte> bytes) {
  return reinterpret_cast<std::uintptr_t>(bytes.data()) % kPayloadAlignment ==
         0;
}

}  // namespace

std::shared_ptr<MachSenderLane> MachSenderLane::For(SendRight right) {
  if (!MACH_PORT_VALID(right.name())) {
    return std::make_shared<MachSenderLane>(std::move(right));
  }
  return HeldSenders::OfThisProcess().LaneOf(std::move(right));
}

MachSenderLane::~MachSenderLane() {
  if (MACH_PORT_VALID(port())) {
    HeldSenders::OfThisProcess().Remove(port(), this);
  }
}

absl::Status MachSenderLane::SendUntil(OutgoingHandles& handles,
                                       const OutgoingPayload& payload,
                                       absl::Time deadline) {
  while (true) {
    const mach_msg_return_t result = SendOnce(port(), handles, payload);
    switch (result) {
      case MACH_MSG_SUCCESS:
        return absl::OkStatus();
      case MACH_SEND_INVALID_DEST:
        return DisconnectedError("the receiver is gone");
      case MACH_SEND_INTERRUPTED:
        continue;
      case MACH_SEND_TIMED_OUT:
        break;
      default:
        return KernToStatus(result, "mach_msg(MACH_SEND_MSG)");
    }
    if (deadline == absl::InfinitePast()) {
      AwaitRoom();
      return FullError();
    }
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("no room in the channel in time");
    }
    WaitForRoom(deadline);
  }
}

// Returns when there may be some, and before long in any case: of several who
// wait one can take the other's notice.
void MachSenderLane::WaitForRoom(absl::Time deadline) {
  const absl::Time until = std::min(deadline, absl::Now() + kLookForRoomEvery);
  const absl::StatusOr<BorrowedFd> waitable = Waitable();
  AwaitRoom();
  // Without descriptors there is only the time to wait for.
  pollfd entry = {.fd = waitable.ok() ? waitable->get() : -1,
                  .events = POLLIN,
                  .revents = 0};
  ::poll(&entry, 1, PollTimeout(until));
}

absl::Status MachSenderLane::SendOutOfLine(const Payload& payload,
                                           OutgoingHandles& handles,
                                           absl::Time deadline) {
  const Payload nothing((std::span<const std::byte>()));
  if (payload.body().empty() && IsAligned(payload.head())) {
    return SendUntil(handles,
                     {.inline_bytes = nothing, .out_of_line = payload.head()},
                     deadline);
  }
  absl::StatusOr<VmRegion> joined = VmRegion::Allocate(payload.size());
  if (!joined.ok()) return joined.status();
  payload.CopyTo(joined->bytes().data());
  return SendUntil(handles,
                   {.inline_bytes = nothing, .out_of_line = joined->bytes()},
                   deadline);
}

absl::Status MachSenderLane::Send(const Payload& payload,
                                  std::span<const HandleRef> handles,
                                  absl::Time deadline) {
  if (!right_.valid()) return ForkedCopy();
  absl::Status status =
      CheckSendArguments(payload.size(), handles, limits().Get());
  if (!status.ok()) return status;
  if (payload.size() > kMostOutOfLine) {
    return absl::OutOfRangeError(absl::StrCat("a payload of ", payload.size(),
                                              " bytes: a Mach message carries ",
                                              kMostOutOfLine));
  }
  OutgoingHandles outgoing;
  status = outgoing.Add(handles);
  if (!status.ok()) return status;
  status = payload.size() <= kMaxInlineBytes
               ? SendUntil(outgoing, {.inline_bytes = payload}, deadline)
               : SendOutOfLine(payload, outgoing, deadline);
  if (!status.ok()) return status;
  outgoing.Sent();
  for (const HandleRef& handle : handles) handle.Take();
  return absl::OkStatus();
}

absl::Status MachSenderLane::SendConnection(Receiver& receiver,
                                            absl::Time deadline) {
  if (!right_.valid()) return ForkedCopy();
  const HandleRef handle(receiver);
  OutgoingHandles outgoing;
  absl::Status status = outgoing.Add(std::span(&handle, 1));
  if (!status.ok()) return status;
  const Payload nothing((std::span<const std::byte>()));
  status = SendUntil(
      outgoing,
      {.inline_bytes = nothing, .out_of_line = {}, .id = kConnectionId},
      deadline);
  if (!status.ok()) return status;
  outgoing.Sent();
  handle.Take();
  return absl::OkStatus();
}

absl::StatusOr<BorrowedFd> MachSenderLane::Waitable() {
  if (!right_.valid()) return ForkedCopy();
  MutexLock lock(mutex_);
  if (room_ == nullptr) {
    absl::StatusOr<std::unique_ptr<RoomNotice>> made = RoomNotice::Create();
    if (!made.ok()) return made.status();
    room_ = *std::move(made);
    // The send that made the caller ask may have been before.
    room_->AwaitRoom(port());
  }
  return room_->descriptor();
}

absl::Time MachSenderLane::Deadline() {
  return absl::Now() + kLookForRoomEvery;
}

void MachSenderLane::AwaitRoom() {
  MutexLock lock(mutex_);
  if (room_ != nullptr) room_->AwaitRoom(port());
}

}  // namespace ipc_channel::transport::mach_backend
