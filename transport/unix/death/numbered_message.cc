#include "ipc_channel/transport/unix/death/numbered_message.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Soon;

constexpr std::size_t kBytesOfName = sizeof(MessageName);
static_assert(kBytesOfName == 32, "has padding");

// More than one packet of handles.
constexpr std::size_t kManyHandles = 260;

// What a message is made of.
struct Shape {
  std::size_t payload;  // the name is in it, or, if there is none, in memory
  std::size_t witnesses;
  bool memory;
  bool receiver;
};

std::uint64_t Mixed(std::uint64_t value) {
  value = (value ^ (value >> 31)) * 0x9E3779B97F4A7C15;
  return (value ^ (value >> 29)) * 0xBF58476D1CE4E5B9;
}

std::uint64_t HashOf(const MessageName& name) {
  return Mixed(Mixed(name.seed + name.sender) + name.number);
}

std::size_t PayloadOf(std::uint64_t hash) {
  constexpr std::array kSizes = {
      std::size_t{0},      std::size_t{0},      kBytesOfName,
      kBytesOfName + 1,    std::size_t{100},    std::size_t{1'000},
      std::size_t{4'096},  std::size_t{4'096},  kMaxInlineBytes - 1,
      kMaxInlineBytes,     kMaxInlineBytes + 1, std::size_t{100} << 10,
      std::size_t{1} << 20};
  if (hash % 2 == 0) return kBytesOfName + (hash >> 32) % 200;
  return kSizes[(hash >> 16) % kSizes.size()];
}

Shape ShapeOf(const MessageName& name) {
  const std::uint64_t hash = HashOf(name);
  Shape shape = {.payload = PayloadOf(hash)};
  const std::uint64_t handles = (hash >> 8) % 64;
  shape.witnesses = handles == 0 ? kManyHandles : handles % 2;
  shape.memory = shape.payload == 0 || handles % 4 == 3;
  shape.receiver = handles % 8 == 5;
  return shape;
}

// The name, and what follows from it up to `size`.
std::vector<std::byte> BytesOf(const MessageName& name, std::size_t size) {
  std::vector<std::byte> bytes = Pattern(size, HashOf(name));
  std::memcpy(bytes.data(), &name, kBytesOfName);
  return bytes;
}

constexpr std::size_t kMemoryBytes = 3'000;

std::vector<std::byte> QueuedIn(const MessageName& name) {
  return Pattern(50, HashOf(name) + 1);
}

absl::StatusOr<Receiver> ReceiverWithAQueue(const MessageName& name) {
  absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
  if (!pair.ok()) return pair.status();
  absl::Status status = pair->sender.Send(QueuedIn(name), Soon());
  if (!status.ok()) return status;
  return std::move(pair->receiver);
}

std::optional<MessageName> NameIn(std::span<const std::byte> bytes) {
  if (bytes.size() < kBytesOfName) return std::nullopt;
  MessageName name;
  std::memcpy(&name, bytes.data(), kBytesOfName);
  return name;
}

bool Is(const MessageName& name, std::size_t size,
        std::span<const std::byte> bytes) {
  return bytes.size() == size &&
         std::memcmp(bytes.data(), BytesOf(name, size).data(), size) == 0;
}

bool HoldsQueueOf(const MessageName& name, Receiver& receiver) {
  Message queued;
  return receiver.Receive(queued, Soon()).ok() &&
         ipc_channel_testing::Holds(queued, QueuedIn(name)) &&
         absl::IsUnavailable(receiver.Receive(queued, Soon()));
}

bool HandlesAreWhole(const MessageName& name, const Shape& shape,
                     Message& message) {
  const std::size_t count =
      shape.witnesses + (shape.memory ? 1 : 0) + (shape.receiver ? 1 : 0);
  std::vector<Handle>& handles = message.handles();
  if (handles.size() != count) return false;
  for (std::size_t i = 0; i < shape.witnesses; ++i) {
    if (!std::holds_alternative<Sender>(handles[i])) return false;
  }
  std::size_t at = shape.witnesses;
  if (shape.memory) {
    const auto* memory = std::get_if<SharedMemory>(&handles[at++]);
    if (memory == nullptr || !Is(name, kMemoryBytes, memory->bytes())) {
      return false;
    }
  }
  if (!shape.receiver) return true;
  auto* receiver = std::get_if<Receiver>(&handles[at]);
  return receiver != nullptr && HoldsQueueOf(name, *receiver);
}

}  // namespace

absl::Status SendNumbered(const MessageName& name, const Sender& sender,
                          const Sender& witness) {
  const Shape shape = ShapeOf(name);
  std::vector<HandleRef> handles(shape.witnesses, HandleRef(witness));
  SharedMemory memory;
  if (shape.memory) {
    absl::StatusOr<SharedMemory> made =
        SharedMemory::CopyOf(BytesOf(name, kMemoryBytes));
    if (!made.ok()) return made.status();
    memory = *std::move(made);
    handles.emplace_back(std::as_const(memory));
  }
  Receiver receiver;
  if (shape.receiver) {
    absl::StatusOr<Receiver> made = ReceiverWithAQueue(name);
    if (!made.ok()) return made.status();
    receiver = *std::move(made);
    handles.emplace_back(receiver);
  }
  if (shape.payload == 0) return sender.Send({}, handles, Soon());
  return sender.Send(BytesOf(name, shape.payload), handles, Soon());
}

std::optional<MessageName> WholeNumbered(std::uint64_t seed, Message& message) {
  std::span<const std::byte> with_name = message.payload();
  for (const Handle& handle : message.handles()) {
    const auto* memory = std::get_if<SharedMemory>(&handle);
    if (with_name.empty() && memory != nullptr) with_name = memory->bytes();
  }
  const std::optional<MessageName> name = NameIn(with_name);
  if (!name.has_value() || name->seed != seed || name->sender >= kSenders) {
    return std::nullopt;
  }
  const Shape shape = ShapeOf(*name);
  const bool is_whole =
      (shape.payload == 0 ? message.payload().empty()
                          : Is(*name, shape.payload, message.payload())) &&
      HandlesAreWhole(*name, shape, message);
  return is_whole ? name : std::nullopt;
}

}  // namespace ipc_channel::transport::unix_backend
