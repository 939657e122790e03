#include "ipc_channel/testing/model/send_plan.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel_testing {

using ::ipc_channel::transport::Handle;
using ::ipc_channel::transport::HandleKind;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::MutableMemory;
using ::ipc_channel::transport::ReadOnlyMemory;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::SharedMemory;

namespace {

// Kernels before 6.10 let sockets lie four deep, and one may be a helper.
constexpr int kDeepest = 3;

HandleRef LendMemory(Handle& memory, bool consumed) {
  if (auto* mutable_memory = std::get_if<MutableMemory>(&memory)) {
    return consumed ? HandleRef::Moving(*mutable_memory)
                    : HandleRef(std::as_const(*mutable_memory));
  }
  if (auto* read_only = std::get_if<ReadOnlyMemory>(&memory)) {
    return consumed ? HandleRef::Moving(*read_only)
                    : HandleRef(std::as_const(*read_only));
  }
  auto& shared = std::get<SharedMemory>(memory);
  return consumed ? HandleRef::Moving(shared)
                  : HandleRef(std::as_const(shared));
}

bool IsMemory(HandleKind kind) {
  return kind == HandleKind::kSharedMemory ||
         kind == HandleKind::kMutableMemory ||
         kind == HandleKind::kReadOnlyMemory;
}

bool IsMemoryThere(const Handle& memory) {
  return std::visit(
      [](const auto& object) {
        if constexpr (requires { object.region(); }) {
          return object.region() != nullptr;
        } else {
          return false;
        }
      },
      memory);
}

}  // namespace

SendPlan::SendPlan(FuzzInput& input, Holdings& holdings,
                   const ModelChannel* target)
    : holdings_(holdings) {
  constexpr std::array<std::size_t, 8> kCounts = {0, 0, 0, 1, 1, 2, 4, 8};
  const std::uint8_t how = input.U8();
  if (how == 0xff) {
    ChooseMany(input);
  } else {
    for (std::size_t left = kCounts[how % 8]; left > 0; --left) {
      ChooseOne(input, target);
    }
  }
  for (const Choice& choice : choices_) lent_.push_back(Lend(choice));
}

void SendPlan::ChooseMany(FuzzInput& input) {
  if (holdings_.senders.empty()) return;
  const std::size_t index = input.Below(holdings_.senders.size());
  const std::size_t count = 200 + input.U8();
  for (std::size_t i = 0; i < count; ++i) Choose({HandleKind::kSender, index});
}

bool SendPlan::MayTravel(const HeldReceiver& receiver,
                         const ModelChannel* target) const {
  if (target == nullptr) return true;
  return !WouldCloseRing(receiver.model, *target) &&
         DepthOf(*target) + DepthBelow(receiver.model.channel()) - 1 <=
             kDeepest;
}

void SendPlan::ChooseOne(FuzzInput& input, const ModelChannel* target) {
  const std::uint8_t how = input.U8();
  const std::size_t which = how >> 3;
  const bool moving = (how & 4) != 0;
  const auto index_among = [&](const auto& things) {
    return which % std::max<std::size_t>(1, things.size());
  };
  switch (how & 3) {
    case 0:
      if (holdings_.senders.empty()) return;
      return Choose(
          {HandleKind::kSender, index_among(holdings_.senders), moving});
    case 1: {
      if (holdings_.receivers.empty()) return;
      const std::size_t index = index_among(holdings_.receivers);
      if (!MayTravel(holdings_.receivers[index], target)) return;
      return Choose({HandleKind::kReceiver, index, true});
    }
    case 2: {
      if (holdings_.memory.empty()) return;
      const std::size_t index = index_among(holdings_.memory);
      return Choose({holdings_.memory[index].model.kind, index, moving});
    }
    default:
      if (holdings_.descriptors.empty()) return;
      return Choose(
          {HandleKind::kDescriptor, index_among(holdings_.descriptors), true});
  }
}

bool SendPlan::IsConsumed(const Choice& choice) const {
  return std::ranges::any_of(choices_, [&](const Choice& other) {
    return other.kind == choice.kind && other.index == choice.index &&
           (other.consumed || choice.consumed);
  });
}

void SendPlan::Choose(Choice choice) {
  // What is consumed must not be lent otherwise.
  if (!IsConsumed(choice)) choices_.push_back(choice);
}

