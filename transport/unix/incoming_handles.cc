#include "ipc_channel/transport/unix/incoming_handles.h"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/unix/mapping.h"
#include "ipc_channel/transport/unix/private_region.h"
#include "ipc_channel/transport/unix/received_sender.h"
#include "ipc_channel/transport/unix/sealed_region.h"
#include "ipc_channel/transport/unix/socket_carrier.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/unix_receiver.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// `map` is one of sealed_region.h.
template <class Memory, class Map>
absl::StatusOr<Memory> MemoryFrom(UniqueFd object, std::size_t size, Map map) {
  if (size == 0) return Memory();
  auto region = map(std::move(object), size);
  if (!region.ok()) return region.status();
  return Memory(*std::move(region));
}

template <class T>
absl::StatusOr<Handle> AsHandle(absl::StatusOr<T> object) {
  if (!object.ok()) return object.status();
  return Handle(*std::move(object));
}

absl::StatusOr<SharedMemory> MemoryFromCarrier(UniqueFd carrier,
                                               std::size_t size) {
  absl::StatusOr<Mapping> content = DrainCarrier(std::move(carrier), size);
  if (!content.ok()) return content.status();
  absl::StatusOr<RegionPtr> region = PrivateRegionOf(*std::move(content));
  if (!region.ok()) return region.status();
  return SharedMemory(*std::move(region));
}

absl::StatusOr<Handle> HandleFrom(const HandleEntry& entry, UniqueFd descriptor,
                                  WholeObjects& known) {
  const auto map_sealed = [&known](UniqueFd object, std::size_t size) {
    return MapSealedRegion(std::move(object), size, known);
  };
  const auto map_read_only = [&known](UniqueFd object, std::size_t size) {
    return MapReadOnlyRegion(std::move(object), size, known);
  };
  switch (entry.kind) {
    case HandleKind::kDescriptor:
      return Handle(std::move(descriptor));
    case HandleKind::kSharedMemory:
      return AsHandle(
          entry.memory_in_carrier
              ? MemoryFromCarrier(std::move(descriptor), entry.memory_bytes)
              : MemoryFrom<SharedMemory>(std::move(descriptor),
                                         entry.memory_bytes, map_sealed));
    case HandleKind::kMutableMemory:
      return AsHandle(MemoryFrom<MutableMemory>(
          std::move(descriptor), entry.memory_bytes, MapMutableRegion));
    case HandleKind::kReadOnlyMemory:
      return AsHandle(MemoryFrom<ReadOnlyMemory>(
          std::move(descriptor), entry.memory_bytes, map_read_only));
    case HandleKind::kSender: {
      absl::StatusOr<std::shared_ptr<SenderLane>> lane =
          ReceivedSender(std::move(descriptor), entry.sender_hint);
      if (!lane.ok()) return lane.status();
      return Handle(Sender(*std::move(lane)));
    }
    case HandleKind::kReceiver:
      break;
  }
  if (!IsSeqpacketSocket(descriptor.Borrow())) {
    return absl::DataLossError("an end of a channel is not a packet socket");
  }
  return Handle(
      Receiver(std::make_unique<UnixReceiverLane>(std::move(descriptor))));
}

}  // namespace

absl::Status UnpackMessage(const DecodedPacket& packet,
                           std::span<UniqueFd> descriptors, Message& message) {
  std::size_t next = 0;
  WholeObjects known;
  for (const HandleEntry& entry : packet.entries) {
    UniqueFd descriptor;
    if (entry.has_descriptor()) descriptor = std::move(descriptors[next++]);
    absl::StatusOr<Handle> handle =
        HandleFrom(entry, std::move(descriptor), known);
    if (!handle.ok()) return handle.status();
    message.handles().push_back(*std::move(handle));
  }
  const std::size_t size = packet.header.payload_bytes;
  if (!packet.header.payload_is_attached()) {
    message.SetInlinePayload(kPacketAt + packet.payload_offset, size);
    return absl::OkStatus();
  }
  UniqueFd& attached = descriptors[next];
  absl::StatusOr<SharedMemory> payload =
      packet.header.payload_in_carrier
          ? MemoryFromCarrier(std::move(attached), size)
          : MemoryFrom<SharedMemory>(std::move(attached), size,
                                     MapSealedPayload);
  if (!payload.ok()) return payload.status();
  message.SetMappedPayload(*std::move(payload));
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::unix_backend
