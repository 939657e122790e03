#include "ipc_channel/transport/unix/death/cargo.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsClosed;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Take;
using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

// More than one packet of handles, and than goes through a socket's buffer.
constexpr std::size_t kManyHandles = 260;
constexpr std::size_t kLarge = 100'000;
constexpr std::size_t kMoreThanASocket = 250'000;

constexpr CargoSpec kAll[] = {
    {.name = "Small", .payload = 100},
    {.name = "Large", .payload = kLarge},
    {.name = "Handles",
     .payload = 20,
     .descriptors = 2,
     .sender = true,
     .receiver = true},
    {.name = "LargeWithManyHandles",
     .payload = kLarge,
     .descriptors = kManyHandles,
     .sender = true},
    {.name = "LargeWithoutMemfd",
     .payload = kMoreThanASocket,
     .receiver = true,
     .without_memfd = true},
    // The representative ones are before this.
    {.name = "Empty"},
    {.name = "AsLargeAsAPacket", .payload = kMaxInlineBytes},
    {.name = "ManyHandles", .payload = 20, .descriptors = kManyHandles},
    {.name = "NewChannel", .new_channel = true},
    {.name = "SharedMemory", .payload = 20, .shared_memory = 5'000},
    {.name = "MutableMemory", .payload = 20, .mutable_memory = 5'000},
    {.name = "ReadOnlyMemory", .payload = 20, .read_only_memory = 5'000},
    {.name = "AllMemoryWithALargePayload",
     .payload = kLarge,
     .shared_memory = 5'000,
     .mutable_memory = 5'000,
     .read_only_memory = 5'000},
    {.name = "SharedMemoryWithoutMemfd",
     .payload = 20,
     .descriptors = 1,
     .shared_memory = kMoreThanASocket,
     .without_memfd = true},
};
constexpr std::size_t kRepresentative = 5;

// If `handle` is memory.
AssertionResult HoldsItsBytes(const Handle& handle, const CargoSpec& spec) {
  std::span<const std::byte> bytes;
  std::size_t size = 0;
  if (const auto* shared = std::get_if<SharedMemory>(&handle)) {
    bytes = shared->bytes();
    size = spec.shared_memory;
  } else if (const auto* writable = std::get_if<MutableMemory>(&handle)) {
    bytes = writable->bytes();
    size = spec.mutable_memory;
  } else if (const auto* read_only = std::get_if<ReadOnlyMemory>(&handle)) {
    bytes = read_only->bytes();
    size = spec.read_only_memory;
  }
  if (std::ranges::equal(bytes, Pattern(size))) return AssertionSuccess();
  return AssertionFailure() << bytes.size() << " bytes of memory, not the "
                            << size << " that were sent";
}

AssertionResult QueueComesOut(Receiver& receiver, int count) {
  for (int i = 0; i < count; ++i) {
    Message message;
    const absl::Status status = receiver.Receive(message, Soon());
    if (!status.ok() || !Holds(message, Cargo::Queued(i))) {
      return AssertionFailure() << "number " << i << " queued: " << status;
    }
  }
  return AssertionSuccess();
}

}  // namespace

std::span<const CargoSpec> AllCargo() { return kAll; }

std::span<const CargoSpec> RepresentativeCargo() {
  return AllCargo().first(kRepresentative);
}

std::vector<std::byte> Cargo::Queued(int index) {
  return Pattern(index == 1 ? kLarge : 10, static_cast<std::uint64_t>(index));
}

Cargo::Cargo(const CargoSpec& spec)
    : spec_(spec), payload_(Pattern(spec.payload)) {
  if (spec.sender) from_sender_ = CreateUnixChannel().value();
  if (spec.receiver) {
    to_receiver_ = CreateUnixChannel().value();
    for (int i = 0; i < kQueued; ++i) {
      EXPECT_OK(to_receiver_.sender.Send(Queued(i), Soon()));
    }
  }
  if (spec.descriptors == 0) return;
  pipe_ = NewPipe();
  for (std::size_t i = 0; i < spec.descriptors; ++i) {
    write_ends_.emplace_back(
        ::fcntl(pipe_.write_end.get(), F_DUPFD_CLOEXEC, 0));
  }
  pipe_.write_end = UniqueFd();
}

std::vector<HandleKind> Cargo::Kinds() const {
  std::vector<HandleKind> kinds(spec_.descriptors, HandleKind::kDescriptor);
  if (spec_.sender) kinds.push_back(HandleKind::kSender);
  if (spec_.receiver) kinds.push_back(HandleKind::kReceiver);
  if (spec_.new_channel) {
    kinds.push_back(HandleKind::kSender);
    kinds.push_back(HandleKind::kReceiver);
  }
  if (spec_.shared_memory > 0) kinds.push_back(HandleKind::kSharedMemory);
  if (spec_.mutable_memory > 0) kinds.push_back(HandleKind::kMutableMemory);
  if (spec_.read_only_memory > 0) kinds.push_back(HandleKind::kReadOnlyMemory);
  return kinds;
}

absl::Status Cargo::AddMemory(Memory& memory,
                              std::vector<HandleRef>& handles) const {
  if (spec_.shared_memory > 0) {
    auto made = SharedMemory::CopyOf(Pattern(spec_.shared_memory));
    if (!made.ok()) return made.status();
    memory.shared = *std::move(made);
    handles.emplace_back(std::as_const(memory.shared));
  }
  if (spec_.mutable_memory > 0) {
    auto made = MutableMemory::Create(spec_.mutable_memory);
    if (!made.ok()) return made.status();
    absl::Status status = made->CopyIn(0, Pattern(spec_.mutable_memory));
    if (!status.ok()) return status;
    memory.writable = *std::move(made);
    handles.emplace_back(std::as_const(memory.writable));
  }
  if (spec_.read_only_memory > 0) {
    auto made = CreateReadOnlyMemory(spec_.read_only_memory);
    if (!made.ok()) return made.status();
    absl::Status status =
        made->writer.CopyIn(0, Pattern(spec_.read_only_memory));
    if (!status.ok()) return status;
    memory.read_only = std::move(made->memory);
    handles.emplace_back(std::as_const(memory.read_only));
  }
  return absl::OkStatus();
}

absl::Status Cargo::SendTo(const Sender& sender) {
  std::vector<HandleRef> handles;
  for (UniqueFd& descriptor : write_ends_) handles.emplace_back(descriptor);
  if (spec_.sender) handles.emplace_back(std::as_const(from_sender_.sender));
  if (spec_.receiver) handles.emplace_back(to_receiver_.receiver);
  ChannelPair made;
  if (spec_.new_channel) {
    absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
    if (!pair.ok()) return pair.status();
    made = *std::move(pair);
    absl::Status status = made.sender.Send(Queued(0), Soon());
    if (!status.ok()) return status;
    handles.emplace_back(std::as_const(made.sender));
    handles.emplace_back(made.receiver);
  }
  Memory memory;
  absl::Status status = AddMemory(memory, handles);
  if (!status.ok()) return status;
  return sender.Send(payload_, handles, Soon());
}

void Cargo::DropFreight() {
  write_ends_.clear();
  from_sender_.sender = Sender();
  to_receiver_.receiver = Receiver();
}

void Cargo::DropWitnesses() {
  pipe_ = {};
  from_sender_.receiver = Receiver();
  to_receiver_.sender = Sender();
}

AssertionResult Cargo::IsWholeIn(const Message& message) const {
  if (!Holds(message, payload_)) {
    return AssertionFailure()
           << "a payload of " << message.payload().size() << " bytes, not the "
           << payload_.size() << " that were sent";
  }
  const std::vector<HandleKind> due = Kinds();
  if (message.handles().size() != due.size()) {
    return AssertionFailure()
           << message.handles().size() << " handles of " << due.size();
  }
  for (std::size_t i = 0; i < due.size(); ++i) {
    const Handle& handle = message.handles()[i];
    if (handle.index() != static_cast<std::size_t>(due[i])) {
      return AssertionFailure() << "another kind of handle at " << i;
    }
    AssertionResult same = HoldsItsBytes(handle, spec_);
    if (!same) return same;
  }
  return AssertionSuccess();
}

AssertionResult Cargo::WorksIn(Message& message) {
  std::size_t at = 0;
  for (; at < spec_.descriptors; ++at) {
    AssertionResult same = IsPipe(Take<UniqueFd>(message, at), pipe_.read_end);
    if (!same) return same;
  }
  if (spec_.sender) {
    AssertionResult connected =
        AreConnected(Take<Sender>(message, at++), from_sender_.receiver);
    if (!connected) return connected;
  }
  if (spec_.receiver) {
    Receiver receiver = Take<Receiver>(message, at++);
    AssertionResult whole = QueueComesOut(receiver, kQueued);
    if (!whole) return whole;
    AssertionResult connected = AreConnected(to_receiver_.sender, receiver);
    if (!connected) return connected;
  }
  if (spec_.new_channel) {
    const Sender sender = Take<Sender>(message, at++);
    Receiver receiver = Take<Receiver>(message, at++);
    AssertionResult whole = QueueComesOut(receiver, 1);
    if (!whole) return whole;
    return AreConnected(sender, receiver);
  }
  return AssertionSuccess();
}

AssertionResult Cargo::IsGone() {
  if (spec_.descriptors > 0) {
    AssertionResult closed = IsClosed(pipe_.read_end);
    if (!closed) return closed;
  }
  if (spec_.sender) {
    const absl::Status end = ReceiveText(from_sender_.receiver).status();
    if (!IsDisconnected(end)) {
      return AssertionFailure() << "the sender that it carried: " << end;
    }
  }
  if (spec_.receiver) {
    const absl::Status end = SendText(to_receiver_.sender, "anybody there?");
    if (!IsDisconnected(end)) {
      return AssertionFailure() << "the receiver that it carried: " << end;
    }
  }
  return AssertionSuccess();
}

}  // namespace ipc_channel::transport::unix_backend