HandleRef SendPlan::Lend(const Choice& choice) const {
  switch (choice.kind) {
    case HandleKind::kSender: {
      Sender& sender = holdings_.senders[choice.index].real;
      return choice.consumed ? HandleRef::Moving(sender)
                             : HandleRef(std::as_const(sender));
    }
    case HandleKind::kReceiver:
      return HandleRef(holdings_.receivers[choice.index].real);
    case HandleKind::kDescriptor:
      return HandleRef(holdings_.descriptors[choice.index].real);
    default:
      return LendMemory(holdings_.memory[choice.index].real, choice.consumed);
  }
}

ModelHandle SendPlan::ModelOf(const Choice& choice) const {
  switch (choice.kind) {
    case HandleKind::kSender:
      return holdings_.senders[choice.index].model;
    case HandleKind::kReceiver:
      return std::move(holdings_.receivers[choice.index].model);
    case HandleKind::kDescriptor:
      return holdings_.descriptors[choice.index].model;
    default:
      return holdings_.memory[choice.index].model;
  }
}

bool SendPlan::IsEmptyMemory(const Choice& choice) const {
  return IsMemory(choice.kind) &&
         holdings_.memory[choice.index].model.bytes->empty();
}

bool SendPlan::IsThere(const Choice& choice) const {
  switch (choice.kind) {
    case HandleKind::kSender:
      return holdings_.senders[choice.index].real.valid();
    case HandleKind::kReceiver:
      return holdings_.receivers[choice.index].real.valid();
    case HandleKind::kDescriptor: {
      const HeldDescriptor& held = holdings_.descriptors[choice.index];
      return held.real.valid() && InodeOf(held.real) == held.model.inode;
    }
    default: {
      const HeldMemory& held = holdings_.memory[choice.index];
      // The empty block is there even when it was moved from.
      if (IsEmptyMemory(choice)) return true;
      return IsMemoryThere(held.real) && CompareMemory(held).ok();
    }
  }
}

void SendPlan::Forget(const Choice& choice) {
  const auto erase = [&](auto& things) {
    things.erase(things.begin() + static_cast<std::ptrdiff_t>(choice.index));
  };
  switch (choice.kind) {
    case HandleKind::kSender:
      return erase(holdings_.senders);
    case HandleKind::kReceiver:
      return erase(holdings_.receivers);
    case HandleKind::kDescriptor:
      return erase(holdings_.descriptors);
    default:
      return erase(holdings_.memory);
  }
}

std::string SendPlan::Describe() const {
  constexpr std::array<const char*, 7> kNames = {
      "nothing",    "sender",         "receiver",        "memory",
      "descriptor", "mutable memory", "read-only memory"};
  std::string text = absl::StrCat(choices_.size(), " handles");
  for (std::size_t i = 0; i < std::min<std::size_t>(8, choices_.size()); ++i) {
    const Choice& choice = choices_[i];
    absl::StrAppend(
        &text, i == 0 ? ": " : ", ", choice.consumed ? "moved " : "",
        kNames[static_cast<std::size_t>(choice.kind)], " ", choice.index);
  }
  return text;
}

absl::Status SendPlan::Succeeded(std::vector<ModelHandle>& sent) {
  for (const Choice& choice : choices_) {
    if (!choice.consumed && !IsThere(choice)) {
      return absl::InternalError("a send took what it shares");
    }
    if (choice.consumed && IsThere(choice) && !IsEmptyMemory(choice)) {
      return absl::InternalError("a send left what it consumes");
    }
  }
  for (const Choice& choice : choices_) sent.push_back(ModelOf(choice));
  // From the back, so that the indices stay true.
  std::vector<Choice> consumed;
  std::ranges::copy_if(choices_, std::back_inserter(consumed),
                       &Choice::consumed);
  std::ranges::sort(consumed, std::greater<>(), &Choice::index);
  for (const Choice& choice : consumed) Forget(choice);
  return absl::OkStatus();
}

absl::Status SendPlan::Failed() const {
  for (const Choice& choice : choices_) {
    if (!IsThere(choice)) {
      return absl::InternalError("a failed send took a handle");
    }
  }
  return absl::OkStatus();
}

}  // namespace ipc_channel_testing
