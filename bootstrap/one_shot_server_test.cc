#include "ipc_channel/bootstrap/one_shot_server.h"

#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/connect.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

template <class T>
OneShotServer<T> MakeServer() {
  absl::StatusOr<OneShotServer<T>> server = OneShotServer<T>::Create();
  EXPECT_THAT(server, IsOk());
  return *std::move(server);
}

TEST(OneShotServerTest, GivesTheFirstValueAndThoseAfterIt) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<std::string> server = MakeServer<std::string>();
  std::thread client([name = server.name()] {
    absl::StatusOr<Sender<std::string>> sender = Connect<std::string>(name);
    ASSERT_THAT(sender, IsOk());
    ASSERT_THAT(sender->Send("first"), IsOk());
    ASSERT_THAT(sender->Send("second"), IsOk());
  });
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first, "first");
  EXPECT_THAT(accepted->receiver.RecvUntil(Soon()), IsOkAndHolds("second"));
  EXPECT_TRUE(IsDisconnected(accepted->receiver.RecvUntil(Soon()).status()));
  client.join();
}

TEST(OneShotServerTest, TheFirstValueMayBeAnEndOfBytes) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<BytesSender> server = MakeServer<BytesSender>();
  std::thread client([name = server.name()] {
    ASSERT_OK_AND_ASSIGN(Sender<BytesSender> sender,
                         Connect<BytesSender>(name));
    ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
    ASSERT_OK(sender.Send(std::move(ends.sender)));
    ASSERT_OK_AND_ASSIGN(const Bytes bytes, ends.receiver.RecvUntil(Soon()));
    EXPECT_EQ(bytes.text(), "to the client");
  });
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_THAT(accepted->first.Send("to the client"), IsOk());
  client.join();
}

TEST(OneShotServerTest, TheFirstValueMayBeOpaqueEnds) {
  using Ends = std::pair<OpaqueSender, OpaqueReceiver>;
  const ExpectNoFdLeak no_leak;
  OneShotServer<Ends> server = MakeServer<Ends>();
  std::thread client([name = server.name()] {
    ASSERT_OK_AND_ASSIGN(Sender<Ends> sender, Connect<Ends>(name));
    ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
    ASSERT_OK(sender.Send(Ends(std::move(ends.sender).ToOpaque(),
                               std::move(ends.receiver).ToOpaque())));
  });
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  client.join();
  auto& [sender, receiver] = accepted->first;
  ASSERT_OK_AND_ASSIGN(const Sender<int> numbers, sender.To<int>());
  ASSERT_OK(numbers.Send(4));
  ASSERT_OK_AND_ASSIGN(Receiver<int> same, std::move(receiver).To<int>());
  EXPECT_THAT(same.RecvUntil(Soon()), IsOkAndHolds(4));
}

// The connection itself is a channel of bytes then.
TEST(OneShotServerTest, TheFirstValueMayBeBytesThemselves) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<Bytes> server = MakeServer<Bytes>();
  std::thread client([name = server.name()] {
    ASSERT_OK_AND_ASSIGN(const BytesSender sender, Connect<Bytes>(name));
    ASSERT_OK(sender.Send("first"));
    ASSERT_OK(sender.Send("second"));
  });
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first.text(), "first");
  Bytes bytes;
  EXPECT_THAT(accepted->receiver.RecvIntoUntil(bytes, Soon()), IsOk());
  EXPECT_EQ(bytes.text(), "second");
  client.join();
}

TEST(OneShotServerTest, ServesAClientThatIsGoneAlready) {
  OneShotServer<int> server = MakeServer<int>();
  {
    auto sender = Connect<int>(server.name());
    ASSERT_THAT(sender, IsOk());
    ASSERT_THAT(sender->Send(5), IsOk());
  }
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first, 5);
  EXPECT_TRUE(IsDisconnected(accepted->receiver.RecvUntil(Soon()).status()));
}

