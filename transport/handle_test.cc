#include "ipc_channel/transport/handle.h"

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::StatusIs;
using ::testing::HasSubstr;

// Many may send; one receives, from one thread at a time.
TEST(EndsTest, SendersAreCopiedAndReceiversOnlyMoved) {
  EXPECT_TRUE(std::is_copy_constructible_v<Sender>);
  EXPECT_TRUE(std::is_copy_assignable_v<Sender>);
  EXPECT_FALSE(std::is_copy_constructible_v<Receiver>);
  EXPECT_FALSE(std::is_copy_assignable_v<Receiver>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<Receiver>);
  // Receiving is no const operation, sending is.
  EXPECT_FALSE((std::is_invocable_v<decltype(&Receiver::TryReceive),
                                    const Receiver&, Message&>));
}

TEST(HandleTest, KindIsThatOfTheObjectLent) {
  const Sender sender;
  Receiver receiver;
  const SharedMemory memory;
  UniqueFd descriptor;
  const MutableMemory writable;
  const ReadOnlyMemory read_only;
  EXPECT_EQ(HandleRef(sender).kind(), HandleKind::kSender);
  EXPECT_EQ(HandleRef(receiver).kind(), HandleKind::kReceiver);
  EXPECT_EQ(HandleRef(memory).kind(), HandleKind::kSharedMemory);
  EXPECT_EQ(HandleRef(descriptor).kind(), HandleKind::kDescriptor);
  EXPECT_EQ(HandleRef(writable).kind(), HandleKind::kMutableMemory);
  EXPECT_EQ(HandleRef(read_only).kind(), HandleKind::kReadOnlyMemory);
}

// The wire format and HandleRef::kind() rely on it.
TEST(HandleTest, AlternativesAreInTheOrderOfTheKinds) {
  const auto index_of = [](HandleKind kind) {
    return static_cast<std::size_t>(kind);
  };
  EXPECT_EQ(Handle(Sender()).index(), index_of(HandleKind::kSender));
  EXPECT_EQ(Handle(Receiver()).index(), index_of(HandleKind::kReceiver));
  EXPECT_EQ(Handle(SharedMemory()).index(),
            index_of(HandleKind::kSharedMemory));
  EXPECT_EQ(Handle(UniqueFd()).index(), index_of(HandleKind::kDescriptor));
  EXPECT_EQ(Handle(MutableMemory()).index(),
            index_of(HandleKind::kMutableMemory));
  EXPECT_EQ(Handle(ReadOnlyMemory()).index(),
            index_of(HandleKind::kReadOnlyMemory));
}

TEST(HandleTest, EmptyObjectsHaveNoDescriptor) {
  const Sender sender;
  Receiver receiver;
  const SharedMemory memory;
  UniqueFd descriptor;
  const MutableMemory writable;
  const ReadOnlyMemory read_only;
  for (const HandleRef& handle : std::vector<HandleRef>{
           sender, receiver, memory, descriptor, writable, read_only}) {
    EXPECT_FALSE(handle.descriptor().valid());
  }
}

TEST(HandleTest, TakeConsumesReceiversAndDescriptors) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  Pipe pipe = NewPipe();
  const int number = pipe.read_end.get();
  Handle receiver = HandleRef(pair.receiver).Take();
  const Handle descriptor = HandleRef(pipe.read_end).Take();
  EXPECT_FALSE(pair.receiver.valid());
  EXPECT_FALSE(pipe.read_end.valid());
  EXPECT_EQ(std::get<UniqueFd>(descriptor).get(), number);
  EXPECT_TRUE(AreConnected(pair.sender, std::get<Receiver>(receiver)));
}

TEST(HandleTest, TakeSharesSendersAndMemory) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Bytes("block")));
  EXPECT_EQ(std::get<Sender>(HandleRef(pair.sender).Take()).lane(),
            pair.sender.lane());
  EXPECT_EQ(std::get<SharedMemory>(HandleRef(memory).Take()).region(),
            memory.region());
  EXPECT_TRUE(pair.sender.valid());
  ASSERT_OK_AND_ASSIGN(const MutableMemory writable, MutableMemory::Create(1));
  EXPECT_EQ(std::get<MutableMemory>(HandleRef(writable).Take()).region(),
            writable.region());
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory made, CreateReadOnlyMemory(1));
  EXPECT_EQ(std::get<ReadOnlyMemory>(HandleRef(made.memory).Take()).region(),
            made.memory.region());
}

TEST(CheckSendArgumentsTest, LimitsAreInclusive) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  const std::vector<HandleRef> many(kMaxMessageHandles, pair.sender);
  EXPECT_OK(CheckSendArguments(1000, many, {.bytes = 1000}));
  EXPECT_THAT(CheckSendArguments(1001, {}, {.bytes = 1000}),
              StatusIs(absl::StatusCode::kOutOfRange));
  const std::vector<HandleRef> more(kMaxMessageHandles + 1, pair.sender);
  EXPECT_THAT(CheckSendArguments(0, more, {}),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(CheckSendArgumentsTest, EmptyHandleIsNamed) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  Receiver empty;
  const absl::Status refused =
      CheckSendArguments(0, std::vector<HandleRef>{pair.sender, empty}, {});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("number 1, a receiver"));
}

TEST(CheckSendArgumentsTest, OnlyWhatIsSharedMayBeLentTwice) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  Pipe pipe = NewPipe();
  const SharedMemory memory;
  using Handles = std::vector<HandleRef>;
  EXPECT_OK(CheckSendArguments(
      {},
      Handles{memory, pair.sender, pair.receiver, pair.sender, memory,
              pipe.read_end, pipe.write_end},
      {}));
  for (const Handles& handles : {
           Handles{pair.receiver, pair.sender, pair.receiver},
           Handles{pipe.read_end, pipe.write_end, pipe.read_end},
       }) {
    EXPECT_THAT(CheckSendArguments(0, handles, {}),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace ipc_channel::transport
