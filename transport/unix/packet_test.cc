#include "ipc_channel/transport/unix/packet.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr absl::StatusCode kMalformed = absl::StatusCode::kDataLoss;

std::vector<std::byte> ToBytes(std::initializer_list<int> numbers) {
  std::vector<std::byte> bytes;
  for (const int number : numbers) {
    bytes.push_back(static_cast<std::byte>(number));
  }
  return bytes;
}

// Of payloads, in bytes.
constexpr std::size_t kLimit = std::size_t{1} << 20;
constexpr MessageLimits kLimits = {.bytes = kLimit};

std::vector<std::byte> Encoded(const PacketHeader& header) {
  std::array<std::byte, kPacketHeaderBytes> out;
  EncodeHeader(header, out);
  return {out.begin(), out.end()};
}

std::vector<std::byte> Encoded(const HandleEntry& entry) {
  std::array<std::byte, kHandleEntryBytes> out;
  EncodeEntry(entry, out);
  return {out.begin(), out.end()};
}

absl::StatusOr<DecodedPacket> Decode(std::span<const std::byte> packet,
                                     std::size_t descriptors) {
  DecodedPacket decoded;
  absl::Status status = DecodePacket(packet, descriptors, kLimits, decoded);
  if (!status.ok()) return status;
  return decoded;
}

// A packet with one handle of each kind, empty shared memory and 3 bytes; it
// needs 4 descriptors.
std::vector<std::byte> ExamplePacket() {
  return ToBytes({
      0x49, 0x43, 1, 0, 5, 0, 0,   0,   3,   0, 0,    0,    0,    0,    0,
      0,    1,    0, 0, 0, 0, 0,   0,   0,   9, 8,    7,    6,    5,    4,
      3,    0xF2, 3, 0, 0, 0, 0,   0,   0,   0, 0x88, 0x77, 0x66, 0x55, 0x44,
      0x33, 0,    0, 2, 0, 0, 0,   0,   0,   0, 0,    0,    0,    0,    0,
      0,    0,    0, 0, 3, 0, 0,   0,   0,   0, 0,    0,    0,    0,    0,
      0,    0,    0, 0, 0, 4, 0,   0,   0,   0, 0,    0,    0,    0,    0,
      0,    0,    0, 0, 0, 0, 'a', 'b', 'c',
  });
}
constexpr std::size_t kExampleDescriptors = 4;

