#include "ipc_channel/testing/model/model_driver.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/transport/mutable_memory.h"

namespace ipc_channel_testing {

using ::ipc_channel::transport::ChannelCapacity;
using ::ipc_channel::transport::ChannelOptions;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::HandleKind;
using ::ipc_channel::transport::MutableMemory;

namespace {

template <class T>
void DropOne(FuzzInput& input, std::vector<T>& things) {
  if (things.empty()) return;
  things.erase(things.begin() +
               static_cast<std::ptrdiff_t>(input.Below(things.size())));
}

}  // namespace

void ModelDriver::Note(std::string_view what) { done_.emplace_back(what); }

absl::Status ModelDriver::Run(FuzzInput input, std::size_t most_operations) {
  absl::Status status = absl::OkStatus();
  for (std::size_t i = 0; i < most_operations && !input.empty(); ++i) {
    status = DoOne(input);
    if (status.ok()) status = LookAtWaitable(input);
    if (!status.ok()) break;
  }
  DropAll(input);
  if (status.ok()) return status;
  return absl::InternalError(
      absl::StrCat(absl::StrJoin(done_, "\n"), "\nand ", status.ToString()));
}

absl::Status ModelDriver::DoOne(FuzzInput& input) {
  constexpr std::array<Operation, 32> kOperations = {
      &ModelDriver::MakeChannel,   &ModelDriver::MakeChannel,
      &ModelDriver::MakeThing,     &ModelDriver::MakeThing,
      &ModelDriver::CloneSender,   &ModelDriver::DropThing,
      &ModelDriver::DropThing,     &ModelDriver::Send,
      &ModelDriver::Send,          &ModelDriver::Send,
      &ModelDriver::Send,          &ModelDriver::Send,
      &ModelDriver::Send,          &ModelDriver::Send,
      &ModelDriver::Send,          &ModelDriver::Fill,
      &ModelDriver::SendWrongly,   &ModelDriver::Carry,
      &ModelDriver::Carry,         &ModelDriver::Receive,
      &ModelDriver::Receive,       &ModelDriver::Receive,
      &ModelDriver::Receive,       &ModelDriver::Receive,
      &ModelDriver::Receive,       &ModelDriver::AddToSet,
      &ModelDriver::RemoveFromSet, &ModelDriver::WaitForSet,
      &ModelDriver::WaitForSet,    &ModelDriver::DrainSet,
      &ModelDriver::DropSet,       &ModelDriver::WriteMemory,
  };
  return (this->*kOperations[input.Below(kOperations.size())])(input);
}

void ModelDriver::DropAll(FuzzInput& input) {
  message_.Clear();
  if (input.Below(2) == 0) holdings_.senders.clear();
  if (input.Below(2) == 0) holdings_.receivers.clear();
  sets_ = {};
  holdings_ = {};
}

absl::Status ModelDriver::MakeChannel(FuzzInput& input) {
  if (holdings_.senders.size() >= Holdings::kMostOfAKind ||
      holdings_.receivers.size() >= Holdings::kMostOfAKind) {
    return absl::OkStatus();
  }
  auto model = std::make_shared<ModelChannel>();
  const std::uint8_t how = input.U8();
  if ((how & 1) != 0) {
    model->capacity = ChannelCapacity{.messages = 1u + (how >> 4)};
    if ((how & 2) != 0) model->capacity->bytes = input.U16();
  }
  Note(absl::StrCat("make channel, capacity ",
                    (how & 1) != 0 ? 1 + (how >> 4) : 0));
  absl::StatusOr<ChannelPair> real =
      subject_.create(ChannelOptions{.capacity = model->capacity});
  if (!real.ok()) return real.status();
  if (!model->capacity.has_value()) {
    model->capacity =
        ChannelCapacity{.messages = subject_.default_capacity,
                        .bytes = std::numeric_limits<std::size_t>::max()};
  }
  holdings_.senders.push_back({std::move(real->sender), ModelSender(model)});
  holdings_.receivers.push_back(
      {std::move(real->receiver), ModelReceiver(model)});
  return absl::OkStatus();
}

absl::Status ModelDriver::MakeThing(FuzzInput& input) {
  constexpr std::array<std::size_t, 4> kSizes = {0, 1, 4096, 10'000};
  constexpr std::array<HandleKind, 4> kKinds = {
      HandleKind::kDescriptor, HandleKind::kSharedMemory,
      HandleKind::kMutableMemory, HandleKind::kReadOnlyMemory};
  const std::uint8_t how = input.U8();
  const HandleKind kind = kKinds[how & 3];
  const std::size_t size = kSizes[(how >> 2) & 3];
  Note(absl::StrCat("make a thing of kind ", static_cast<int>(kind), ", ", size,
                    " bytes"));
  return kind == HandleKind::kDescriptor
             ? holdings_.AddDescriptor()
             : holdings_.AddMemory(kind, size, ++last_seed_);
}

absl::Status ModelDriver::CloneSender(FuzzInput& input) {
  const auto& senders = holdings_.senders;
  if (senders.empty() || senders.size() >= Holdings::kMostOfAKind) {
    return absl::OkStatus();
  }
  const std::size_t index = input.Below(senders.size());
  Note(absl::StrCat("clone sender ", index));
  HeldSender clone = senders[index];
  holdings_.senders.push_back(std::move(clone));
  return absl::OkStatus();
}

absl::Status ModelDriver::DropThing(FuzzInput& input) {
  const std::size_t kind = input.Below(8);
  Note(absl::StrCat("drop a thing of sort ", kind));
  switch (kind) {
    case 0:
    case 1:
    case 2:
      DropOne(input, holdings_.senders);
      break;
    case 3:
    case 4:
      DropOne(input, holdings_.receivers);
      break;
    case 5:
      DropOne(input, holdings_.memory);
      break;
    case 6:
      DropOne(input, holdings_.writers);
      break;
    default:
      DropOne(input, holdings_.descriptors);
  }
  return absl::OkStatus();
}

absl::Status ModelDriver::WriteMemory(FuzzInput& input) {
  const std::uint8_t how = input.U8();
  const std::vector<std::byte> bytes = Pattern(1 + (how >> 1), ++last_seed_);
  const auto write = [&](const auto& real, const ModelMemory& model) {
    Note(absl::StrCat("write ", bytes.size(), " bytes to ",
                      model.bytes->size()));
    if (bytes.size() > model.bytes->size()) return absl::OkStatus();
    const std::size_t at =
        input.U16() % (model.bytes->size() - bytes.size() + 1);
    std::ranges::copy(bytes,
                      model.bytes->begin() + static_cast<std::ptrdiff_t>(at));
    return real.CopyIn(at, bytes);
  };
  absl::Status status = absl::OkStatus();
  if ((how & 1) == 0 && !holdings_.writers.empty()) {
    const auto& held = holdings_.writers[input.Below(holdings_.writers.size())];
    status = write(held.real, held.model);
  } else if (!holdings_.memory.empty()) {
    const auto& held = holdings_.memory[input.Below(holdings_.memory.size())];
    const auto* real = std::get_if<MutableMemory>(&held.real);
    if (real != nullptr) status = write(*real, held.model);
  }
  for (const HeldMemory& memory : holdings_.memory) {
    if (status.ok()) status = CompareMemory(memory);
  }
  return status;
}

}  // namespace ipc_channel_testing
