#include "ipc_channel/transport/unix/outgoing_packet.h"

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/payload.h"

namespace ipc_channel::transport::unix_backend {
namespace {

iovec Part(std::span<const std::byte> bytes) {
  // sendmsg only reads; iovec's type serves both directions.
  return {.iov_base = const_cast<std::byte*>(bytes.data()),
          .iov_len = bytes.size()};
}

// The bytes of shared memory; none of anything else.
std::span<const std::byte> SharedBytesOf(const HandleRef& handle) {
  return handle.Visit([](const auto& target) -> std::span<const std::byte> {
    if constexpr (std::is_same_v<decltype(target), const SharedMemory&>) {
      return target.bytes();
    } else {
      return {};
    }
  });
}

HandleEntry EntryFor(const HandleRef& handle) {
  HandleEntry entry = {.kind = handle.kind()};
  handle.Visit([&entry](const auto& target) {
    if constexpr (requires { target.bytes(); }) {
      entry.memory_bytes = target.bytes().size();
    } else if constexpr (std::is_same_v<decltype(target), const Sender&>) {
      entry.sender_hint = target.lane()->Identity();
    }
  });
  return entry;
}

}  // namespace

absl::Status OutgoingPacket::AddHandle(
    const HandleRef& handle, std::span<std::byte, kHandleEntryBytes> out,
    std::pmr::vector<BorrowedFd>& descriptors) {
  HandleEntry entry = EntryFor(handle);
  const BorrowedFd descriptor = handle.descriptor();
  entry.memory_in_carrier = entry.kind == HandleKind::kSharedMemory &&
                            entry.memory_bytes > 0 && !descriptor.valid();
  EncodeEntry(entry, out);
  if (!entry.has_descriptor()) return absl::OkStatus();
  if (entry.memory_in_carrier) {
    if (entry.memory_bytes > kDefaultMaxMessageBytes - carried_memory_bytes_) {
      return absl::OutOfRangeError(
          absl::StrCat("shared memory that is copied, for want of "
                       "memfd_create, has ",
                       kDefaultMaxMessageBytes, " bytes at most in a message"));
    }
    carried_memory_bytes_ += entry.memory_bytes;
    carried_.push_back({.content = SharedBytesOf(handle),
                        .is_in_helper = needs_helper(),
                        .position = descriptors.size()});
  } else if (!descriptor.valid()) {
    return absl::InvalidArgumentError(
        "an in-process handle cannot travel to another process");
  }
  descriptors.push_back(descriptor);
  return absl::OkStatus();
}

absl::Status OutgoingPacket::AddHandles(std::span<const HandleRef> handles) {
  if (handles.empty()) return absl::OkStatus();
  header_.handle_count = static_cast<std::uint32_t>(handles.size());
  header_.handles_in_helper = handles.size() > kMaxPacketHandles;
  entry_bytes_.resize(handles.size() * kHandleEntryBytes);
  std::pmr::vector<BorrowedFd>& descriptors =
      needs_helper() ? in_helper_ : attached_;
  descriptors.reserve(handles.size() + 1);
  std::span<std::byte> out = entry_bytes_;
  for (std::size_t i = 0; i < handles.size(); ++i) {
    absl::Status added =
        AddHandle(handles[i], out.first<kHandleEntryBytes>(), descriptors);
    if (!added.ok()) return added;
    out = out.subspan(kHandleEntryBytes);
    if (!needs_helper()) continue;
    if ((i + 1) % kMaxPacketHandles == 0 || out.empty()) {
      helper_packet_ends_.push_back(descriptors.size());
    }
  }
  if (needs_helper()) attached_.emplace_back();
  return absl::OkStatus();
}

std::vector<HelperPacket> OutgoingPacket::helper_packets() const {
  std::vector<HelperPacket> packets;
  if (!needs_helper()) return packets;
  std::span<const std::byte> entries = entry_bytes_;
  std::size_t begin = 0;
  for (const std::size_t end : helper_packet_ends_) {
    const std::size_t bytes =
        std::min(entries.size(), kMaxPacketHandles * kHandleEntryBytes);
    packets.push_back(
        {.entries = Part(entries.first(bytes)),
         .descriptors = std::span(in_helper_).subspan(begin, end - begin)});
    entries = entries.subspan(bytes);
    begin = end;
  }
  return packets;
}

void OutgoingPacket::AddPart(std::span<const std::byte> bytes) {
  if (!bytes.empty()) parts_[part_count_++] = Part(bytes);
}

void OutgoingPacket::LayOutStart() {
  EncodeHeader(header_, header_bytes_);
  part_count_ = 0;
  AddPart(header_bytes_);
  if (!needs_helper()) AddPart(entry_bytes_);
}

void OutgoingPacket::SetInlinePayload(const Payload& payload) {
  header_.payload_bytes = payload.size();
  LayOutStart();
  AddPart(payload.head());
  AddPart(payload.body());
}

void OutgoingPacket::SetPayloadObject(BorrowedFd object, std::size_t size) {
  header_.payload_in_object = true;
  header_.payload_bytes = size;
  LayOutStart();
  attached_.push_back(object);
}

void OutgoingPacket::SetPayloadInCarrier(std::span<const std::byte> payload) {
  header_.payload_in_carrier = true;
  header_.payload_bytes = payload.size();
  LayOutStart();
  carried_.push_back({.content = payload,
                      .is_in_helper = false,
                      .position = attached_.size()});
  attached_.emplace_back();
}

void OutgoingPacket::SetCarrier(std::size_t index, BorrowedFd carrier) {
  const CarriedContent& carried = carried_[index];
  (carried.is_in_helper ? in_helper_ : attached_)[carried.position] = carrier;
}

}  // namespace ipc_channel::transport::unix_backend