TEST(PacketTest, HeaderIsLaidOutAsDocumented) {
  EXPECT_THAT(Encoded(PacketHeader{}),
              ElementsAreArray(ToBytes(
                  {0x49, 0x43, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
  EXPECT_THAT(
      Encoded(PacketHeader{.payload_in_object = true,
                           .handle_count = 0x01020304,
                           .payload_bytes = 0x1122334455667788}),
      ElementsAreArray(ToBytes({0x49, 0x43, 1, 1, 4, 3, 2, 1, 0x88, 0x77, 0x66,
                                0x55, 0x44, 0x33, 0x22, 0x11})));
  EXPECT_THAT(
      Encoded(PacketHeader{.handles_in_helper = true, .handle_count = 0x0400}),
      ElementsAreArray(
          ToBytes({0x49, 0x43, 1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
  EXPECT_THAT(Encoded(PacketHeader{.payload_in_object = true,
                                   .handles_in_helper = true,
                                   .handle_count = 253,
                                   .payload_bytes = 1}),
              ElementsAreArray(ToBytes(
                  {0x49, 0x43, 1, 3, 253, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})));
  EXPECT_THAT(
      Encoded(PacketHeader{
          .payload_in_carrier = true, .handle_count = 2, .payload_bytes = 7}),
      ElementsAreArray(
          ToBytes({0x49, 0x43, 1, 4, 2, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0})));
}

TEST(PacketTest, EntryIsLaidOutAsDocumented) {
  EXPECT_THAT(Encoded(HandleEntry{.kind = HandleKind::kSharedMemory,
                                  .memory_bytes = 0x1122334455667788}),
              ElementsAreArray(ToBytes({3, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x77,
                                        0x66, 0x55, 0x44, 0x33, 0x22, 0x11})));
  EXPECT_THAT(Encoded(HandleEntry{.kind = HandleKind::kSharedMemory,
                                  .memory_bytes = 0x0102,
                                  .memory_in_carrier = true}),
              ElementsAreArray(
                  ToBytes({3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0})));
  EXPECT_THAT(Encoded(HandleEntry{.kind = HandleKind::kSender,
                                  .sender_hint = 0xF122334455667788}),
              ElementsAreArray(ToBytes({1, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x77,
                                        0x66, 0x55, 0x44, 0x33, 0x22, 0xF1})));
  EXPECT_THAT(Encoded(HandleEntry{.kind = HandleKind::kMutableMemory,
                                  .memory_bytes = 0x112233}),
              ElementsAreArray(ToBytes(
                  {5, 0, 0, 0, 0, 0, 0, 0, 0x33, 0x22, 0x11, 0, 0, 0, 0, 0})));
  EXPECT_THAT(Encoded(HandleEntry{.kind = HandleKind::kReadOnlyMemory,
                                  .memory_bytes = 0x112233}),
              ElementsAreArray(ToBytes(
                  {6, 0, 0, 0, 0, 0, 0, 0, 0x33, 0x22, 0x11, 0, 0, 0, 0, 0})));
  EXPECT_THAT(Encoded(HandleEntry{.kind = HandleKind::kReceiver}),
              ElementsAreArray(
                  ToBytes({2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
}

TEST(PacketTest, PacketIsReadAsDocumented) {
  ASSERT_OK_AND_ASSIGN(const DecodedPacket packet,
                       Decode(ExamplePacket(), kExampleDescriptors));
  EXPECT_EQ(packet.header,
            (PacketHeader{.handle_count = 5, .payload_bytes = 3}));
  EXPECT_THAT(packet.entries,
              ElementsAre(HandleEntry{.kind = HandleKind::kSender,
                                      .sender_hint = 0xF203040506070809},
                          HandleEntry{.kind = HandleKind::kSharedMemory,
                                      .memory_bytes = 0x334455667788},
                          HandleEntry{.kind = HandleKind::kReceiver},
                          HandleEntry{.kind = HandleKind::kSharedMemory},
                          HandleEntry{.kind = HandleKind::kDescriptor}));
  EXPECT_EQ(packet.payload_offset, kPacketHeaderBytes + 5 * kHandleEntryBytes);
}

TEST(PacketTest, EmptyMessageIsAHeader) {
  ASSERT_OK_AND_ASSIGN(const DecodedPacket packet,
                       Decode(Encoded(PacketHeader{}), 0));
  EXPECT_EQ(packet.header, PacketHeader{});
  EXPECT_TRUE(packet.entries.empty());
}

TEST(PacketTest, ObjectCountsAsADescriptor) {
  const std::vector<std::byte> packet =
      Encoded(PacketHeader{.payload_in_object = true, .payload_bytes = 100});
  EXPECT_THAT(Decode(packet, 1), IsOk());
  EXPECT_THAT(Decode(packet, 0), StatusIs(kMalformed));
  EXPECT_THAT(Decode(packet, 2), StatusIs(kMalformed));
}

TEST(PacketTest, CarrierOfThePayloadIsADescriptorInPlaceOfAnObject) {
  const auto decode = [](bool has_object, std::uint64_t bytes,
                         std::size_t descriptors) {
    return Decode(Encoded(PacketHeader{.payload_in_object = has_object,
                                       .payload_in_carrier = true,
                                       .payload_bytes = bytes}),
                  descriptors);
  };
  ASSERT_OK_AND_ASSIGN(const DecodedPacket packet, decode(false, kLimit, 1));
  EXPECT_TRUE(packet.header.payload_in_carrier);
  EXPECT_THAT(decode(false, kLimit + 1, 1), StatusIs(kMalformed));
  EXPECT_THAT(decode(false, 0, 1), StatusIs(kMalformed));
  EXPECT_THAT(decode(false, 9, 0), StatusIs(kMalformed));
  EXPECT_THAT(decode(false, 9, 2), StatusIs(kMalformed));
  EXPECT_THAT(decode(true, 9, 1), StatusIs(kMalformed));
  EXPECT_THAT(decode(true, 9, 2), StatusIs(kMalformed));
}

// A packet of one handle.
std::vector<std::byte> PacketWith(const HandleEntry& entry) {
  std::vector<std::byte> packet = Encoded(PacketHeader{.handle_count = 1});
  const std::vector<std::byte> bytes = Encoded(entry);
  packet.insert(packet.end(), bytes.begin(), bytes.end());
  return packet;
}

TEST(PacketTest, CarrierOfSharedMemoryIsWithinTheLimitAndForNothingElse) {
  const auto decode = [](HandleKind kind, std::uint64_t bytes) {
    return Decode(
        PacketWith(HandleEntry{
            .kind = kind, .memory_bytes = bytes, .memory_in_carrier = true}),
        1);
  };
  ASSERT_OK_AND_ASSIGN(
      const DecodedPacket packet,
      decode(HandleKind::kSharedMemory, kDefaultMaxMessageBytes));
  EXPECT_TRUE(packet.entries[0].memory_in_carrier);
  EXPECT_THAT(decode(HandleKind::kSharedMemory, kDefaultMaxMessageBytes + 1),
              StatusIs(kMalformed));
  EXPECT_THAT(decode(HandleKind::kSharedMemory, 0), StatusIs(kMalformed));
  for (const HandleKind kind :
       {HandleKind::kSender, HandleKind::kReceiver, HandleKind::kDescriptor}) {
    EXPECT_THAT(decode(kind, 0), StatusIs(kMalformed));
  }
  for (const HandleKind kind :
       {HandleKind::kMutableMemory, HandleKind::kReadOnlyMemory}) {
    EXPECT_THAT(decode(kind, 0), StatusIs(kMalformed));
    EXPECT_THAT(decode(kind, 9), StatusIs(kMalformed));
  }
}

TEST(PacketTest, OtherFlagsOfAHandleAreRefused) {
  std::vector<std::byte> packet = PacketWith(
      HandleEntry{.kind = HandleKind::kSharedMemory, .memory_bytes = 9});
  ASSERT_THAT(Decode(packet, 1), IsOk());
  for (int bit = 1; bit < 32; ++bit) {
    std::vector<std::byte> other = packet;
    other[kPacketHeaderBytes + 4 + static_cast<std::size_t>(bit) / 8] =
        std::byte{1} << (bit % 8);
    EXPECT_THAT(Decode(other, 1), StatusIs(kMalformed)) << bit;
  }
}

// A limit may be anything; sizes that wrap around must not pass for it.
TEST(PacketTest, NoLimitIsNoWayRoundTheSizeOfThePacket) {
  constexpr MessageLimits kNoLimit = {.bytes = ~std::size_t{0}};
  for (const std::uint32_t handles : {0, 1, 2, 252}) {
    for (std::uint64_t less = 1; less <= 5000; ++less) {
      const std::vector<std::byte> packet = Encoded(PacketHeader{
          .handle_count = handles, .payload_bytes = std::uint64_t{0} - less});
      DecodedPacket decoded;
      ASSERT_THAT(DecodePacket(packet, 0, kNoLimit, decoded),
                  StatusIs(kMalformed));
    }
  }
}

TEST(PacketTest, EveryTruncationIsRefused) {
  const std::vector<std::byte> packet = ExamplePacket();
  for (std::size_t size = 0; size < packet.size(); ++size) {
    for (std::size_t descriptors = 0; descriptors <= 5; ++descriptors) {
      EXPECT_THAT(Decode(std::span(packet).first(size), descriptors),
                  StatusIs(kMalformed))
          << size;
    }
  }
}

TEST(PacketTest, SuperfluousBytesAreRefused) {
  std::vector<std::byte> packet = ExamplePacket();
  for (int extra = 0; extra < 40; ++extra) {
    packet.push_back(std::byte{0});
    EXPECT_THAT(Decode(packet, kExampleDescriptors), StatusIs(kMalformed));
  }
}

TEST(PacketTest, EveryOtherNumberOfDescriptorsIsRefused) {
  for (std::size_t descriptors = 0; descriptors <= 300; ++descriptors) {
    EXPECT_THAT(Decode(ExamplePacket(), descriptors),
                descriptors == kExampleDescriptors
                    ? ::testing::Matcher<absl::StatusOr<DecodedPacket>>(IsOk())
                    : StatusIs(kMalformed));
  }
}

// What a decoded packet of a known size must look like whatever the bytes.
void ExpectConsistent(const DecodedPacket& packet, std::size_t bytes) {
  EXPECT_LE(packet.header.payload_bytes, kLimit);
  EXPECT_EQ(packet.entries.size(), packet.header.handle_count);
  EXPECT_EQ(
      packet.payload_offset,
      kPacketHeaderBytes + packet.header.handle_count * kHandleEntryBytes);
  EXPECT_EQ(
      packet.payload_offset +
          (packet.header.payload_in_object ? 0 : packet.header.payload_bytes),
      bytes);
  for (const HandleEntry& entry : packet.entries) {
    EXPECT_TRUE(IsMemory(entry.kind) || entry.memory_bytes == 0);
    EXPECT_TRUE(entry.kind == HandleKind::kSender || entry.sender_hint == 0);
  }
}

TEST(PacketTest, EveryMutationOfAByteIsRefusedOrConsistent) {
  const std::vector<std::byte> original = ExamplePacket();
  int accepted = 0;
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::vector<std::byte> packet = original;
      packet[at] = static_cast<std::byte>(value);
      for (std::size_t descriptors = 3; descriptors <= 5; ++descriptors) {
        const absl::StatusOr<DecodedPacket> decoded =
            Decode(packet, descriptors);
        EXPECT_THAT(decoded.status().code(),
                    AnyOf(absl::StatusCode::kOk, kMalformed));
        if (!decoded.ok()) continue;
        ExpectConsistent(*decoded, original.size());
        ++accepted;
      }
    }
  }
  EXPECT_GT(accepted, 0);
}

// All but the kind, the size of shared memory, the hint of a sender and the
// payload stand for one thing only.
TEST(PacketTest, MutationOfTheHeaderOrAReservedByteIsRefused) {
  const std::vector<std::byte> original = ExamplePacket();
  for (std::size_t at = 0; at < original.size() - 3; ++at) {
    const bool is_fixed =
        at < kPacketHeaderBytes || at % kHandleEntryBytes >= 4;
    const std::size_t entry = at / kHandleEntryBytes;
    const bool is_size_or_hint =
        at % kHandleEntryBytes >= 8 && (entry == 1 || entry == 2 || entry == 4);
    if (!is_fixed || is_size_or_hint) continue;
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> packet = original;
      packet[at] ^= static_cast<std::byte>(1 << bit);
      EXPECT_THAT(Decode(packet, kExampleDescriptors), StatusIs(kMalformed))
          << "bit " << bit << " of byte " << at;
    }
  }
}

TEST(PacketTest, OnlyKnownKindsAreRead) {
  for (const std::uint32_t kind : {0u, 7u, 0x101u, 0x80000001u, ~0u}) {
    std::vector<std::byte> packet = Encoded(PacketHeader{.handle_count = 1});
    const std::vector<std::byte> entry =
        Encoded(HandleEntry{.kind = static_cast<HandleKind>(kind)});
    packet.insert(packet.end(), entry.begin(), entry.end());
    EXPECT_THAT(Decode(packet, 1), StatusIs(kMalformed)) << kind;
  }
}

// A packet of one handle.
std::vector<std::byte> PacketOf(const HandleEntry& entry) {
  std::vector<std::byte> packet = Encoded(PacketHeader{.handle_count = 1});
  const std::vector<std::byte> bytes = Encoded(entry);
  packet.insert(packet.end(), bytes.begin(), bytes.end());
  return packet;
}

TEST(PacketTest, MemoryOfEveryKindHasADescriptorUnlessItIsEmpty) {
  for (const HandleKind kind :
       {HandleKind::kSharedMemory, HandleKind::kMutableMemory,
        HandleKind::kReadOnlyMemory}) {
    for (const std::uint64_t size : {0, 1, 1 << 30}) {
      const HandleEntry entry = {.kind = kind, .memory_bytes = size};
      const std::size_t due = size == 0 ? 0 : 1;
      ASSERT_OK_AND_ASSIGN(const DecodedPacket packet,
                           Decode(PacketOf(entry), due));
      EXPECT_THAT(packet.entries, ElementsAre(entry));
      EXPECT_THAT(Decode(PacketOf(entry), 1 - due), StatusIs(kMalformed));
    }
  }
}

TEST(PacketTest, MutableMemoryIsWithinTheLimit) {
  for (const std::uint64_t size : {std::uint64_t{kMaxMutableMemoryBytes} + 1,
                                   std::uint64_t{1} << 47, ~std::uint64_t{0}}) {
    EXPECT_THAT(Decode(PacketOf({.kind = HandleKind::kMutableMemory,
                                 .memory_bytes = size}),
                       1),
                StatusIs(kMalformed));
  }
}

TEST(PacketTest, AsManyHandlesAsOnePacketCarriesAreRead) {
  for (const std::uint32_t excess : {0u, 1u}) {
    const std::uint32_t count = kMaxPacketHandles + excess;
    std::vector<std::byte> packet =
        Encoded(PacketHeader{.handle_count = count});
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::vector<std::byte> entry = Encoded(HandleEntry{});
      packet.insert(packet.end(), entry.begin(), entry.end());
    }
    EXPECT_EQ(Decode(packet, count).ok(), excess == 0);
  }
}

TEST(PacketTest, HelperIsForManyHandlesOnlyAndADescriptor) {
  const auto decode = [](std::size_t handles, std::size_t descriptors,
                         bool has_object = false) {
    return Decode(Encoded(PacketHeader{
                      .payload_in_object = has_object,
                      .handles_in_helper = true,
                      .handle_count = static_cast<std::uint32_t>(handles),
                      .payload_bytes = has_object ? 100u : 0u}),
                  descriptors);
  };
  for (const std::size_t handles :
       {kMaxPacketHandles + 1, kMaxMessageHandles}) {
    ASSERT_OK_AND_ASSIGN(const DecodedPacket packet, decode(handles, 1));
    EXPECT_TRUE(packet.header.handles_in_helper);
    EXPECT_TRUE(packet.entries.empty());
    EXPECT_EQ(packet.payload_offset, kPacketHeaderBytes);
    EXPECT_THAT(decode(handles, 0), StatusIs(kMalformed));
    EXPECT_THAT(decode(handles, 2), StatusIs(kMalformed));
    EXPECT_THAT(decode(handles, 2, /*has_object=*/true), IsOk());
    EXPECT_THAT(decode(handles, 1, /*has_object=*/true), StatusIs(kMalformed));
  }
  EXPECT_THAT(decode(0, 1), StatusIs(kMalformed));
  EXPECT_THAT(decode(kMaxPacketHandles, 1), StatusIs(kMalformed));
  EXPECT_THAT(decode(kMaxMessageHandles + 1, 1), StatusIs(kMalformed));
}

TEST(PacketTest, HelperPacketIsEntriesOnly) {
  const std::vector<std::byte> example = ExamplePacket();
  const std::span<const std::byte> entries =
      std::span(example).subspan(kPacketHeaderBytes, 5 * kHandleEntryBytes);
  std::vector<HandleEntry> read;
  ASSERT_OK(DecodeHelperPacket(entries, 5, kExampleDescriptors, read));
  ASSERT_OK(DecodeHelperPacket(entries.first(kHandleEntryBytes), 1, 1, read));
  ASSERT_EQ(read.size(), 6u);
  EXPECT_EQ(read[1], (HandleEntry{.kind = HandleKind::kSharedMemory,
                                  .memory_bytes = 0x334455667788}));
  EXPECT_EQ(read[5], read[0]);
  for (const std::size_t descriptors : {0, 3, 5, 253}) {
    EXPECT_THAT(DecodeHelperPacket(entries, 5, descriptors, read),
                StatusIs(kMalformed));
  }
  for (const std::size_t handles : {0, 1, 4, 6, 252}) {
    EXPECT_THAT(DecodeHelperPacket(entries, handles, kExampleDescriptors, read),
                StatusIs(kMalformed));
  }
  for (std::size_t size = 0; size < entries.size(); ++size) {
    EXPECT_THAT(
        DecodeHelperPacket(entries.first(size), 5, kExampleDescriptors, read),
        StatusIs(kMalformed));
  }
}

TEST(PacketTest, DescriptorsDueAreReadFromTheBeginning) {
  const std::vector<std::byte> packet = ExamplePacket();
  EXPECT_THAT(DescriptorsDue(packet, kLimits),
              IsOkAndHolds(kExampleDescriptors));
  const std::size_t needed = kPacketHeaderBytes + 5 * kHandleEntryBytes;
  for (std::size_t size = 0; size < packet.size(); ++size) {
    EXPECT_EQ(DescriptorsDue(std::span(packet).first(size), kLimits).ok(),
              size >= needed);
  }
  EXPECT_THAT(DescriptorsDue(Encoded(PacketHeader{.payload_in_object = true,
                                                  .payload_bytes = 9}),
                             kLimits),
              IsOkAndHolds(1));
  EXPECT_THAT(DescriptorsDue(Encoded(PacketHeader{.handles_in_helper = true,
                                                  .handle_count = 300}),
                             kLimits),
              IsOkAndHolds(301 + kMaxCarrierSockets));
  EXPECT_THAT(DescriptorsDue(Encoded(PacketHeader{.payload_in_carrier = true,
                                                  .payload_bytes = 9}),
                             kLimits),
              IsOkAndHolds(1 + kMaxCarrierSockets));
  EXPECT_THAT(
      DescriptorsDue(PacketWith(HandleEntry{.kind = HandleKind::kSharedMemory,
                                            .memory_bytes = 9,
                                            .memory_in_carrier = true}),
                     kLimits),
      IsOkAndHolds(1 + kMaxCarrierSockets));
}

TEST(PacketTest, LyingSizesAreRefusedWithoutOverflow) {
  for (const std::uint64_t size :
       {std::uint64_t{1}, std::uint64_t{kLimit}, std::uint64_t{kLimit} + 1,
        std::uint64_t{1} << 45, std::uint64_t{1} << 63, ~std::uint64_t{0},
        ~std::uint64_t{15}}) {
    for (const std::uint32_t handles : {0u, 1u, ~0u}) {
      EXPECT_THAT(Decode(Encoded(PacketHeader{.handle_count = handles,
                                              .payload_bytes = size}),
                         handles),
                  StatusIs(kMalformed));
    }
  }
}

TEST(PacketTest, MemoryInCarriersIsBoundedForAllOfAMessage) {
  const HandleEntry half = {.kind = HandleKind::kSharedMemory,
                            .memory_bytes = kDefaultMaxMessageBytes / 2,
                            .memory_in_carrier = true};
  const HandleEntry little = {.kind = HandleKind::kSharedMemory,
                              .memory_bytes = 1,
                              .memory_in_carrier = true};
  const HandleEntry object = {.kind = HandleKind::kSharedMemory,
                              .memory_bytes = kDefaultMaxMessageBytes};
  EXPECT_OK(CheckCarriedMemory({}));
  EXPECT_OK(CheckCarriedMemory(std::vector{half, object, half, object}));
  EXPECT_THAT(CheckCarriedMemory(std::vector{half, object, half, little}),
              StatusIs(kMalformed));
}

TEST(PacketTest, ObjectIsWithinTheLimitAndNotEmpty) {
  const auto decode = [](std::uint64_t size) {
    return Decode(
        Encoded(PacketHeader{.payload_in_object = true, .payload_bytes = size}),
        1);
  };
  EXPECT_THAT(decode(kLimit), IsOk());
  EXPECT_THAT(decode(kLimit + 1), StatusIs(kMalformed));
  EXPECT_THAT(decode(0), StatusIs(kMalformed));
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
