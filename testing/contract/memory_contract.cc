#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::CreateReadOnlyMemory;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::MutableMemory;
using ::ipc_channel::transport::ReadOnlyMemory;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::SharedMemory;
using ::ipc_channel::transport::WriterAndMemory;

TEST_P(TransportContractTest, EveryHolderWritesTheSameMutableMemory) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(MutableMemory memory, MutableMemory::Create(300'000));
  ASSERT_OK(memory.CopyIn(299'990, Bytes("before")));
  ASSERT_OK(sender.Send({}, Lend(memory, memory)));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 2u);
  const MutableMemory first = Take<MutableMemory>(message, 0);
  const MutableMemory second = Take<MutableMemory>(message, 1);
  message.Clear();
  ASSERT_EQ(first.size(), 300'000u);
  EXPECT_EQ(Text(first.bytes().subspan(299'990, 6)), "before");
  ASSERT_OK(memory.CopyIn(0, Bytes("maker")));
  ASSERT_OK(second.CopyIn(5, Bytes("receiver")));
  EXPECT_EQ(Text(first.bytes().first(13)), "makerreceiver");
  EXPECT_EQ(Text(memory.bytes().first(13)), "makerreceiver");
  memory = MutableMemory();
  ASSERT_OK(first.CopyIn(0, Bytes("after")));
  EXPECT_EQ(Text(second.bytes().first(5)), "after");
}

TEST_P(TransportContractTest, WriterIsSeenThroughEveryReadOnlyMemory) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(WriterAndMemory made, CreateReadOnlyMemory(300'000));
  ASSERT_OK(made.writer.CopyIn(299'990, Bytes("before")));
  ASSERT_OK(sender.Send({}, Lend(made.memory, made.memory)));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 2u);
  const ReadOnlyMemory first = Take<ReadOnlyMemory>(message, 0);
  const ReadOnlyMemory second = Take<ReadOnlyMemory>(message, 1);
  message.Clear();
  made.memory = ReadOnlyMemory();
  ASSERT_EQ(first.size(), 300'000u);
  EXPECT_EQ(Text(first.bytes().subspan(299'990, 6)), "before");
  ASSERT_OK(made.writer.CopyIn(0, Bytes("later")));
  EXPECT_EQ(Text(first.bytes().first(5)), "later");
  made.writer = {};
  EXPECT_EQ(Text(second.bytes().first(5)), "later");
}

TEST_P(TransportContractTest, EmptyMemoryOfEveryKindTravelsAmongOthers) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const MutableMemory full, MutableMemory::Create(1));
  const MutableMemory no_mutable;
  const ReadOnlyMemory no_read_only;
  const SharedMemory no_shared;
  ASSERT_OK(sender.Send(
      {}, Lend(no_read_only, no_mutable, full, no_shared, no_mutable, sender)));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 6u);
  EXPECT_EQ(Take<ReadOnlyMemory>(message, 0).region(), nullptr);
  EXPECT_EQ(Take<MutableMemory>(message, 1).region(), nullptr);
  EXPECT_EQ(Take<MutableMemory>(message, 2).size(), 1u);
  EXPECT_EQ(Take<SharedMemory>(message, 3).region(), nullptr);
  EXPECT_EQ(Take<MutableMemory>(message, 4).region(), nullptr);
  EXPECT_TRUE(AreConnected(Take<Sender>(message, 5), receiver));
}

TEST_P(TransportContractTest, ReceivedMemoryCanBeSentOn) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory, MutableMemory::Create(8));
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory made, CreateReadOnlyMemory(8));
  ASSERT_OK(sender.Send({}, Lend(memory, made.memory)));
  Message message;
  for (int hop = 0; hop < 3; ++hop) {
    ASSERT_OK(receiver.Receive(message, Soon()));
    const MutableMemory writable = Take<MutableMemory>(message, 0);
    const ReadOnlyMemory read_only = Take<ReadOnlyMemory>(message, 1);
    ASSERT_OK(sender.Send({}, Lend(writable, read_only)));
  }
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_OK(made.writer.CopyIn(0, Bytes("one")));
  EXPECT_EQ(Text(Take<ReadOnlyMemory>(message, 1).bytes().first(3)), "one");
  ASSERT_OK(Take<MutableMemory>(message, 0).CopyIn(0, Bytes("two")));
  EXPECT_EQ(Text(memory.bytes().first(3)), "two");
}

// As a test of each kind needs it: some memory, not empty.
struct AllKinds {
  SharedMemory shared = SharedMemory::CopyOf(Bytes("block")).value();
  MutableMemory writable = MutableMemory::Create(5).value();
  ReadOnlyMemory read_only = CreateReadOnlyMemory(5).value().memory;

  std::vector<HandleRef> Moving() {
    return {HandleRef::Moving(shared), HandleRef::Moving(writable),
            HandleRef::Moving(read_only)};
  }
  std::vector<std::size_t> Sizes() const {
    return {shared.bytes().size(), writable.size(), read_only.size()};
  }
};

TEST_P(TransportContractTest, MovedMemoryIsGoneOnceItIsSent) {
  auto [sender, receiver] = NewChannel();
  AllKinds memory;
  ASSERT_OK(sender.Send({}, memory.Moving()));
  EXPECT_EQ(memory.Sizes(), (std::vector<std::size_t>{0, 0, 0}));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 3u);
  EXPECT_EQ(Text(Take<SharedMemory>(message, 0).bytes()), "block");
  EXPECT_EQ(Take<MutableMemory>(message, 1).size(), 5u);
  EXPECT_EQ(Take<ReadOnlyMemory>(message, 2).size(), 5u);
}

TEST_P(TransportContractTest, FailedSendLeavesMemoryWithTheCaller) {
  const std::vector<std::size_t> whole = {5, 5, 5};
  auto [sender, receiver] = NewChannel();
  AllKinds memory;
  for (const HandleRef& twice : memory.Moving()) {
    std::vector<HandleRef> handles = memory.Moving();
    handles.push_back(twice);
    EXPECT_THAT(sender.Send({}, handles),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(memory.Sizes(), whole);
  }
  ASSERT_OK(Fill(sender));
  EXPECT_THAT(sender.Send({}, memory.Moving(), absl::InfinitePast()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(memory.Sizes(), whole);
  receiver = Receiver();
  EXPECT_THAT(sender.Send({}, memory.Moving()),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(memory.Sizes(), whole);
  ASSERT_OK(memory.writable.CopyIn(0, Bytes("still")));
  EXPECT_EQ(Text(memory.writable.bytes()), "still");
}

}  // namespace
}  // namespace ipc_channel_testing
