// Ends whose type is erased and given back.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::Eq;
using ::testing::Property;

constexpr absl::StatusCode kWrongType = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kEmpty = absl::StatusCode::kFailedPrecondition;

static_assert(std::is_copy_constructible_v<OpaqueSender>);
static_assert(!std::is_copy_constructible_v<OpaqueReceiver>);
static_assert(serialize::Fingerprint<OpaqueSender>() !=
              serialize::Fingerprint<Sender<int>>());
static_assert(serialize::Fingerprint<OpaqueSender>() !=
              serialize::Fingerprint<OpaqueReceiver>());
static_assert(!serialize::kOwnsConsumableHandles<OpaqueSender>);
static_assert(serialize::kOwnsConsumableHandles<OpaqueReceiver>);

auto HasText(const char* text) {
  return Property(&Bytes::text, Eq(std::string(text)));
}

TEST(OpaqueSenderTest, IsASenderAgain) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
  OpaqueSender opaque = std::move(ends.sender).ToOpaque();
  EXPECT_FALSE(ends.sender.valid());
  EXPECT_TRUE(opaque.Is<int>());
  ASSERT_OK_AND_ASSIGN(Sender<int> sender, std::move(opaque).To<int>());
  EXPECT_FALSE(opaque.valid());
  ASSERT_OK(sender.Send(5));
  EXPECT_THAT(ends.receiver.Recv(), IsOkAndHolds(5));
  sender = {};
  EXPECT_TRUE(IsDisconnected(ends.receiver.Recv().status()));
}

TEST(OpaqueSenderTest, CopiesShareTheEnd) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
  const OpaqueSender opaque = ends.sender.ToOpaque();
  EXPECT_TRUE(ends.sender.valid());
  ASSERT_OK_AND_ASSIGN(const Sender<int> first, opaque.To<int>());
  ASSERT_OK_AND_ASSIGN(const Sender<int> second,
                       OpaqueSender(opaque).To<int>());
  ASSERT_OK(first.Send(1));
  ASSERT_OK(second.Send(2));
  ASSERT_OK(ends.sender.Send(3));
  for (const int i : {1, 2, 3}) {
    EXPECT_THAT(ends.receiver.Recv(), IsOkAndHolds(i));
  }
}

TEST(OpaqueSenderTest, AFailedCastLeavesItUsable) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
  OpaqueSender opaque = std::move(ends.sender).ToOpaque();
  EXPECT_FALSE(opaque.Is<std::string>());
  EXPECT_FALSE(opaque.Is<Bytes>());
  EXPECT_THAT(opaque.To<std::string>(), StatusIs(kWrongType));
  EXPECT_THAT(std::move(opaque).To<std::string>(), StatusIs(kWrongType));
  EXPECT_THAT(std::move(opaque).To<Bytes>(), StatusIs(kWrongType));
  ASSERT_OK_AND_ASSIGN(const Sender<int> sender, std::move(opaque).To<int>());
  ASSERT_OK(sender.Send(4));
  EXPECT_THAT(ends.receiver.Recv(), IsOkAndHolds(4));
}

TEST(OpaqueSenderTest, AnEmptyOneHasNoType) {
  EXPECT_FALSE(OpaqueSender().Is<int>());
  EXPECT_THAT(OpaqueSender().To<int>(), StatusIs(kEmpty));
  const OpaqueSender opaque = Sender<int>().ToOpaque();
  EXPECT_FALSE(opaque.Is<int>());
  EXPECT_THAT(opaque.To<int>(), StatusIs(kEmpty));
}

TEST(OpaqueSenderTest, OfBytesIsASenderOfBytesAgain) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  const OpaqueSender opaque = std::move(ends.sender).ToOpaque();
  EXPECT_TRUE(opaque.Is<Bytes>());
  EXPECT_THAT(opaque.To<std::vector<std::byte>>(), StatusIs(kWrongType));
  ASSERT_OK_AND_ASSIGN(const BytesSender sender, opaque.To<Bytes>());
  ASSERT_OK(sender.Send("raw"));
  EXPECT_THAT(ends.receiver.Recv(), IsOkAndHolds(HasText("raw")));
}

