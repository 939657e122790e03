// Messages that lie: rows of docs/threat_model.md.

#include <mach/mach.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/hostile_fixture.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/raw_peer.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using HostileMessagesTest = HostileTest;

// The attacks differ from it by what they say.
TEST_F(HostileMessagesTest, WhatAPeerWritesByHandArrivesIfItIsRight) {
  RawMessage message;
  message.payload = BytesOf("by hand");
  ExpectAccepted(message);
  EXPECT_TRUE(std::ranges::equal(message_.payload(), BytesOf("by hand")));
}

// A message that the kernel has not marked as complex has bytes and no more:
// no name in it is a right, and no address is memory to be freed.
TEST_F(HostileMessagesTest, DescriptorsWithoutTheComplexBitAreBytes) {
  const mach_port_name_t mine = NewPort();
  std::vector<std::byte> memory(1 << 17, std::byte{7});
  RawMessage message;
  message.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_PORT_SEND)
      .AddMemory(memory, memory.size());
  message.is_complex = false;
  ExpectRefused(message);
  message_.Clear();
  for (const std::byte byte : memory) ASSERT_EQ(byte, std::byte{7});
}

TEST_F(HostileMessagesTest, HandlesWithoutDescriptorsAreRefused) {
  RawMessage message;
  message.AddRecord(HandleKind::kSender);
  ExpectRefused(message);
}

TEST_F(HostileMessagesTest, PayloadOutOfLineThatIsNotThereIsRefused) {
  RawMessage message;
  message.prelude.is_out_of_line = 1;
  message.prelude.payload_bytes = 1 << 20;
  ExpectRefused(message);
}

TEST_F(HostileMessagesTest, OtherIdsAreNoMessages) {
  for (const mach_msg_id_t id : {0, 1, -1, kMessageId + 1}) {
    RawMessage message;
    message.id = id;
    ExpectRefused(message);
  }
}

TEST_F(HostileMessagesTest, BareHeadersAreRefused) {
  RawMessage message;
  message.content.emplace();
  ExpectRefused(message);
}

TEST_F(HostileMessagesTest, ComplexMessagesWithoutDescriptorsAreRefused) {
  RawMessage message;
  message.is_complex = true;
  ExpectRefused(message);
}

TEST_F(HostileMessagesTest, SizesThatLieAreRefused) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t said :
       {std::uint64_t{1}, std::uint64_t{12}, std::uint64_t{20},
        std::uint64_t{1} << 32, kMost, kMost - 63, kMost - 64}) {
    RawMessage message;
    message.payload.resize(16);
    message.prelude.payload_bytes = said;
    SCOPED_TRACE(said);
    ExpectRefused(message);
  }
}

TEST_F(HostileMessagesTest, CountsThatLieAreRefused) {
  for (const std::uint32_t said :
       {std::uint32_t{1}, std::uint32_t{1024}, std::uint32_t{1025},
        std::uint32_t{1} << 28, std::numeric_limits<std::uint32_t>::max()}) {
    RawMessage message;
    message.prelude.handle_count = said;
    SCOPED_TRACE(said);
    ExpectRefused(message);
  }
}

TEST_F(HostileMessagesTest, OtherPreludesAreRefused) {
  RawMessage magic;
  magic.prelude.magic ^= 1;
  ExpectRefused(magic);
  RawMessage reserved;
  reserved.prelude.reserved = 1;
  ExpectRefused(reserved);
  RawMessage flag;
  flag.prelude.is_out_of_line = 2;
  ExpectRefused(flag);
}

TEST_F(HostileMessagesTest, PayloadOutOfLineOfAnotherSizeIsRefused) {
  const std::vector<std::byte> memory(1 << 17);
  for (const std::size_t said :
       {std::size_t{0}, memory.size() - 1, memory.size() + 1}) {
    RawMessage message;
    message.AddMemory(memory, said);
    message.payload = BytesOf("inline, too");
    message.prelude.payload_bytes = said;
    // What ContentOf() would fill in.
    if (said == 0) message.payload.resize(1);
    SCOPED_TRACE(said);
    ExpectRefused(message);
  }
}

TEST_F(HostileMessagesTest, PayloadOutOfLineThatIsNotSaidIsRefused) {
  const std::vector<std::byte> memory(1 << 17);
  RawMessage message;
  message.AddMemory(memory, memory.size());
  message.prelude.is_out_of_line = 0;
  message.payload.resize(32);
  ExpectRefused(message);
}