TEST(OneShotServerTest, AcceptWithoutAClientEndsAtItsDeadlineAndCanBeRepeated) {
  OneShotServer<int> server = MakeServer<int>();
  EXPECT_THAT(server.Accept(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(server.Accept(absl::Now() + absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  auto sender = Connect<int>(server.name());
  ASSERT_THAT(sender, IsOk());
  EXPECT_THAT(server.Accept(absl::Now() + absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded))
      << "a client that stays silent is waited for until the deadline only";
  ASSERT_THAT(sender->Send(1), IsOk());
  EXPECT_THAT(server.Accept(Soon()), IsOk());
}

TEST(OneShotServerTest, ClientsThatLeaveOrTalkNonsenseCostOnlyThemselves) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<int> server = MakeServer<int>();
  std::thread clients([name = server.name()] {
    ASSERT_THAT(Connect<int>(name), IsOk());  // leaves at once
    // One after another: in process the next client waits for the server to be
    // rid of the last.
    const auto connect = [&name](auto& sender) {
      do sender = Connect<int>(name);
      while (IsDisconnected(sender.status()));
      ASSERT_THAT(sender, IsOk());
    };
    absl::StatusOr<Sender<int>> sender;
    connect(sender);
    ASSERT_THAT(Sender<std::string>(sender->raw()).Send("not a number"),
                IsOk());
    sender = Sender<int>();
    connect(sender);
    ASSERT_THAT(sender->Send(6), IsOk());
  });
  auto accepted = server.Accept(Soon());
  clients.join();
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first, 6);
}

TEST(OneShotServerTest, SaysWhyItServedNobody) {
  OneShotServer<int> server = MakeServer<int>();
  auto sender = Connect<std::string>(server.name());
  ASSERT_THAT(sender, IsOk());
  ASSERT_THAT(sender->Send("not a number"), IsOk());
  EXPECT_THAT(server.Accept(absl::Now() + absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("the sender's type is not the receiver's")));
}

TEST(OneShotServerTest, ARequestToStopEndsTheWaitingAndLosesNobody) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<int> server = MakeServer<int>();
  std::stop_source source;
  std::jthread stopper([&source] {
    absl::SleepFor(absl::Milliseconds(5));
    source.request_stop();
  });
  EXPECT_THAT(server.Accept(absl::InfiniteFuture(), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  auto sender = Connect<int>(server.name());
  ASSERT_THAT(sender, IsOk());
  ASSERT_THAT(sender->Send(4), IsOk());
  EXPECT_THAT(server.Accept(Soon(), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled))
      << "though there is a client";
  const std::stop_source other;
  auto accepted = server.Accept(Soon(), other.get_token());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first, 4);
}

TEST(OneShotServerTest, AFirstValueOverTheLimitsIsDropped) {
  const auto small_first = [](const OneShotServerOptions& options) {
    auto server = OneShotServer<std::vector<std::string>>::Create(options);
    ASSERT_THAT(server, IsOk());
    std::jthread clients([name = server->name()] {
      const auto send = [&name](std::vector<std::string> value) {
        absl::StatusOr<Sender<std::vector<std::string>>> sender;
        do sender = Connect<std::vector<std::string>>(name);
        while (IsDisconnected(sender.status()));
        ASSERT_THAT(sender, IsOk());
        sender->Send(value).IgnoreError();
      };
      send(std::vector<std::string>(100));
      send({"small"});
    });
    auto accepted = server->Accept(Soon());
    ASSERT_THAT(accepted, IsOk());
    EXPECT_THAT(accepted->first, ElementsAre("small"));
  };
  small_first({.decode_limits = {.max_allocated_bytes = 1000,
                                 .max_allocated_per_input_byte = 0}});
  small_first({.max_message_bytes = 100});
}

TEST(OneShotServerTest, TheReceiverHasTheLimitsOfTheServer) {
  auto server = OneShotServer<int>::Create({.decode_limits = {.max_depth = 3},
                                            .max_message_bytes = 100,
                                            .max_message_handles = 2});
  ASSERT_THAT(server, IsOk());
  auto sender = Connect<int>(server->name());
  ASSERT_THAT(sender, IsOk());
  ASSERT_THAT(sender->Send(4), IsOk());
  auto accepted = server->Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->receiver.decode_limits().max_depth, 3);
  EXPECT_EQ(accepted->receiver.raw().max_message_bytes(), 100);
  EXPECT_EQ(accepted->receiver.raw().max_message_handles(), 2);
}

TEST(OneShotServerTest, RefusesEverybodyAfterTheFirst) {
  OneShotServer<int> server = MakeServer<int>();
  const std::string name = server.name();
  auto sender = Connect<int>(name);
  ASSERT_THAT(sender, IsOk());
  ASSERT_THAT(sender->Send(1), IsOk());
  ASSERT_THAT(server.Accept(Soon()), IsOk());
  EXPECT_TRUE(IsDisconnected(Connect<int>(name).status()));
  EXPECT_THAT(server.Accept(Soon()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(OneShotServerTest, ADestroyedServerIsGone) {
  std::string name;
  {
    OneShotServer<int> server = MakeServer<int>();
    name = server.name();
  }
  EXPECT_TRUE(IsDisconnected(Connect<int>(name).status()));
}

TEST(OneShotServerTest, AMovedFromServerSaysSo) {
  OneShotServer<int> server = MakeServer<int>();
  const OneShotServer<int> moved = std::move(server);
  EXPECT_THAT(server.Accept(absl::InfinitePast()),  // NOLINT: on purpose
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(OneShotServerTest, NamesArePrintableAndNeverTheSame) {
  OneShotServer<int> one = MakeServer<int>();
  OneShotServer<int> two = MakeServer<int>();
  EXPECT_NE(one.name(), two.name());
  EXPECT_THAT(one.name(), Not(HasSubstr(" ")));
  for (const char c : one.name()) EXPECT_TRUE(c > ' ' && c < 0x7f);
}

TEST(OneShotServerTest, ConnectRefusesWhatIsNoName) {
  for (const std::string& name :
       {std::string(), std::string("nonsense"), std::string("unix-abstract:"),
        std::string("unix-abstract:ipc_channel.../../../../../../etc/pass"),
        std::string("unix-abstract:ipc_channel.") + std::string(32, '\0'),
        std::string(1000, 'a'), std::string("/tmp/socket")}) {
    EXPECT_THAT(Connect<int>(name),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << name;
  }
}

TEST(OneShotServerTest, TheFirstValueMayBeASender) {
  OneShotServer<Sender<int>> server = MakeServer<Sender<int>>();
  auto channel = Channel<int>();
  ASSERT_THAT(channel, IsOk());
  auto client = Connect<Sender<int>>(server.name());
  ASSERT_THAT(client, IsOk());
  ASSERT_THAT(client->Send(channel->sender), IsOk());
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  ASSERT_THAT(accepted->first.Send(3), IsOk());
  EXPECT_THAT(channel->receiver.RecvUntil(Soon()), IsOkAndHolds(Eq(3)));
}

}  // namespace
}  // namespace ipc_channel