TEST(OpaqueReceiverTest, IsAReceiverAgainWithWhatIsQueued) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
  ASSERT_OK(ends.sender.Send(1));
  OpaqueReceiver opaque = std::move(ends.receiver).ToOpaque();
  EXPECT_FALSE(ends.receiver.valid());
  ASSERT_OK(ends.sender.Send(2));
  EXPECT_THAT(std::move(opaque).To<std::string>(), StatusIs(kWrongType));
  EXPECT_THAT(std::move(opaque).To<Bytes>(), StatusIs(kWrongType));
  EXPECT_TRUE(opaque.Is<int>());
  ASSERT_OK_AND_ASSIGN(Receiver<int> receiver, std::move(opaque).To<int>());
  EXPECT_FALSE(opaque.valid());
  EXPECT_THAT(std::move(opaque).To<int>(), StatusIs(kEmpty));
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(1));
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(2));
}

TEST(OpaqueReceiverTest, OfBytesIsAReceiverOfBytesAgain) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  ASSERT_OK(ends.sender.Send("raw"));
  OpaqueReceiver opaque = std::move(ends.receiver).ToOpaque();
  EXPECT_THAT(std::move(opaque).To<std::string>(), StatusIs(kWrongType));
  ASSERT_OK_AND_ASSIGN(BytesReceiver receiver, std::move(opaque).To<Bytes>());
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(HasText("raw")));
}

TEST(OpaqueReceiverTest, KeepsTheLimitsOfItsReceiver) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<std::vector<int>> ends,
                       Channel<std::vector<int>>());
  ends.receiver.SetDecodeLimits(
      {.max_allocated_bytes = 400, .max_allocated_per_input_byte = 0});
  OpaqueReceiver opaque = std::move(ends.receiver).ToOpaque();
  EXPECT_EQ(opaque.decode_limits().max_allocated_bytes, 400u);
  ASSERT_OK_AND_ASSIGN(Receiver<std::vector<int>> receiver,
                       std::move(opaque).To<std::vector<int>>());
  ASSERT_OK(ends.sender.Send(std::vector<int>(101)));
  ASSERT_OK(ends.sender.Send(std::vector<int>(100)));
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(receiver.Recv(), IsOk());
}

// Ends of several types, by name.
struct Directory {
  std::map<std::string, OpaqueSender> senders;
  std::vector<std::optional<OpaqueReceiver>> receivers;
};

TEST(OpaqueEndsTest, TravelInMessagesWithTheirTypes) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(ChannelEnds<Directory> carrier, Channel<Directory>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> numbers, Channel<int>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<std::string> texts, Channel<std::string>());
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds bytes, BytesChannel());
  ASSERT_OK(texts.sender.Send("queued"));
  Directory directory;
  directory.senders["numbers"] = std::move(numbers.sender).ToOpaque();
  directory.senders["bytes"] = std::move(bytes.sender).ToOpaque();
  directory.receivers.emplace_back(std::move(texts.receiver).ToOpaque());
  ASSERT_OK(carrier.sender.Send(std::move(directory)));
  EXPECT_FALSE(directory.senders["numbers"].valid());
  EXPECT_FALSE(directory.receivers[0]->valid());
  {
    ASSERT_OK_AND_ASSIGN(Directory arrived, carrier.receiver.Recv());
    EXPECT_THAT(arrived.senders["numbers"].To<Bytes>(), StatusIs(kWrongType));
    EXPECT_THAT(arrived.senders["bytes"].To<int>(), StatusIs(kWrongType));
    ASSERT_OK(arrived.senders["numbers"].To<int>()->Send(6));
    ASSERT_OK(arrived.senders["bytes"].To<Bytes>()->Send("six"));
    OpaqueReceiver& opaque = arrived.receivers.at(0).value();
    EXPECT_THAT(std::move(opaque).To<int>(), StatusIs(kWrongType));
    EXPECT_THAT(std::move(opaque).To<std::string>()->Recv(),
                IsOkAndHolds("queued"));
  }
  EXPECT_THAT(numbers.receiver.Recv(), IsOkAndHolds(6));
  EXPECT_THAT(bytes.receiver.Recv(), IsOkAndHolds(HasText("six")));
  EXPECT_TRUE(IsDisconnected(numbers.receiver.Recv().status()));
}

// docs/wire_format.md: the fingerprint of the message, an index, and the
// fingerprint of what the channel carries.
TEST(OpaqueEndsTest, HaveTheDocumentedBytes) {
  ASSERT_OK_AND_ASSIGN((auto [carrier, receiver]), Channel<OpaqueReceiver>());
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  ASSERT_OK(carrier.Send(std::move(ends.receiver).ToOpaque()));
  transport::Message message;
  ASSERT_OK(receiver.raw().Receive(message));
  using Parts = std::tuple<std::uint64_t, std::uint32_t, std::uint64_t>;
  ASSERT_OK_AND_ASSIGN(
      const std::vector<std::byte> expected,
      serialize::Encode(Parts(serialize::Fingerprint<OpaqueReceiver>(), 0,
                              0x38507bfb9ab6357au)));
  // Without the fingerprint of the tuple.
  EXPECT_TRUE(std::ranges::equal(
      message.payload(), std::span(expected).subspan(sizeof(std::uint64_t))));
  EXPECT_EQ(message.handles().size(), 1u);
}

