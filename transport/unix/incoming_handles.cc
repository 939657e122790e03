#include "ipc_channel/transport/unix/incoming_handles.h"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/unix/mapping.h"
#include "ipc_channel/transport/unix/private_region.h"
#include "ipc_channel/transport/unix/sealed_region.h"
#include "ipc_channel/transport/unix/socket_carrier.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/unix_receiver.h"
#include "ipc_channel/transport/unix/unix_sender.h"

namespace ipc_channel::transport::unix_backend {
namespace {

absl::StatusOr<SharedMemory> MemoryFrom(UniqueFd object, std::size_t size) {
  absl::StatusOr<RegionPtr> region = MapSealedRegion(std::move(object), size);
  if (!region.ok()) return region.status();
  return SharedMemory(*std::move(region));
}

absl::StatusOr<SharedMemory> MemoryFromCarrier(UniqueFd carrier,
                                               std::size_t size) {
  absl::StatusOr<Mapping> content = DrainCarrier(std::move(carrier), size);
  if (!content.ok()) return content.status();
  absl::StatusOr<RegionPtr> region = PrivateRegionOf(*std::move(content));
  if (!region.ok()) return region.status();
  return SharedMemory(*std::move(region));
}

absl::StatusOr<SharedMemory> MemoryOf(const HandleEntry& entry,
                                      UniqueFd descriptor) {
  if (entry.memory_bytes == 0) return SharedMemory();
  return entry.memory_in_carrier
             ? MemoryFromCarrier(std::move(descriptor), entry.memory_bytes)
             : MemoryFrom(std::move(descriptor), entry.memory_bytes);
}

absl::StatusOr<Handle> HandleFrom(const HandleEntry& entry,
                                  UniqueFd descriptor) {
  switch (entry.kind) {
    case HandleKind::kDescriptor:
      return Handle(std::move(descriptor));
    case HandleKind::kSharedMemory: {
      absl::StatusOr<SharedMemory> memory =
          MemoryOf(entry, std::move(descriptor));
      if (!memory.ok()) return memory.status();
      return Handle(*std::move(memory));
    }
    case HandleKind::kSender:
    case HandleKind::kReceiver:
      break;
  }
  if (!IsSeqpacketSocket(descriptor.Borrow())) {
    return absl::DataLossError("an end of a channel is not a packet socket");
  }
  if (entry.kind == HandleKind::kSender) {
    return Handle(
        Sender(std::make_shared<UnixSenderLane>(std::move(descriptor))));
  }
  return Handle(
      Receiver(std::make_unique<UnixReceiverLane>(std::move(descriptor))));
}

}  // namespace

absl::Status UnpackMessage(const DecodedPacket& packet,
                           std::span<UniqueFd> descriptors, Message& message) {
  std::size_t next = 0;
  for (const HandleEntry& entry : packet.entries) {
    UniqueFd descriptor;
    if (entry.has_descriptor()) descriptor = std::move(descriptors[next++]);
    absl::StatusOr<Handle> handle = HandleFrom(entry, std::move(descriptor));
    if (!handle.ok()) return handle.status();
    message.handles().push_back(*std::move(handle));
  }
  const std::size_t size = packet.header.payload_bytes;
  if (!packet.header.payload_is_attached()) {
    message.SetInlinePayload(packet.payload_offset, size);
    return absl::OkStatus();
  }
  absl::StatusOr<SharedMemory> payload =
      packet.header.payload_in_carrier
          ? MemoryFromCarrier(std::move(descriptors[next]), size)
          : MemoryFrom(std::move(descriptors[next]), size);
  if (!payload.ok()) return payload.status();
  message.SetMappedPayload(*std::move(payload));
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::unix_backend
