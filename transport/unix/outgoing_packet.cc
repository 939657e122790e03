#include "ipc_channel/transport/unix/outgoing_packet.h"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "absl/status/status.h"
#include "ipc_channel/transport/handle.h"

namespace ipc_channel::transport::unix_backend {
namespace {

iovec Part(std::span<const std::byte> bytes) {
  // sendmsg only reads; iovec's type serves both directions.
  return {.iov_base = const_cast<std::byte*>(bytes.data()),
          .iov_len = bytes.size()};
}

HandleEntry EntryFor(const HandleRef& handle) {
  HandleEntry entry = {.kind = handle.kind()};
  handle.Visit([&entry](const auto& target) {
    if constexpr (std::is_same_v<decltype(target), const SharedMemory&>) {
      entry.memory_bytes = target.bytes().size();
    }
  });
  return entry;
}

}  // namespace

absl::Status OutgoingPacket::AddHandles(std::span<const HandleRef> handles) {
  if (handles.empty()) return absl::OkStatus();
  entry_bytes_.resize(handles.size() * kHandleEntryBytes);
  descriptors_.reserve(handles.size() + 1);
  std::span<std::byte> out = entry_bytes_;
  for (const HandleRef& handle : handles) {
    const HandleEntry entry = EntryFor(handle);
    EncodeEntry(entry, out.first<kHandleEntryBytes>());
    out = out.subspan(kHandleEntryBytes);
    if (!entry.has_descriptor()) continue;
    const BorrowedFd descriptor = handle.descriptor();
    if (!descriptor.valid()) {
      return absl::InvalidArgumentError(
          "an in-process handle cannot travel to another process");
    }
    descriptors_.push_back(descriptor);
  }
  header_.handle_count = static_cast<std::uint32_t>(handles.size());
  parts_[1] = Part(entry_bytes_);
  return absl::OkStatus();
}

void OutgoingPacket::SetInlinePayload(std::span<const std::byte> payload) {
  header_.payload_bytes = payload.size();
  EncodeHeader(header_, header_bytes_);
  parts_[0] = Part(header_bytes_);
  parts_[2] = Part(payload);
}

void OutgoingPacket::SetPayloadObject(BorrowedFd object, std::size_t size) {
  header_.payload_in_object = true;
  header_.payload_bytes = size;
  EncodeHeader(header_, header_bytes_);
  parts_[0] = Part(header_bytes_);
  parts_[2] = {};
  descriptors_.push_back(object);
}

}  // namespace ipc_channel::transport::unix_backend