TEST(OpaqueEndsTest, AFailedSendLeavesThemWithTheCaller) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<Directory> carrier, Channel<Directory>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> numbers, Channel<int>());
  carrier.receiver = {};
  Directory directory;
  directory.senders["numbers"] = std::move(numbers.sender).ToOpaque();
  directory.receivers.emplace_back(std::move(numbers.receiver).ToOpaque());
  EXPECT_TRUE(IsDisconnected(carrier.sender.Send(std::move(directory))));
  ASSERT_OK(directory.senders["numbers"].To<int>()->Send(3));
  EXPECT_THAT(std::move(*directory.receivers[0]).To<int>()->Recv(),
              IsOkAndHolds(3));
}

TEST(OpaqueEndsTest, AnEmptyOneCannotBeSent) {
  ASSERT_OK_AND_ASSIGN(const ChannelEnds<OpaqueSender> carrier,
                       Channel<OpaqueSender>());
  EXPECT_THAT(carrier.sender.Send(OpaqueSender()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// A peer may say any type; what goes through the channel is looked at as ever.
TEST(OpaqueEndsTest, ALieAboutTheTypeIsDataLossWhereItIsReceived) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN((auto [senders, sender_receiver]),
                       Channel<OpaqueSender>());
  ASSERT_OK_AND_ASSIGN((auto [receivers, receiver_receiver]),
                       Channel<OpaqueReceiver>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<std::string> texts, Channel<std::string>());
  ASSERT_OK(senders.Send(Sender<int>(texts.sender.raw()).ToOpaque()));
  ASSERT_OK_AND_ASSIGN(const OpaqueSender sender, sender_receiver.Recv());
  ASSERT_OK(sender.To<int>()->Send(1));
  ASSERT_OK(texts.sender.Send("true"));
  EXPECT_THAT(texts.receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(texts.receiver.Recv(), IsOkAndHolds("true"));

  ASSERT_OK(texts.sender.Send("no number"));
  ASSERT_OK(receivers.Send(
      Receiver<int>(std::move(texts.receiver.raw())).ToOpaque()));
  ASSERT_OK_AND_ASSIGN(OpaqueReceiver receiver, receiver_receiver.Recv());
  ASSERT_OK_AND_ASSIGN(Receiver<int> numbers, std::move(receiver).To<int>());
  EXPECT_THAT(numbers.Recv(), StatusIs(absl::StatusCode::kDataLoss));
}

// Bytes have nothing around them that would be missed.
TEST(OpaqueEndsTest, ALieThatValuesAreBytesGivesTheirEncoding) {
  ASSERT_OK_AND_ASSIGN((auto [carrier, carried]), Channel<OpaqueReceiver>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<std::string> texts, Channel<std::string>());
  ASSERT_OK(texts.sender.Send("text"));
  ASSERT_OK(
      carrier.Send(BytesReceiver(std::move(texts.receiver.raw())).ToOpaque()));
  ASSERT_OK_AND_ASSIGN(OpaqueReceiver receiver, carried.Recv());
  ASSERT_OK_AND_ASSIGN(BytesReceiver bytes, std::move(receiver).To<Bytes>());
  ASSERT_OK_AND_ASSIGN(const Bytes received, bytes.Recv());
  EXPECT_EQ(serialize::Decode<std::string>(received).value(), "text");
}

// The other kind of end, none, and a fingerprint that is cut off.
TEST(OpaqueEndsTest, MalformedOnesAreRefusedAndTheirHandlesClosed) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN((auto [carrier, receiver]), Channel<OpaqueSender>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> given, Channel<int>());
  ASSERT_OK(carrier.Send(given.sender.ToOpaque()));
  transport::Message honest;
  ASSERT_OK(receiver.raw().Receive(honest));
  std::vector<std::byte> bytes(honest.payload().begin(),
                               honest.payload().end());
  honest.Clear();

  ASSERT_OK(carrier.raw().Send(bytes, {given.receiver.raw()}));
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(IsDisconnected(given.sender.Send(1)));
  ASSERT_OK(carrier.raw().Send(bytes));
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
  bytes.pop_back();
  ASSERT_OK(carrier.raw().Send(bytes, {given.sender.raw()}));
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace ipc_channel
