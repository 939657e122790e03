// Messages that are dropped unread leave nothing mapped.

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::CountMappedObjects;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Soon;

class DroppedMessageTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
    ASSERT_OK(pair);
    pair_ = *std::move(pair);
  }

  // A message that is mapped when it is received: payload and three handles.
  void SendMuch() {
    absl::StatusOr<SharedMemory> block = SharedMemory::CopyOf(Pattern(5'000));
    ASSERT_OK(block);
    ASSERT_OK(pair_.sender.Send(Pattern(100'000),
                                std::vector<HandleRef>(3, *block), Soon()));
  }

  ChannelPair pair_;
};

TEST_F(DroppedMessageTest, ReceivedOneIsMappedUntilItIsDropped) {
  const std::size_t before = CountMappedObjects();
  SendMuch();
  EXPECT_EQ(CountMappedObjects(), before);
  {
    Message message;
    ASSERT_OK(pair_.receiver.Receive(message, Soon()));
    EXPECT_EQ(CountMappedObjects(), before + 4);
  }
  EXPECT_EQ(CountMappedObjects(), before);
}

TEST_F(DroppedMessageTest, KeptPayloadCostsNoDescriptor) {
  ASSERT_OK(pair_.sender.Send(Pattern(100'000), Soon()));
  Message message;
  ASSERT_OK(pair_.receiver.Receive(message, Soon()));
  message.Clear();
  const FdLeakCheck descriptors;
  ASSERT_OK(pair_.sender.Send(Pattern(100'000), Soon()));
  ASSERT_OK(pair_.receiver.Receive(message, Soon()));
  ASSERT_OK_AND_ASSIGN(const Message kept, message.TakePayload());
  EXPECT_TRUE(Holds(kept, Pattern(100'000)));
  EXPECT_TRUE(descriptors.NoLeak());
}

TEST_F(DroppedMessageTest, ManyInTurnLeaveNothing) {
  const std::size_t before = CountMappedObjects();
  Message message;
  for (int i = 0; i < 200; ++i) {
    SendMuch();
    ASSERT_OK(pair_.receiver.Receive(message, Soon()));
  }
  EXPECT_THAT(pair_.receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_EQ(CountMappedObjects(), before);
}

TEST_F(DroppedMessageTest, NeverReceivedOnesLeaveNothing) {
  const std::size_t before = CountMappedObjects();
  for (int i = 0; i < 20; ++i) SendMuch();
  pair_.receiver = Receiver();
  EXPECT_EQ(CountMappedObjects(), before);
}

}  // namespace
}  // namespace ipc_channel::transport
