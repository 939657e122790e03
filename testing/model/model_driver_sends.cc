// The operations that send.

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/model/model_driver.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::kDefaultMaxMessageBytes;
using ::ipc_channel::transport::kMaxInlineBytes;
using ::ipc_channel::transport::kMaxMessageHandles;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::UniqueFd;

namespace {

// More than any channel here takes.
constexpr int kMostToFill = 20'000;

std::size_t CountedBytes(std::size_t payload, std::size_t handles) {
  return (payload > kMaxInlineBytes ? 0 : payload) + 16 * handles;
}

absl::Status ExpectCode(const absl::Status& status, absl::StatusCode code,
                        absl::string_view what) {
  if (status.code() == code) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, " gave ", status.ToString()));
}

}  // namespace

ModelMessage ModelDriver::NewMessage(FuzzInput& input) {
  constexpr std::array<std::size_t, 16> kSizes = {0,
                                                  0,
                                                  1,
                                                  2,
                                                  7,
                                                  16,
                                                  33,
                                                  100,
                                                  1000,
                                                  4079,
                                                  4080,
                                                  4096,
                                                  4097,
                                                  kMaxInlineBytes,
                                                  kMaxInlineBytes + 1,
                                                  std::size_t{200} << 10};
  ModelMessage message;
  message.size = kSizes[input.Below(kSizes.size())];
  message.seed = ++last_seed_;
  return message;
}

// What was asked for is not exceeded by this message.
bool ModelDriver::MustFit(const ModelChannel& channel,
                          const ModelMessage& message,
                          std::size_t handles) const {
  if (channel.queue.empty()) return true;
  if (channel.queue.size() >= channel.capacity->messages) return false;
  std::size_t bytes = CountedBytes(message.size, handles);
  for (const ModelMessage& queued : channel.queue) {
    bytes += CountedBytes(queued.size, queued.handles.size());
  }
  return bytes <=
         channel.capacity->bytes.value_or(64 * channel.capacity->messages);
}

absl::Status ModelDriver::CheckRefusal(const absl::Status& status,
                                       const ModelChannel& channel,
                                       const ModelMessage& message,
                                       std::size_t handles) const {
  if (!channel.has_receiver) {
    return ExpectCode(status, absl::StatusCode::kUnavailable,
                      "a send to nobody");
  }
  if (!IsFull(status) && !absl::IsDeadlineExceeded(status)) {
    return absl::InternalError(
        absl::StrCat("a send failed: ", status.ToString()));
  }
  if (MustFit(channel, message, handles)) {
    return absl::InternalError(absl::StrCat(
        "a channel with ", channel.queue.size(), " messages was full"));
  }
  return absl::OkStatus();
}

absl::Status ModelDriver::SendPlanned(const HeldSender& by,
                                      ModelMessage message, SendPlan& plan,
                                      absl::Time deadline) {
  ModelChannel& channel = by.model.channel();
  const std::size_t handles = plan.handles().size();
  const absl::Status status = by.real.Send(Pattern(message.size, message.seed),
                                           plan.handles(), deadline);
  Note(absl::StrCat("  ", status.ToString()));
  if (!status.ok()) {
    absl::Status nothing_taken = plan.Failed();
    if (!nothing_taken.ok()) return nothing_taken;
    return CheckRefusal(status, channel, message, handles);
  }
  if (!channel.has_receiver) {
    return absl::InternalError("a send to nobody was accepted");
  }
  absl::Status settled = plan.Succeeded(message.handles);
  Enqueue(channel, std::move(message));
  return settled;
}

absl::Status ModelDriver::Send(FuzzInput& input) {
  if (holdings_.senders.empty()) return absl::OkStatus();
  const std::size_t index = input.Below(holdings_.senders.size());
  const HeldSender& by = holdings_.senders[index];
  ModelMessage message = NewMessage(input);
  SendPlan plan(input, holdings_, &by.model.channel());
  const bool waits = input.Below(8) == 7;
  Note(absl::StrCat("send number ", message.seed, " by sender ", index, ", ",
                    message.size, " bytes, ", plan.Describe()));
  return SendPlanned(
      by, std::move(message), plan,
      waits ? absl::Now() + absl::Milliseconds(1) : absl::InfinitePast());
}

