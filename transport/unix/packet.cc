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
  if (flags > kPayloadInObject) return Malformed("unknown flags");
  const PacketHeader header = {
      .payload_in_object = flags == kPayloadInObject,
      .handle_count = Load<std::uint32_t>(&in[4]),
      .payload_bytes = Load<std::uint64_t>(&in[8]),
  };
  if (header.handle_count > kMaxMessageHandles) {
    return Malformed("too many handles");
  }
  if (header.payload_bytes > kMaxMessageBytes) {
    return Malformed("too large a payload");
  }
  if (header.payload_in_object && header.payload_bytes == 0) {
    return Malformed("an object without bytes");
  }
  return header;
}

absl::StatusOr<HandleEntry> DecodeEntry(std::span<const std::byte> in) {
  const std::uint32_t kind = Load<std::uint32_t>(&in[0]);
  if (kind < static_cast<std::uint32_t>(HandleKind::kSender) ||
      kind > static_cast<std::uint32_t>(HandleKind::kDescriptor)) {
    return Malformed("unknown kind of handle");
  }
  const HandleEntry entry = {
      .kind = static_cast<HandleKind>(kind),
      .memory_bytes = Load<std::uint64_t>(&in[8]),
  };
  if (Load<std::uint32_t>(&in[4]) != 0 ||
      (entry.kind != HandleKind::kSharedMemory && entry.memory_bytes != 0)) {
    return Malformed("reserved bytes of a handle are set");
  }
  return entry;
}

absl::Status CheckBodySize(const PacketHeader& header, std::size_t body_bytes) {
  const std::size_t entry_bytes = header.handle_count * kHandleEntryBytes;
  const std::size_t inline_bytes =
      header.payload_in_object ? 0 : header.payload_bytes;
  if (body_bytes != entry_bytes + inline_bytes) {
    return Malformed("its size does not match its header");
  }
  return absl::OkStatus();
}

// Appends the entries at the beginning of `in` to `entries`; the caller has
// checked that `in` holds so many.
absl::Status DecodeEntries(std::span<const std::byte> in, std::size_t count,
                           std::vector<HandleEntry>& entries) {
  entries.reserve(entries.size() + count);
  for (std::size_t i = 0; i < count; ++i) {
    absl::StatusOr<HandleEntry> entry =
        DecodeEntry(in.subspan(i * kHandleEntryBytes, kHandleEntryBytes));
    if (!entry.ok()) return entry.status();
    entries.push_back(*entry);
  }
  return absl::OkStatus();
}

std::size_t DescriptorsOf(std::span<const HandleEntry> entries) {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries, &HandleEntry::has_descriptor));
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
  Store<std::uint8_t>(header.payload_in_object ? kPayloadInObject : 0, &out[3]);
  Store(header.handle_count, &out[4]);
  Store(header.payload_bytes, &out[8]);
}

void EncodeEntry(const HandleEntry& entry,
                 std::span<std::byte, kHandleEntryBytes> out) {
  Store(static_cast<std::uint32_t>(entry.kind), &out[0]);
  Store(std::uint32_t{0}, &out[4]);
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
  packet.payload_offset = packet.header.handle_count * kHandleEntryBytes;
  absl::Status entries =
      DecodeEntries(body, packet.header.handle_count, packet.entries);
  if (!entries.ok()) return entries;
  absl::Status descriptors = CheckDescriptors(
      descriptor_count, DescriptorsOf(packet.entries) +
                            (packet.header.payload_in_object ? 1 : 0));
  if (!descriptors.ok()) return descriptors;
  return packet;
}

absl::StatusOr<std::size_t> DescriptorsDue(std::span<const std::byte> start) {
  absl::StatusOr<PacketHeader> header = DecodeHeader(start);
  if (!header.ok()) return header.status();
  const std::span<const std::byte> body = start.subspan(kPacketHeaderBytes);
  if (body.size() < header->handle_count * kHandleEntryBytes) {
    return Malformed("shorter than its entries");
  }
  std::vector<HandleEntry> entries;
  absl::Status decoded = DecodeEntries(body, header->handle_count, entries);
  if (!decoded.ok()) return decoded;
  return DescriptorsOf(entries) + (header->payload_in_object ? 1 : 0);
}

}  // namespace ipc_channel::transport::unix_backend
