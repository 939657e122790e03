#include "ipc_channel/channel/duplex.h"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_options.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

using Numbers = Duplex<int, std::string>;
using Words = Duplex<std::string, int>;

TEST(DuplexTest, EachSideReceivesWhatTheOtherSends) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(auto ends, (DuplexChannel<int, std::string>()));
  auto& [numbers, words] = ends;
  static_assert(std::is_same_v<decltype(numbers), Numbers>);
  static_assert(std::is_same_v<decltype(words), Words>);
  ASSERT_OK(numbers.sender.Send(7));
  EXPECT_THAT(words.receiver.RecvUntil(Soon()), IsOkAndHolds(7));
  ASSERT_OK(words.sender.Send("seven"));
  EXPECT_THAT(numbers.receiver.RecvUntil(Soon()), IsOkAndHolds("seven"));
  EXPECT_THAT(words.receiver.TryRecv(), IsOkAndHolds(std::nullopt));
}

TEST(DuplexTest, TheOtherSideIsToldWhenOneIsGone) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(auto ends, (DuplexChannel<int, std::string>()));
  std::optional<Words> words = std::move(ends.second);
  ASSERT_OK(words->sender.Send("last words"));
  words.reset();
  EXPECT_TRUE(IsDisconnected(ends.first.sender.Send(1)));
  EXPECT_THAT(ends.first.receiver.RecvUntil(Soon()),
              IsOkAndHolds("last words"));
  EXPECT_TRUE(IsDisconnected(ends.first.receiver.RecvUntil(Soon()).status()));
}

TEST(DuplexTest, TravelsInAMessageWithWhatIsQueued) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(auto ends, (DuplexChannel<int, std::string>()));
  ASSERT_OK_AND_ASSIGN(auto carrier, Channel<Words>());
  ASSERT_OK(ends.first.sender.Send(1));
  ASSERT_OK(carrier.sender.Send(std::move(ends.second)));
  EXPECT_FALSE(ends.second.sender.valid());
  EXPECT_FALSE(ends.second.receiver.valid());
  ASSERT_OK_AND_ASSIGN(Words arrived, carrier.receiver.RecvUntil(Soon()));
  EXPECT_THAT(arrived.receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  ASSERT_OK(arrived.sender.Send("one"));
  EXPECT_THAT(ends.first.receiver.RecvUntil(Soon()), IsOkAndHolds("one"));
}

TEST(DuplexTest, EachDirectionHasItsOptions) {
  ASSERT_OK_AND_ASSIGN(auto ends,
                       (DuplexChannel<std::string, std::string>(
                           {.first_to_second = {.max_message_bytes = 100},
                            .second_to_first = {.max_message_bytes = 200}})));
  EXPECT_EQ(ends.first.sender.raw().max_message_bytes(), 100);
  EXPECT_EQ(ends.second.receiver.raw().max_message_bytes(), 100);
  EXPECT_EQ(ends.second.sender.raw().max_message_bytes(), 200);
  EXPECT_EQ(ends.first.receiver.raw().max_message_bytes(), 200);
  EXPECT_THAT(ends.first.sender.Send(std::string(150, 'x')),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(ends.second.sender.Send(std::string(150, 'x')), IsOk());
}

TEST(DuplexTest, IsTakenOutOfWhatHasBothEnds) {
  struct Worker {
    std::string name;
    Sender<int> sender;
    Receiver<std::string> receiver;
  };
  ASSERT_OK_AND_ASSIGN(auto ends, (DuplexChannel<int, std::string>()));
  Worker worker{"worker", std::move(ends.first.sender),
                std::move(ends.first.receiver)};
  Numbers taken = TakeDuplex(worker);
  EXPECT_EQ(worker.name, "worker");
  EXPECT_FALSE(worker.sender.valid());
  EXPECT_FALSE(worker.receiver.valid());
  ASSERT_OK(taken.sender.Send(3));
  EXPECT_THAT(ends.second.receiver.RecvUntil(Soon()), IsOkAndHolds(3));
}

}  // namespace
}  // namespace ipc_channel