// Fills a channel with small messages, and then sends one more, with handles.
absl::Status ModelDriver::Fill(FuzzInput& input) {
  if (holdings_.senders.empty()) return absl::OkStatus();
  const std::size_t index = input.Below(holdings_.senders.size());
  const HeldSender& by = holdings_.senders[index];
  ModelChannel& channel = by.model.channel();
  Note(absl::StrCat("fill sender ", index));
  for (int i = 0; channel.has_receiver; ++i) {
    ModelMessage message{.size = 5, .seed = ++last_seed_};
    const absl::Status status =
        by.real.Send(Pattern(message.size, message.seed), absl::InfinitePast());
    if (!status.ok()) {
      absl::Status right = CheckRefusal(status, channel, message, 0);
      if (!right.ok()) return right;
      break;
    }
    if (i > kMostToFill) return absl::InternalError("no end of room");
    Enqueue(channel, std::move(message));
  }
  SendPlan plan(input, holdings_, &channel);
  Note(absl::StrCat("send one more, ", plan.Describe()));
  return SendPlanned(by, NewMessage(input), plan, absl::InfinitePast());
}

// Sends that are the caller's mistake.
absl::Status ModelDriver::SendWrongly(FuzzInput& input) {
  if (holdings_.senders.empty()) return absl::OkStatus();
  const Sender& sender =
      holdings_.senders[input.Below(holdings_.senders.size())].real;
  const auto send = [&](const std::vector<HandleRef>& handles) {
    return sender.Send(Bytes("wrong"), handles, absl::InfinitePast());
  };
  const std::size_t how = input.Below(6);
  Note(absl::StrCat("send wrongly, in way ", how));
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  if (how == 0) {
    return ExpectCode(Sender().Send(Bytes("x"), absl::InfinitePast()),
                      absl::StatusCode::kFailedPrecondition, "no sender");
  }
  if (how == 1) {
    const std::vector<HandleRef> many(kMaxMessageHandles + 1,
                                      HandleRef(sender));
    return ExpectCode(send(many), absl::StatusCode::kOutOfRange,
                      "too many handles");
  }
  if (how == 2) {
    sender.SetMaxMessageBytes(4);
    const absl::Status status = send({});
    sender.SetMaxMessageBytes(kDefaultMaxMessageBytes);
    return ExpectCode(status, absl::StatusCode::kOutOfRange, "too many bytes");
  }
  if (how == 3 && !holdings_.receivers.empty()) {
    HeldReceiver& held = holdings_.receivers.back();
    const absl::Status status = send({held.real, held.real});
    if (!held.real.valid()) return absl::InternalError("it took a receiver");
    return ExpectCode(status, kInvalid, "a receiver lent twice");
  }
  if (how == 4 && !holdings_.descriptors.empty()) {
    Receiver empty;
    HeldDescriptor& held = holdings_.descriptors.back();
    const absl::Status status = send({held.real, empty});
    if (!held.real.valid()) return absl::InternalError("it took a descriptor");
    return ExpectCode(status, kInvalid, "an empty receiver");
  }
  UniqueFd empty;
  return ExpectCode(send({sender, empty}), kInvalid, "an empty descriptor");
}

absl::Status ModelDriver::Carry(FuzzInput& input) {
  if (subject_.carry == nullptr) return absl::OkStatus();
  ModelMessage message = NewMessage(input);
  SendPlan plan(input, holdings_, nullptr);
  Note(absl::StrCat("carry number ", message.seed, ", ", message.size,
                    " bytes, ", plan.Describe()));
  absl::Status carried = subject_.carry(Pattern(message.size, message.seed),
                                        plan.handles(), message_);
  if (!carried.ok()) return carried;
  absl::Status settled = plan.Succeeded(message.handles);
  if (!settled.ok()) return settled;
  return holdings_.TakeMessage(message_, std::move(message));
}

}  // namespace ipc_channel_testing