TEST_F(HostileMessagesTest, EmptyPayloadOutOfLineIsAnEmptyMessage) {
  RawMessage message;
  message.AddMemory({}, 0);
  ExpectAccepted(message);
  EXPECT_TRUE(message_.payload().empty());
}

TEST_F(HostileMessagesTest, PayloadsOverTheLimitAreRefused) {
  channel_.receiver.SetMaxMessageBytes(100);
  RawMessage small;
  small.payload.resize(101);
  ExpectRefused(small);
  const std::vector<std::byte> memory(1 << 17);
  RawMessage large;
  large.AddMemory(memory, memory.size());
  ExpectRefused(large);
}

TEST_F(HostileMessagesTest, MessagesLongerThanAnyAreRefused) {
  RawMessage message;
  message.payload.resize(kMaxMessageSize);
  ExpectRefused(message);
  message.AddHandle(HandleKind::kSender, NewPort(), MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(message);
}

TEST_F(HostileMessagesTest, InlinePayloadsOverOursAreTaken) {
  RawMessage message;
  message.payload.resize(kMaxInlineBytes + 16, std::byte{1});
  ExpectAccepted(message);
  EXPECT_EQ(message_.payload().size(), kMaxInlineBytes + 16);
}

// Nobody asked for an answer, and the way to one must not be kept.
TEST_F(HostileMessagesTest, ReplyPortsAreDropped) {
  const mach_port_name_t mine = NewPort();
  for (const mach_msg_type_name_t how :
       {MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND}) {
    RawMessage good;
    good.reply = mine;
    good.reply_disposition = how;
    std::vector<std::byte> bytes = good.Bytes(port_);
    auto* header = reinterpret_cast<mach_msg_header_t*>(bytes.data());
    EXPECT_EQ(::mach_msg(header, MACH_SEND_MSG, header->msgh_size, 0, 0, 0, 0),
              MACH_MSG_SUCCESS);
    EXPECT_OK(channel_.receiver.Receive(message_, Soon()));
    header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, how);
    header->msgh_remote_port = port_;
    header->msgh_local_port = mine;
    header->msgh_id = 1;
    EXPECT_EQ(::mach_msg(header, MACH_SEND_MSG, header->msgh_size, 0, 0, 0, 0),
              MACH_MSG_SUCCESS);
    ExpectDataLoss();
  }
  ExpectGood();
}

// Row by row what a message of ours could be cut to.
TEST_F(HostileMessagesTest, EveryTruncationIsRefused) {
  RawMessage whole;
  whole.AddRecord(HandleKind::kSharedMemory);
  whole.payload = BytesOf("sixteen letters.");
  const std::vector<std::byte> bytes = whole.Bytes(port_);
  for (std::size_t size = sizeof(mach_msg_header_t); size < bytes.size();
       size += sizeof(natural_t)) {
    RawMessage cut;
    cut.content.emplace(bytes.begin() + sizeof(mach_msg_header_t),
                        bytes.begin() + static_cast<std::ptrdiff_t>(size));
    SCOPED_TRACE(size);
    ExpectRefused(cut);
  }
}

// Whatever the bytes: taken or refused, and the channel goes on.
TEST_F(HostileMessagesTest, MutationsAreTakenOrRefused) {
  std::minstd_rand random(20);
  const std::vector<std::byte> memory(1 << 17);
  for (int round = 0; round < 300; ++round) {
    RawMessage message;
    const mach_port_name_t mine = port_;
    message.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND);
    message.AddRecord(HandleKind::kMutableMemory);
    if (round % 3 == 0) {
      message.AddMemory(memory, memory.size());
    } else {
      message.payload = BytesOf("some payload");
    }
    const std::vector<std::byte> bytes = message.Bytes(port_);
    const std::size_t head = sizeof(mach_msg_header_t) +
                             sizeof(mach_msg_body_t) +
                             message.descriptors.size();
    message.content.emplace(bytes.begin() + static_cast<std::ptrdiff_t>(head),
                            bytes.end());
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < changes; ++i) {
      (*message.content)[random() % message.content->size()] =
          static_cast<std::byte>(random());
    }
    ASSERT_EQ(message.SendTo(port_), MACH_MSG_SUCCESS);
    const absl::Status status = channel_.receiver.Receive(message_, Soon());
    ASSERT_TRUE(status.ok() || absl::IsDataLoss(status)) << status;
  }
  ExpectGood();
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
