#include "ipc_channel/transport/mach/incoming_message.h"

#include <mach/mach.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::ScopedAllocationFailure;

std::vector<std::byte> SimpleMessage() {
  RawMessage message;
  message.AddRecord(HandleKind::kSharedMemory);
  message.AddRecord(HandleKind::kMutableMemory);
  message.payload = BytesOf("a payload of some bytes");
  return message.Bytes(MACH_PORT_NULL);
}

// As the kernel gives it: with true bits and a true size, in memory that ends
// where the message does.
class Received {
 public:
  explicit Received(std::span<const std::byte> bytes)
      : memory_(new std::byte[bytes.size()]) {
    std::memcpy(memory_.get(), bytes.data(), bytes.size());
    header().msgh_bits = MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND);
    header().msgh_size = static_cast<mach_msg_size_t>(bytes.size());
    header().msgh_remote_port = MACH_PORT_NULL;
  }
  mach_msg_header_t& header() {
    return *reinterpret_cast<mach_msg_header_t*>(memory_.get());
  }

 private:
  const std::unique_ptr<std::byte[]> memory_;
};

void ExpectWithin(const IncomingMessage& message, std::size_t size) {
  EXPECT_LE(message.payload_at(), size);
  EXPECT_LE(message.prelude().payload_bytes, size - message.payload_at());
  EXPECT_EQ(message.records().size(), message.prelude().handle_count);
}

TEST(IncomingMessageTest, EveryTruncationIsRefused) {
  const std::vector<std::byte> whole = SimpleMessage();
  IncomingMessage message;
  for (std::size_t size = sizeof(mach_msg_header_t); size < whole.size();
       size += sizeof(natural_t)) {
    Received cut{std::span(whole).first(size)};
    EXPECT_TRUE(absl::IsDataLoss(message.Take(cut.header()))) << size;
  }
  Received all(whole);
  EXPECT_OK(message.Take(all.header()));
  ExpectWithin(message, whole.size());
}

TEST(IncomingMessageTest, AnyChangeIsRefusedOrStaysWithinTheMessage) {
  std::minstd_rand random(47);
  IncomingMessage message;
  int taken = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> bytes = SimpleMessage();
    for (std::uint32_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t from = sizeof(mach_msg_header_t);
      bytes[from + random() % (bytes.size() - from)] =
          static_cast<std::byte>(random());
    }
    bytes.resize(bytes.size() - random() % 3 * sizeof(natural_t));
    Received received(bytes);
    const absl::Status status = message.Take(received.header());
    ASSERT_TRUE(status.ok() || absl::IsDataLoss(status)) << status;
    if (!status.ok()) continue;
    ++taken;
    ExpectWithin(message, bytes.size());
  }
  EXPECT_GT(taken, 0);
}

TEST(IncomingMessageTest, RandomBytesAreRefused) {
  std::minstd_rand random(11);
  IncomingMessage message;
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::byte> bytes(sizeof(mach_msg_header_t) +
                                 random() % 100 * sizeof(natural_t));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    Received received(bytes);
    received.header().msgh_id = kMessageId;
    EXPECT_TRUE(absl::IsDataLoss(message.Take(received.header())));
  }
}

// Rights that came are owned even if there is no memory to say so.
TEST(IncomingMessageTest, NothingIsLeftWithoutMemory) {
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receive(port);
  const SendRight send(port);
  const mach_port_name_t mine = NewRawPort();
  const ReceiveRight receive_mine(mine);
  const SendRight send_mine(mine);
  const RightsTo before = RightsToPort(mine);
  const std::vector<std::byte> memory(1 << 16);
  bool failed = true;
  for (std::uint64_t successes = 0; failed; ++successes) {
    RawMessage attack;
    for (int i = 0; i < 3; ++i) {
      attack.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND);
    }
    attack.AddMemory(memory, memory.size());
    ASSERT_EQ(attack.SendTo(port), MACH_MSG_SUCCESS);
    std::vector<std::byte> buffer(4096);
    auto* header = reinterpret_cast<mach_msg_header_t*>(buffer.data());
    ASSERT_EQ(mach_msg(header, MACH_RCV_MSG, 0,
                       static_cast<mach_msg_size_t>(buffer.size()), port, 0,
                       MACH_PORT_NULL),
              MACH_MSG_SUCCESS);
    IncomingMessage message;
    {
      const ScopedAllocationFailure failure(
          successes, ScopedAllocationFailure::How::kOnce);
      try {
        message.Take(*header).IgnoreError();
      } catch (const std::bad_alloc&) {
      }
      failed = failure.happened();
    }
    message.Clear();
    EXPECT_TRUE(RightsToPort(mine) == before) << successes;
  }
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
