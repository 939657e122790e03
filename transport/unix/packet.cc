#include "ipc_channel/transport/unix/packet.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/unix/little_endian.h"

namespace ipc_channel::transport::unix_backend {
namespace {

constexpr std::uint8_t kPayloadInObject = 1;
constexpr std::uint8_t kHandlesInHelper = 2;
constexpr std::uint8_t kPayloadInCarrier = 4;
constexpr std::uint32_t kMemoryInCarrier = 1;

absl::Status Malformed(absl::string_view reason) {
  return absl::DataLossError(absl::StrCat("malformed packet: ", reason));
}

absl::StatusOr<PacketHeader> DecodeHeader(std::span<const std::byte> in,
                                          const MessageLimits& limits) {
  if (in.size() < kPacketHeaderBytes) return Malformed("shorter than a header");
  if (LoadLittleEndian<std::uint16_t>(&in[0]) != kPacketMagic) {
    return Malformed("wrong magic");
  }
  if (LoadLittleEndian<std::uint8_t>(&in[2]) != kPacketVersion) {
    return Malformed("unknown version");
  }
  const std::uint8_t flags = LoadLittleEndian<std::uint8_t>(&in[3]);
  if ((flags & ~(kPayloadInObject | kHandlesInHelper | kPayloadInCarrier)) !=
      0) {
    return Malformed("unknown flags");
  }
  const PacketHeader header = {
      .payload_in_object = (flags & kPayloadInObject) != 0,
      .handles_in_helper = (flags & kHandlesInHelper) != 0,
      .payload_in_carrier = (flags & kPayloadInCarrier) != 0,
      .handle_count = LoadLittleEndian<std::uint32_t>(&in[4]),
      .payload_bytes = LoadLittleEndian<std::uint64_t>(&in[8]),
  };
  if (header.handle_count > limits.handles) {
    return Malformed(absl::StrCat(header.handle_count,
                                  " handles are over the limit of ",
                                  limits.handles));
  }
  if (header.handles_in_helper != (header.handle_count > kMaxPacketHandles)) {
    return Malformed("a helper socket for few handles, or none for many");
  }
  if (header.payload_bytes > limits.bytes) {
    return Malformed(absl::StrCat("a payload of ", header.payload_bytes,
                                  " bytes is over the limit of ",
                                  limits.bytes));
  }
  if (header.payload_in_object && header.payload_in_carrier) {
    return Malformed("its payload lies in two places");
  }
  if (header.payload_is_attached() && header.payload_bytes == 0) {
    return Malformed("an object or a carrier without bytes");
  }
  return header;
}

absl::StatusOr<HandleEntry> DecodeEntry(std::span<const std::byte> in) {
  const std::uint32_t kind = LoadLittleEndian<std::uint32_t>(&in[0]);
  if (kind < static_cast<std::uint32_t>(HandleKind::kSender) ||
      kind > static_cast<std::uint32_t>(HandleKind::kReadOnlyMemory)) {
    return Malformed("unknown kind of handle");
  }
  const std::uint32_t flags = LoadLittleEndian<std::uint32_t>(&in[4]);
  HandleEntry entry = {.kind = static_cast<HandleKind>(kind),
                       .memory_in_carrier = (flags & kMemoryInCarrier) != 0};
  (entry.kind == HandleKind::kSender ? entry.sender_hint : entry.memory_bytes) =
      LoadLittleEndian<std::uint64_t>(&in[8]);
  if ((flags & ~kMemoryInCarrier) != 0 ||
      (!IsMemory(entry.kind) && entry.memory_bytes != 0)) {
    return Malformed("reserved bytes of a handle are set");
  }
  if (entry.kind == HandleKind::kMutableMemory &&
      entry.memory_bytes > kMaxMutableMemoryBytes) {
    return Malformed("too large a block of mutable memory");
  }
  if (entry.memory_in_carrier &&
      (entry.kind != HandleKind::kSharedMemory || entry.memory_bytes == 0 ||
       entry.memory_bytes > kDefaultMaxMessageBytes)) {
    return Malformed("a carrier of too much, or of what needs none");
  }
  return entry;
}

// Of the handles whose entries are in the packet itself.
std::size_t EntryBytes(const PacketHeader& header) {
  return header.handles_in_helper ? 0 : header.handle_count * kHandleEntryBytes;
}

absl::Status CheckPacketSize(const PacketHeader& header, std::size_t size) {
  const std::size_t inline_bytes =
      header.payload_is_attached() ? 0 : header.payload_bytes;
  // Not their sum: a limit near 2^64 would let it overflow.
  const std::size_t before = kPacketHeaderBytes + EntryBytes(header);
  if (size < before || size - before != inline_bytes) {
    return Malformed("its size does not match its header");
  }
  return absl::OkStatus();
}

// Appends the entries that `in` consists of to `entries`; gives the number of
// their descriptors.
absl::StatusOr<std::size_t> DecodeEntries(std::span<const std::byte> in,
                                          std::vector<HandleEntry>& entries) {
  entries.reserve(entries.size() + in.size() / kHandleEntryBytes);
  std::size_t descriptors = 0;
  for (; !in.empty(); in = in.subspan(kHandleEntryBytes)) {
    absl::StatusOr<HandleEntry> entry =
        DecodeEntry(in.first(kHandleEntryBytes));
    if (!entry.ok()) return entry.status();
    if (entry->has_descriptor()) ++descriptors;
    entries.push_back(*entry);
  }
  return descriptors;
}

// The descriptors that come beside those of entries.
std::size_t OtherDescriptors(const PacketHeader& header) {
  return (header.payload_is_attached() ? 1u : 0u) +
         (header.handles_in_helper ? 1u : 0u);
}

absl::Status CheckDescriptors(std::size_t attached, std::size_t due) {
  if (attached == due) return absl::OkStatus();
  return Malformed(
      absl::StrCat(attached, " descriptors where ", due, " are due"));
}

}  // namespace

void EncodeHeader(const PacketHeader& header,
                  std::span<std::byte, kPacketHeaderBytes> out) {
  StoreLittleEndian(kPacketMagic, &out[0]);
  StoreLittleEndian(kPacketVersion, &out[2]);
  StoreLittleEndian(static_cast<std::uint8_t>(
                        (header.payload_in_object ? kPayloadInObject : 0) |
                        (header.handles_in_helper ? kHandlesInHelper : 0) |
                        (header.payload_in_carrier ? kPayloadInCarrier : 0)),
                    &out[3]);
  StoreLittleEndian(header.handle_count, &out[4]);
  StoreLittleEndian(header.payload_bytes, &out[8]);
}

void EncodeEntry(const HandleEntry& entry,
                 std::span<std::byte, kHandleEntryBytes> out) {
  StoreLittleEndian(static_cast<std::uint32_t>(entry.kind), &out[0]);
  StoreLittleEndian(entry.memory_in_carrier ? kMemoryInCarrier : 0, &out[4]);
  StoreLittleEndian(entry.kind == HandleKind::kSender ? entry.sender_hint
                                                      : entry.memory_bytes,
                    &out[8]);
}

absl::Status DecodePacket(std::span<const std::byte> packet,
                          std::size_t descriptor_count,
                          const MessageLimits& limits, DecodedPacket& decoded) {
  absl::StatusOr<PacketHeader> header = DecodeHeader(packet, limits);
  if (!header.ok()) return header.status();
  absl::Status size = CheckPacketSize(*header, packet.size());
  if (!size.ok()) return size;
  decoded.header = *header;
  decoded.entries.clear();
  const std::size_t entry_bytes = EntryBytes(*header);
  decoded.payload_offset = kPacketHeaderBytes + entry_bytes;
  const absl::StatusOr<std::size_t> due = DecodeEntries(
      packet.subspan(kPacketHeaderBytes, entry_bytes), decoded.entries);
  if (!due.ok()) return due.status();
  return CheckDescriptors(descriptor_count, *due + OtherDescriptors(*header));
}

absl::Status DecodeHelperPacket(std::span<const std::byte> packet,
                                std::size_t handle_count,
                                std::size_t descriptor_count,
                                std::vector<HandleEntry>& entries) {
  if (packet.size() != handle_count * kHandleEntryBytes) {
    return Malformed("a packet of its helper socket has the wrong size");
  }
  const absl::StatusOr<std::size_t> due = DecodeEntries(packet, entries);
  if (!due.ok()) return due.status();
  return CheckDescriptors(descriptor_count, *due);
}

absl::Status CheckCarriedMemory(std::span<const HandleEntry> entries) {
  std::uint64_t bytes = 0;  // each entry has 2^30 at most
  for (const HandleEntry& entry : entries) {
    if (entry.memory_in_carrier) bytes += entry.memory_bytes;
  }
  if (bytes <= kDefaultMaxMessageBytes) return absl::OkStatus();
  return Malformed("carriers of too much memory together");
}

absl::StatusOr<std::size_t> DescriptorsDue(std::span<const std::byte> start,
                                           const MessageLimits& limits) {
  const absl::StatusOr<PacketHeader> header = DecodeHeader(start, limits);
  if (!header.ok()) return header.status();
  if (header->handles_in_helper) {
    return header->handle_count + OtherDescriptors(*header) +
           kMaxCarrierSockets;
  }
  const std::span<const std::byte> body = start.subspan(kPacketHeaderBytes);
  if (body.size() < EntryBytes(*header)) {
    return Malformed("shorter than its entries");
  }
  std::vector<HandleEntry> entries;
  const absl::StatusOr<std::size_t> due =
      DecodeEntries(body.first(EntryBytes(*header)), entries);
  if (!due.ok()) return due.status();
  const bool has_carrier =
      header->payload_in_carrier ||
      std::ranges::any_of(entries, &HandleEntry::memory_in_carrier);
  return *due + OtherDescriptors(*header) +
         (has_carrier ? kMaxCarrierSockets : 0);
}

}  // namespace ipc_channel::transport::unix_backend
