#include "ipc_channel/channel/rpc/internal/server_core.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/rpc/internal/head.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::rpc::internal {
namespace {

// A call that is late looks at no more messages than this, so that a client
// that floods the server cannot hold it.
constexpr int kMostLateLooks = 64;

// No client sends what is no request. The answers to it may lead back to this
// or another server, which would answer them for ever.
constexpr int kMostMisfits = 64;

}  // namespace

absl::StatusOr<std::unique_ptr<ServerCore>> ServerCore::Create(
    transport::Sender& sender, transport::Receiver& receiver,
    std::size_t max_calls, std::uint64_t message_fingerprint,
    SendStatusFunction send_status) {
  if (!sender.valid() || !receiver.valid()) {
    return absl::FailedPreconditionError("an end of the server is empty");
  }
  absl::StatusOr<transport::ChannelPair> bell =
      transport::CreateInprocessChannel(
          {.capacity = transport::ChannelCapacity{.messages = 1}});
  if (!bell.ok()) return bell.status();
  std::unique_ptr<ServerCore> core(new ServerCore());
  core->message_fingerprint_ = message_fingerprint;
  core->answers_ = std::make_shared<Answers>(sender, std::move(bell->sender),
                                             max_calls, send_status);
  const absl::StatusOr<transport::ReceiverSet::Id> bell_added =
      core->set_.Add(std::move(bell->receiver));
  if (!bell_added.ok()) return bell_added.status();
  const absl::StatusOr<transport::ReceiverSet::Id> added =
      core->set_.Add(std::move(receiver));
  if (!added.ok()) return added.status();
  core->requests_ = *added;
  // Only the one in `answers_` is to keep the way back open.
  sender = transport::Sender();
  return core;
}

ServerCore::~ServerCore() {
  if (answers_ != nullptr) answers_->Close();
}

absl::Status ServerCore::Next(TakeFunction take, absl::Time deadline,
                              const std::stop_token& stop) {
  const std::stop_callback wake(
      stop, [answers = answers_.get()] { answers->Wake(); });
  return transport::OrOutOfMemory(
      [&] { return NextOrThrow(take, deadline, stop); });
}

absl::Status ServerCore::NextOrThrow(TakeFunction take, absl::Time deadline,
                                     const std::stop_token& stop) {
  int late_looks = 0;
  has_more_ = false;
  while (true) {
    if (ended_.ok() && answers_->is_closed()) {
      HangUp(transport::DisconnectedError(
          "a client that could not be answered was hung up on"));
    }
    if (!ended_.ok()) return ended_;
    if (stop.stop_requested()) {
      return absl::CancelledError("the caller asked to stop");
    }
    answers_->Flush();
    const absl::StatusOr<Found> found =
        Look(take, std::min(deadline, answers_->next_flush()));
    if (!found.ok()) return found.status();
    if (*found == Found::kCall) return absl::OkStatus();
    if (absl::Now() >= deadline &&
        (*found == Found::kNothing || ++late_looks >= kMostLateLooks)) {
      has_more_ = *found != Found::kNothing;
      return absl::DeadlineExceededError("no call until the deadline");
    }
  }
}

absl::StatusOr<ServerCore::Found> ServerCore::Look(TakeFunction take,
                                                   absl::Time deadline) {
  const absl::StatusOr<std::span<transport::ReceiverSet::Event>> events =
      set_.Wait(deadline, events_);
  if (absl::IsDeadlineExceeded(events.status())) return Found::kNothing;
  if (!events.ok()) return events.status();
  for (transport::ReceiverSet::Event& event : *events) {
    if (event.id != requests_) continue;
    if (transport::IsDisconnected(event.status)) HangUp(event.status);
    if (!ended_.ok()) return ended_;
    if (event.status.ok()) {
      return OnMessage(take, event.message) ? Found::kCall : Found::kSomething;
    }
    OnLoss(event.status);
    if (absl::IsResourceExhausted(event.status)) return event.status;
  }
  return Found::kSomething;
}

bool ServerCore::OnMessage(TakeFunction take, transport::Message& message) {
  const std::optional<std::uint64_t> serial =
      ReadHead(message.payload(), message_fingerprint_);
  if (!serial.has_value()) {
    message.Clear();
    OnMisfit();
    return false;
  }
  if (*serial <= last_serial_) {
    message.Clear();
    // One that was thought lost is answered already.
    if (*serial == last_serial_ && may_come_yet_) return false;
    Refuse(*serial, absl::InvalidArgumentError(
                        "the serial of the request was used before"));
    return false;
  }
  AnswerLostBefore(*serial);
  if (!ended_.ok()) return false;
  last_serial_ = *serial;
  bool is_call = false;
  const absl::Status taken = transport::OrOutOfMemory([&] {
    is_call = take(message, *serial);
    return absl::OkStatus();
  });
  if (!taken.ok()) Refuse(*serial, taken);
  return is_call;
}

void ServerCore::OnMisfit() {
  if (++misfits_ > kMostMisfits) {
    return HangUp(transport::DisconnectedError(
        "a client that does not send requests was hung up on"));
  }
  OnLoss(absl::DataLossError(
      "it is none; was the client built with other definitions?"));
}

// What was lost had the next serial. One that could not be received for want of
// memory or descriptors may also be queued yet, and so may be what the next
// such loss is of: that one is answered once it is known.
void ServerCore::OnLoss(const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) {
    if (may_come_yet_) {
      ++uncertain_losses_;
      return;
    }
    may_come_yet_ = true;
    last_loss_ = status;
  } else {
    may_come_yet_ = false;
  }
  if (last_serial_ == std::numeric_limits<std::uint64_t>::max()) return;
  ++last_serial_;
  RefuseLost(last_serial_, status);
}

// Those that are between the last one and `serial`, which has come, and are not
// more than can have been lost.
void ServerCore::AnswerLostBefore(std::uint64_t serial) {
  while (uncertain_losses_ > 0 && last_serial_ + 1 < serial && ended_.ok()) {
    --uncertain_losses_;
    ++last_serial_;
    RefuseLost(last_serial_, last_loss_);
  }
  may_come_yet_ = false;
  uncertain_losses_ = 0;
}

void ServerCore::RefuseLost(std::uint64_t serial, const absl::Status& status) {
  absl::Status reason = transport::OutOfMemoryError();
  transport::OrOutOfMemory([&] {
    reason = absl::Status(status.code(), absl::StrCat("the request was lost: ",
                                                      status.message()));
    return absl::OkStatus();
  }).IgnoreError();
  Refuse(serial, std::move(reason));
}

void ServerCore::Refuse(std::uint64_t id, absl::Status status) {
  const absl::Status refused = transport::OrOutOfMemory([&] {
    return answers_->Refuse(id, std::move(status)) ? absl::OkStatus()
                                                   : transport::FullError();
  });
  if (refused.ok()) return;
  HangUp(transport::DisconnectedError(
      transport::IsFull(refused)
          ? "a client that asks and does not read the answers was hung up on"
          : "a client that could not be answered was hung up on"));
}

void ServerCore::HangUp(absl::Status reason) {
  ended_ = std::move(reason);
  set_.Remove(requests_).IgnoreError();
  answers_->Close();
}

absl::Time ServerCore::deadline() {
  if (!ended_.ok() || has_more_) return absl::InfinitePast();
  return std::min(set_.deadline(), answers_->next_flush());
}

}  // namespace ipc_channel::rpc::internal
