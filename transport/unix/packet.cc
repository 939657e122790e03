#include "ipc_channel/transport/unix/packet.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace ipc_channel::transport::unix_backend {
namespace {

constexpr std::uint16_t kMagic = 0x4349;
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kPayloadInObject = 1;
constexpr std::uint8_t kHandlesInHelper = 2;
constexpr std::uint8_t kPayloadInCarrier = 4;
constexpr std::uint32_t kMemoryInCarrier = 1;

template <std::unsigned_integral T>
void Store(T value, std::byte* out) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out[i] = static_cast<std::byte>(value >> (8 * i));
  }
}

template <std::unsigned_integral T>
T Load(const std::byte* in) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<T>(in[i]) << (8 * i));
  }
  return value;
}

absl::Status Malformed(absl::string_view reason) {
  return absl::DataLossError(absl::StrCat("malformed packet: ", reason));
}

absl::StatusOr<PacketHeader> DecodeHeader(std::span<const std::byte> in) {
  if (in.size() < kPacketHeaderBytes) return Malformed("shorter than a header");
  if (Load<std::uint16_t>(&in[0]) != kMagic) return Malformed("wrong magic");
  if (Load<std::uint8_t>(&in[2]) != kVersion) {
    return Malformed("unknown version");
  }
  const std::uint8_t flags = Load<std::uint8_t>(&in[3]);
  if ((flags & ~(kPayloadInObject | kHandlesInHelper | kPayloadInCarrier)) !=
      0) {
    return Malformed("unknown flags");
  }
  const PacketHeader header = {
      .payload_in_object = (flags & kPayloadInObject) != 0,
      .handles_in_helper = (flags & kHandlesInHelper) != 0,
      .payload_in_carrier = (flags & kPayloadInCarrier) != 0,
      .handle_count = Load<std::uint32_t>(&in[4]),
      .payload_bytes = Load<std::uint64_t>(&in[8]),
  };
  if (header.handle_count > kMaxMessageHandles) {
    return Malformed("too many handles");
  }
  if (header.handles_in_helper != (header.handle_count > kMaxPacketHandles)) {
    return Malformed("a helper socket for few handles, or none for many");
  }
  if (header.payload_bytes > kMaxMessageBytes) {
    return Malformed("too large a payload");
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
  const std::uint32_t kind = Load<std::uint32_t>(&in[0]);
  if (kind < static_cast<std::uint32_t>(HandleKind::kSender) ||
      kind > static_cast<std::uint32_t>(HandleKind::kDescriptor)) {
    return Malformed("unknown kind of handle");
  }
  const std::uint32_t flags = Load<std::uint32_t>(&in[4]);
  const HandleEntry entry = {
      .kind = static_cast<HandleKind>(kind),
      .memory_bytes = Load<std::uint64_t>(&in[8]),
      .memory_in_carrier = (flags & kMemoryInCarrier) != 0,
  };
  if ((flags & ~kMemoryInCarrier) != 0 ||
      (entry.kind != HandleKind::kSharedMemory && entry.memory_bytes != 0)) {
    return Malformed("reserved bytes of a handle are set");
  }
  if (entry.memory_in_carrier &&
      (entry.kind != HandleKind::kSharedMemory || entry.memory_bytes == 0 ||
       entry.memory_bytes > kMaxMessageBytes)) {
    return Malformed("a carrier of too much, or of what needs none");
  }
  return entry;
}

// Of the handles whose entries are in the packet itself.
std::size_t EntryBytes(const PacketHeader& header) {
  return header.handles_in_helper ? 0 : header.handle_count * kHandleEntryBytes;
}

absl::Status CheckBodySize(const PacketHeader& header, std::size_t body_bytes) {
  const std::size_t inline_bytes =
      header.payload_is_attached() ? 0 : header.payload_bytes;
  if (body_bytes != EntryBytes(header) + inline_bytes) {
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
  Store(kMagic, &out[0]);
  Store(kVersion, &out[2]);
  Store(static_cast<std::uint8_t>(
            (header.payload_in_object ? kPayloadInObject : 0) |
            (header.handles_in_helper ? kHandlesInHelper : 0) |
            (header.payload_in_carrier ? kPayloadInCarrier : 0)),
        &out[3]);
  Store(header.handle_count, &out[4]);
  Store(header.payload_bytes, &out[8]);
}

void EncodeEntry(const HandleEntry& entry,
                 std::span<std::byte, kHandleEntryBytes> out) {
  Store(static_cast<std::uint32_t>(entry.kind), &out[0]);
  Store(entry.memory_in_carrier ? kMemoryInCarrier : 0, &out[4]);
  Store(entry.memory_bytes, &out[8]);
}

absl::StatusOr<DecodedPacket> DecodePacket(std::span<const std::byte> header,
                                           std::span<const std::byte> body,
                                           std::size_t descriptor_count) {
  absl::StatusOr<PacketHeader> decoded = DecodeHeader(header);
  if (!decoded.ok()) return decoded.status();
  DecodedPacket packet;
  packet.header = *decoded;
  absl::Status size = CheckBodySize(packet.header, body.size());
  if (!size.ok()) return size;
  packet.payload_offset = EntryBytes(packet.header);
  const absl::StatusOr<std::size_t> due =
      DecodeEntries(body.first(packet.payload_offset), packet.entries);
  if (!due.ok()) return due.status();
  absl::Status descriptors = CheckDescriptors(
      descriptor_count, *due + OtherDescriptors(packet.header));
  if (!descriptors.ok()) return descriptors;
  return packet;
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

absl::StatusOr<std::size_t> DescriptorsDue(std::span<const std::byte> start) {
  const absl::StatusOr<PacketHeader> header = DecodeHeader(start);
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
