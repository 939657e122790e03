// Typed channels whose peer sends handles and indices of its own making.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::Eq;

using Ends = std::pair<Sender<int>, Receiver<int>>;
using Indices = std::pair<std::uint32_t, std::uint32_t>;

// A channel of Ends whose peer writes the bytes itself.
class HostileValuesTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    absl::StatusOr<transport::ChannelPair> attacked =
        transport::CreateChannel();
    absl::StatusOr<transport::ChannelPair> given = transport::CreateChannel();
    absl::StatusOr<transport::ChannelPair> other = transport::CreateChannel();
    ASSERT_THAT(attacked, IsOk());
    ASSERT_THAT(given, IsOk());
    ASSERT_THAT(other, IsOk());
    attacker_ = std::move(attacked->sender);
    victim_ = Receiver<Ends>(std::move(attacked->receiver));
    given_ = *std::move(given);
    other_ = *std::move(other);
    LearnTheBytes();
  }

  // What a correct sender sends; the two indices are the last eight bytes.
  void LearnTheBytes() {
    absl::StatusOr<ChannelEnds<Ends>> honest = Channel<Ends>();
    ASSERT_THAT(honest, IsOk());
    absl::StatusOr<ChannelEnds<int>> ends = Channel<int>();
    ASSERT_THAT(ends, IsOk());
    Ends value(std::move(ends->sender), std::move(ends->receiver));
    ASSERT_THAT(honest->sender.Send(std::move(value)), IsOk());
    transport::Message message;
    ASSERT_THAT(honest->receiver.raw().Receive(message), IsOk());
    bytes_.assign(message.payload().begin(), message.payload().end());
    ASSERT_GE(bytes_.size(), 2 * sizeof(std::uint32_t));
    ASSERT_THAT(IndicesOf(bytes_), Eq(Indices(0, 1)));
  }

  static Indices IndicesOf(const std::vector<std::byte>& bytes) {
    std::uint32_t both[2];
    std::memcpy(both, bytes.data() + bytes.size() - sizeof(both), sizeof(both));
    return {both[0], both[1]};
  }

  std::vector<std::byte> With(std::uint32_t first, std::uint32_t second) const {
    std::vector<std::byte> bytes = bytes_;
    const std::uint32_t both[2] = {first, second};
    std::memcpy(bytes.data() + bytes.size() - sizeof(both), both, sizeof(both));
    return bytes;
  }

  // Sends `bytes` with `handles`, which must be refused, and sees that a good
  // value comes through behind them.
  void ExpectRefused(const std::vector<std::byte>& bytes,
                     const std::vector<transport::HandleRef>& handles) {
    ASSERT_THAT(attacker_.Send(bytes, handles), IsOk());
    EXPECT_THAT(victim_.Recv(), StatusIs(absl::StatusCode::kDataLoss));
    absl::StatusOr<ChannelEnds<int>> ends = Channel<int>();
    ASSERT_THAT(ends, IsOk());
    ASSERT_THAT(
        attacker_.Send(bytes_, {ends->sender.raw(), ends->receiver.raw()}),
        IsOk());
    absl::StatusOr<Ends> good = victim_.Recv();
    ASSERT_THAT(good, IsOk());
    ASSERT_THAT(good->first.Send(7), IsOk());
    EXPECT_THAT(good->second.Recv(), IsOkAndHolds(Eq(7)));
  }

  std::vector<transport::HandleRef> Given() {
    return {given_.sender, given_.receiver};
  }

  transport::Sender attacker_;
  Receiver<Ends> victim_;
  transport::ChannelPair given_;
  transport::ChannelPair other_;
  std::vector<std::byte> bytes_;
};

TEST_F(HostileValuesTest, IndexOutOfRange) {
  for (const std::uint32_t index :
       {2u, 3u, 1024u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    ExpectRefused(With(index, 1), {given_.sender, other_.sender});
    ExpectRefused(With(0, index), {given_.sender, other_.sender});
    ExpectRefused(With(index, index), {});
  }
}

TEST_F(HostileValuesTest, SameIndexTwice) {
  ExpectRefused(With(0, 0), {given_.sender, other_.sender});
  ExpectRefused(With(0, 0), {given_.sender});
  ExpectRefused(With(1, 1), Given());
}

TEST_F(HostileValuesTest, ReceiverForASenderAndTheReverse) {
  ExpectRefused(With(1, 0), Given());
  ExpectRefused(With(0, 1), {other_.receiver, given_.sender});
}

TEST_F(HostileValuesTest, SenderWhereAReceiverIsDue) {
  ExpectRefused(With(0, 1), {given_.sender, other_.sender});
}

TEST_F(HostileValuesTest, HandlesThatNoValueTakes) {
  ExpectRefused(With(0, 1), {given_.sender, given_.receiver, other_.sender});
  // They were closed: nobody else holds the receiver of this channel.
  EXPECT_THAT(given_.sender.Send(bytes_),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(HostileValuesTest, NoHandlesAtAll) {
  ExpectRefused(With(0, 1), {});
  ExpectRefused(With(0, 1), {given_.sender});
}

TEST_F(HostileValuesTest, HandlesWithBytesOfAnotherType) {
  ExpectRefused({}, {given_.sender, other_.sender});
  std::vector<std::byte> cut = bytes_;
  while (!cut.empty()) {
    cut.pop_back();
    ExpectRefused(cut, {given_.sender, other_.sender});
  }
  std::vector<std::byte> longer = bytes_;
  longer.push_back(std::byte{0});
  ExpectRefused(longer, {given_.sender, other_.sender});
}

}  // namespace
}  // namespace ipc_channel
