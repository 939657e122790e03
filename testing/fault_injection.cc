#include "ipc_channel/testing/fault_injection.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::AdjustableLimits;
using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::DisconnectedError;
using ::ipc_channel::transport::FullError;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::Interest;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Payload;
using ::ipc_channel::transport::ReadyListener;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::ReceiverLane;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::SenderLane;

// A number of 64 bits that follows from `number` and looks like chance
// (splitmix64).
std::uint64_t Mix(std::uint64_t number) {
  number += 0x9E3779B97F4A7C15;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
  return number ^ (number >> 31);
}

}  // namespace

FaultPlan& FaultPlan::FailSend(std::uint64_t n, absl::Status status) {
  of_sends_.push_back({.when = Fault::When::kAt,
                       .what = Fault::What::kStatus,
                       .n = n,
                       .status = std::move(status)});
  return *this;
}

FaultPlan& FaultPlan::FailSends(double probability, absl::Status status) {
  of_sends_.push_back({.when = Fault::When::kByChance,
                       .what = Fault::What::kStatus,
                       .probability = probability,
                       .status = std::move(status)});
  return *this;
}

FaultPlan& FaultPlan::StallSend(std::uint64_t n) {
  of_sends_.push_back(
      {.when = Fault::When::kAt, .what = Fault::What::kStall, .n = n});
  return *this;
}

FaultPlan& FaultPlan::StallSends(double probability) {
  of_sends_.push_back({.when = Fault::When::kByChance,
                       .what = Fault::What::kStall,
                       .probability = probability});
  return *this;
}

FaultPlan& FaultPlan::DisconnectSendersAfter(std::uint64_t n) {
  of_sends_.push_back({.when = Fault::When::kAfter,
                       .what = Fault::What::kStatus,
                       .n = n,
                       .status = DisconnectedError("gone by plan")});
  return *this;
}

FaultPlan& FaultPlan::LoseMessage(std::uint64_t n, absl::Status status) {
  of_receives_.push_back({.when = Fault::When::kAt,
                          .what = Fault::What::kStatus,
                          .n = n,
                          .status = std::move(status)});
  return *this;
}

FaultPlan& FaultPlan::LoseMessages(double probability, absl::Status status) {
  of_receives_.push_back({.when = Fault::When::kByChance,
                          .what = Fault::What::kStatus,
                          .probability = probability,
                          .status = std::move(status)});
  return *this;
}

FaultPlan& FaultPlan::DisconnectReceiversAfter(std::uint64_t n) {
  of_receives_.push_back({.when = Fault::When::kAfter,
                          .what = Fault::What::kStatus,
                          .n = n,
                          .status = DisconnectedError("gone by plan")});
  return *this;
}

bool FaultPlan::Hits(const std::vector<Fault>& faults, std::size_t index,
                     std::uint64_t operation) const {
  const Fault& fault = faults[index];
  switch (fault.when) {
    case Fault::When::kAt:
      return operation == fault.n;
    case Fault::When::kAfter:
      return operation > fault.n;
    case Fault::When::kByChance:
      break;
  }
  constexpr double kTwoTo53 = 9007199254740992.0;
  const std::uint64_t chance = Mix(Mix(Mix(seed_) + index) + operation) >> 11;
  return static_cast<double>(chance) / kTwoTo53 < fault.probability;
}

const FaultPlan::Fault* FaultPlan::FaultOf(const std::vector<Fault>& faults,
                                           std::uint64_t operation) const {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (Hits(faults, i, operation)) return &faults[i];
  }
  return nullptr;
}

// What all ends of an injector share. Thread-safe.
class FaultInjector::State {
 public:
  explicit State(FaultPlan plan) : plan_(std::move(plan)) {}

  // What becomes of a send that begins now: an error, or OK if it may go on.
  absl::Status BeginSend(absl::Time deadline) {
    const FaultPlan::Fault* fault = plan_.FaultOf(plan_.of_sends_, ++sends_);
    if (fault == nullptr) return absl::OkStatus();
    absl::Status status = fault->what == FaultPlan::Fault::What::kStall
                              ? Stall(deadline)
                              : fault->status;
    if (!status.ok()) ++sends_failed_;
    return status;
  }

