// Decoders of packets, on any bytes: what is accepted is within its packet and
// is what encoding gives; all decoders agree.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/fuzz/fuzz_target.h"
#include "ipc_channel/testing/fuzz/require.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/unix/little_endian.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/plain_packet.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::FuzzInput;

using Bytes = std::span<const std::byte>;

constexpr std::size_t kLongestMadeUpPayload = 4096;

void RequireOkOrDataLoss(const absl::Status& status) {
  IPC_CHANNEL_REQUIRE_OR_SAY(status.ok() || absl::IsDataLoss(status),
                             status.ToString());
}

std::size_t DescriptorsOf(std::span<const HandleEntry> entries) {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries, &HandleEntry::has_descriptor));
}

std::size_t DescriptorsOf(const DecodedPacket& packet) {
  return DescriptorsOf(packet.entries) +
         (packet.header.payload_is_attached() ? 1 : 0) +
         (packet.header.handles_in_helper ? 1 : 0);
}

void RequireEncodesTo(std::span<const HandleEntry> entries, Bytes bytes) {
  IPC_CHANNEL_REQUIRE(bytes.size() == entries.size() * kHandleEntryBytes);
  for (const HandleEntry& entry : entries) {
    std::array<std::byte, kHandleEntryBytes> encoded;
    EncodeEntry(entry, encoded);
    IPC_CHANNEL_REQUIRE(std::ranges::equal(encoded, bytes.first(16)));
    bytes = bytes.subspan(kHandleEntryBytes);
  }
}

void RequireLimitsKept(const DecodedPacket& packet,
                       const MessageLimits& limits) {
  const PacketHeader& header = packet.header;
  IPC_CHANNEL_REQUIRE(header.payload_bytes <= limits.bytes);
  IPC_CHANNEL_REQUIRE(header.handle_count <= limits.handles);
  IPC_CHANNEL_REQUIRE(header.handles_in_helper ==
                      (header.handle_count > kMaxPacketHandles));
  IPC_CHANNEL_REQUIRE(!(header.payload_in_object && header.payload_in_carrier));
  IPC_CHANNEL_REQUIRE(packet.entries.size() ==
                      (header.handles_in_helper ? 0 : header.handle_count));
}

// `bytes` was accepted as `packet`.
void RequireWhole(const DecodedPacket& packet, Bytes bytes) {
  const std::size_t payload =
      packet.header.payload_is_attached() ? 0 : packet.header.payload_bytes;
  IPC_CHANNEL_REQUIRE(packet.payload_offset <= bytes.size());
  IPC_CHANNEL_REQUIRE(bytes.size() - packet.payload_offset == payload);
  std::array<std::byte, kPacketHeaderBytes> encoded;
  EncodeHeader(packet.header, encoded);
  IPC_CHANNEL_REQUIRE(
      std::ranges::equal(encoded, bytes.first(kPacketHeaderBytes)));
  RequireEncodesTo(
      packet.entries,
      bytes.first(packet.payload_offset).subspan(kPacketHeaderBytes));
}

// DescriptorsDue() is at least what the packet comes with, and for a packet
// that costs nothing more, that.
void RequireDueFits(const DecodedPacket& packet, std::size_t due) {
  const std::size_t attached = DescriptorsOf(packet);
  const bool has_carrier =
      packet.header.payload_in_carrier ||
      std::ranges::any_of(packet.entries, &HandleEntry::memory_in_carrier);
  if (packet.header.handles_in_helper) {
    IPC_CHANNEL_REQUIRE(due >= packet.header.handle_count + attached);
  } else {
    IPC_CHANNEL_REQUIRE(due ==
                        attached + (has_carrier ? kMaxCarrierSockets : 0));
  }
}