  // What becomes of a message that came: an error, or OK if it is given.
  absl::Status MessageCame() {
    const FaultPlan::Fault* fault =
        plan_.FaultOf(plan_.of_receives_, ++messages_);
    if (fault == nullptr) return absl::OkStatus();
    if (!fault->status.ok()) ++messages_lost_;
    return fault->status;
  }

  Counts counts() const {
    return {.sends = sends_,
            .sends_failed = sends_failed_,
            .messages = messages_,
            .messages_lost = messages_lost_};
  }

 private:
  static absl::Status Stall(absl::Time deadline) {
    if (deadline == absl::InfiniteFuture()) return absl::OkStatus();
    if (deadline == absl::InfinitePast()) return FullError();
    absl::SleepFor(deadline - absl::Now());
    return absl::DeadlineExceededError("no room in time, by plan");
  }

  const FaultPlan plan_;
  std::atomic<std::uint64_t> sends_ = 0;
  std::atomic<std::uint64_t> sends_failed_ = 0;
  std::atomic<std::uint64_t> messages_ = 0;
  std::atomic<std::uint64_t> messages_lost_ = 0;
};

class FaultInjector::FaultySenderLane final : public SenderLane {
 public:
  FaultySenderLane(Sender inner, std::shared_ptr<State> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}

  absl::Status Send(const Payload& payload, std::span<const HandleRef> handles,
                    absl::Time deadline) override {
    absl::Status fate = state_->BeginSend(deadline);
    if (!fate.ok()) return fate;
    return inner_.Send(payload, handles, deadline);
  }
  BorrowedFd descriptor() const override { return inner_.lane()->descriptor(); }
  const SenderLane& Innermost() const override {
    return inner_.lane()->Innermost();
  }
  std::uint64_t Identity() override { return inner_.lane()->Identity(); }
  absl::StatusOr<BorrowedFd> Waitable() override {
    return inner_.lane()->Waitable();
  }
  Interest interest() const override { return inner_.lane()->interest(); }
  absl::Time Deadline() override { return inner_.lane()->Deadline(); }
  AdjustableLimits& limits() override { return inner_.lane()->limits(); }

 private:
  const Sender inner_;
  const std::shared_ptr<State> state_;
};

// A fault takes the place of a message, or it would come when whoever waits for
// the descriptor or for the listener has not been told of anything.
class FaultInjector::FaultyReceiverLane final : public ReceiverLane {
 public:
  FaultyReceiverLane(Receiver inner, std::shared_ptr<State> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}

  absl::StatusOr<bool> Receive(Message& message, absl::Time deadline) override {
    absl::StatusOr<bool> received = inner_.lane()->Receive(message, deadline);
    if (!received.ok() || !*received) return received;
    absl::Status fate = state_->MessageCame();
    if (!fate.ok()) return fate;
    return true;
  }
  BorrowedFd descriptor() const override { return inner_.lane()->descriptor(); }
  ReceiverLane& Innermost() override { return inner_.lane()->Innermost(); }
  bool SetReadyListener(std::shared_ptr<ReadyListener> listener,
                        std::uint64_t token) override {
    return inner_.lane()->SetReadyListener(std::move(listener), token);
  }
  absl::StatusOr<BorrowedFd> Waitable() override {
    return inner_.lane()->Waitable();
  }
  absl::StatusOr<BorrowedFd> NativeWaitable() override {
    return inner_.lane()->NativeWaitable();
  }
  absl::Time Deadline() override { return inner_.lane()->Deadline(); }
  AdjustableLimits& limits() override { return inner_.lane()->limits(); }

 private:
  const Receiver inner_;
  const std::shared_ptr<State> state_;
};

FaultInjector::FaultInjector(FaultPlan plan)
    : state_(std::make_shared<State>(std::move(plan))) {}

Sender FaultInjector::Wrap(Sender end) const {
  if (!end.valid()) return end;
  return Sender(std::make_shared<FaultySenderLane>(std::move(end), state_));
}

Receiver FaultInjector::Wrap(Receiver end) const {
  if (!end.valid()) return end;
  return Receiver(std::make_unique<FaultyReceiverLane>(std::move(end), state_));
}

ChannelPair FaultInjector::Wrap(ChannelPair pair) const {
  return {Wrap(std::move(pair.sender)), Wrap(std::move(pair.receiver))};
}

FaultInjector::Counts FaultInjector::counts() const { return state_->counts(); }

}  // namespace ipc_channel_testing