void CheckDecodePacket(Bytes bytes, std::size_t descriptors,
                       const MessageLimits& limits,
                       const absl::StatusOr<std::size_t>& due) {
  DecodedPacket packet;
  const absl::Status status = DecodePacket(bytes, descriptors, limits, packet);
  RequireOkOrDataLoss(status);
  if (IsPlainPacket(bytes) && descriptors == 0 &&
      bytes.size() <= limits.bytes) {
    IPC_CHANNEL_REQUIRE(status.ok());
  }
  if (!status.ok()) return;
  RequireLimitsKept(packet, limits);
  RequireWhole(packet, bytes);
  IPC_CHANNEL_REQUIRE(DescriptorsOf(packet) == descriptors);
  IPC_CHANNEL_REQUIRE(due.ok());
  RequireDueFits(packet, *due);
  const bool is_plain =
      packet.header ==
      PacketHeader{.payload_bytes = bytes.size() - kPacketHeaderBytes};
  IPC_CHANNEL_REQUIRE(IsPlainPacket(bytes) == is_plain);
  DecodedPacket other;
  for (const std::size_t wrong : {descriptors + 1, descriptors - 1}) {
    IPC_CHANNEL_REQUIRE(!DecodePacket(bytes, wrong, limits, other).ok());
  }
}

// What DescriptorsDue() takes for the start of a packet is one, once the
// payload and the descriptors are there.
void CheckCompletion(Bytes start, const MessageLimits& limits,
                     std::size_t due) {
  const auto flags = std::to_integer<unsigned>(start[3]);
  const bool has_helper = (flags & 2) != 0;
  const bool is_attached = (flags & 5) != 0;
  const auto handles = LoadLittleEndian<std::uint32_t>(&start[4]);
  const auto payload = LoadLittleEndian<std::uint64_t>(&start[8]);
  if (!is_attached && payload > kLongestMadeUpPayload) return;
  const Bytes before = start.first(
      kPacketHeaderBytes + (has_helper ? 0 : handles * kHandleEntryBytes));
  std::vector<std::byte> whole(before.begin(), before.end());
  if (!is_attached) whole.resize(whole.size() + payload);
  DecodedPacket packet;
  const auto accepts = [&](std::size_t descriptors) {
    return DecodePacket(whole, descriptors, limits, packet).ok();
  };
  if (has_helper) {
    IPC_CHANNEL_REQUIRE(accepts(is_attached ? 2 : 1));
  } else {
    IPC_CHANNEL_REQUIRE(accepts(due) || accepts(due - kMaxCarrierSockets));
  }
}

void CheckHelperPacket(Bytes bytes, std::size_t handles,
                       std::size_t descriptors) {
  const HandleEntry first = {.kind = HandleKind::kSender, .sender_hint = 5};
  std::vector<HandleEntry> entries = {first};
  const absl::Status status =
      DecodeHelperPacket(bytes, handles, descriptors, entries);
  RequireOkOrDataLoss(status);
  IPC_CHANNEL_REQUIRE(entries.front() == first);
  if (!status.ok()) return;
  const auto added = std::span(entries).subspan(1);
  IPC_CHANNEL_REQUIRE(added.size() == handles);
  IPC_CHANNEL_REQUIRE(DescriptorsOf(added) == descriptors);
  RequireEncodesTo(added, bytes);
}

void Check(FuzzInput input) {
  constexpr std::array<MessageLimits, 5> kLimits = {
      MessageLimits{},
      {.bytes = 0},
      {.bytes = 1000, .handles = 3},
      {.bytes = kMaxInlineBytes},
      {.bytes = std::numeric_limits<std::size_t>::max(), .handles = 500}};
  const std::size_t descriptors = input.U8();
  const MessageLimits& limits = kLimits[input.Below(kLimits.size())];
  const std::size_t handles = input.U8();
  const Bytes bytes = input.Rest();
  const absl::StatusOr<std::size_t> due = DescriptorsDue(bytes, limits);
  RequireOkOrDataLoss(due.status());
  CheckDecodePacket(bytes, descriptors, limits, due);
  if (due.ok()) CheckCompletion(bytes, limits, *due);
  CheckHelperPacket(bytes, handles, descriptors);
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  ipc_channel::transport::unix_backend::Check({data, size});
  return 0;
}
