// First contact in a process that has no descriptors left.

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/internal/duplex_opening.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/scoped_limit.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using transport::ScopedDescriptorLimit;
using transport::ScopedLimit;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

class FirstContactLimitTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

template <class T>
Sender<T> ConnectedTo(const std::string& name) {
  absl::StatusOr<Sender<T>> client = Connect<T>(name, Soon());
  EXPECT_THAT(client, IsOk());
  return client.ok() ? *std::move(client) : Sender<T>();
}

TEST_F(FirstContactLimitTest, NothingIsMadeWithoutDescriptors) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  std::vector<absl::StatusCode> codes;
  {
    const ScopedDescriptorLimit none(0);
    codes.push_back(Connect<int>(listener.name()).status().code());
    codes.push_back(OneShotServer<int>::Create().status().code());
    codes.push_back(Listener<int>::Create().status().code());
    codes.push_back(Listener<int>::Create({.name = std::string(kNewPathName)})
                        .status()
                        .code());
  }
  EXPECT_EQ(codes, std::vector<absl::StatusCode>(4, kExhausted));
}

TEST_F(FirstContactLimitTest, AClientGoesOnWaitingForAListener) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  const Sender<int> client = ConnectedTo<int>(listener.name());
  ASSERT_OK(client.Send(5));
  absl::Status status;
  {
    const ScopedDescriptorLimit none(0);
    status = listener.AcceptUntil(Soon()).status();
  }
  EXPECT_THAT(status, StatusIs(kExhausted));
  ASSERT_OK_AND_ASSIGN(auto accepted, listener.AcceptUntil(Soon()));
  EXPECT_THAT(accepted.receiver.RecvUntil(Soon()), IsOkAndHolds(5));
}

// There is room for its connection, and for the way back to it is none.
TEST_F(FirstContactLimitTest, ADuplexListenerSaysThatAClientWasLost) {
  for (const bool opens_at_once : {true, false}) {
    SCOPED_TRACE(opens_at_once);
    ASSERT_OK_AND_ASSIGN(auto listener, (DuplexListener<int, int>::Create()));
    EXPECT_THAT(listener.TryAccept(), IsOk());
    ASSERT_OK_AND_ASSIGN(auto way_back, Channel<int>());
    const auto client = ConnectedTo<internal::DuplexOpening>(listener.name());
    const internal::DuplexOpening opening{
        {.to_server = internal::ContentFingerprint<int>(),
         .to_client = std::move(way_back.sender).ToOpaque()}};
    if (!opens_at_once) {
      EXPECT_THAT(listener.TryAccept(), IsOk());
    }
    ASSERT_OK(client.Send(opening));
    absl::Status status;
    {
      const ScopedDescriptorLimit few(opens_at_once ? 1 : 0);
      status = listener.AcceptUntil(Soon()).status();
    }
    EXPECT_THAT(status, StatusIs(kExhausted));
    ASSERT_OK_AND_ASSIGN(const auto next,
                         (ConnectDuplex<int, int>(listener.name(), Soon())));
    EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
  }
}

TEST_F(FirstContactLimitTest, AListenerInASetHoldsUpNobodyElse) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  ASSERT_OK_AND_ASSIGN(auto channel, Channel<int>());
  const Sender<int> client = ConnectedTo<int>(listener.name());
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const auto door,
                       set.Add(std::move(listener).ToReceiver()));
  ASSERT_OK_AND_ASSIGN(const auto other, set.Add(std::move(channel.receiver)));
  for (int round = 0; round < 3; ++round) {
    ASSERT_OK(channel.sender.Send(round));
    absl::Status told;
    bool came = false;
    {
      const ScopedDescriptorLimit none(0);
      for (int i = 0; i < 100 && (!came || told.ok()); ++i) {
        auto events = set.SelectUntil(Soon());
        if (!events.ok()) break;
        for (ReceiverSet::Event& event : *events) {
          if (event.id() == door) told = event.status();
          came = came || (event.id() == other && event.status().ok());
        }
      }
    }
    EXPECT_TRUE(came);
    EXPECT_THAT(told, StatusIs(kExhausted));
  }
  ASSERT_OK_AND_ASSIGN(auto events, set.SelectUntil(Soon()));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].id(), door);
  EXPECT_THAT(events[0].To<Listener<int>::Client>(), IsOk());
}

// They have the descriptors that are left, and keep the good one out by that.
TEST_F(FirstContactLimitTest, SilentClientsOfAOneShotServerGiveWay) {
  ASSERT_OK_AND_ASSIGN(auto channel, Channel<int>());
  for (std::size_t count = 0; count < 25; ++count) {
    SCOPED_TRACE(count);
    ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<Sender<int>>::Create());
    std::vector<Sender<Sender<int>>> silent(count);
    std::ranges::generate(
        silent, [&] { return ConnectedTo<Sender<int>>(server.name()); });
    const auto good = ConnectedTo<Sender<int>>(server.name());
    ASSERT_OK(good.Send(channel.sender));
    absl::Status status;
    {
      const ScopedDescriptorLimit few(10);
      status = server.Accept(Soon()).status();
    }
    EXPECT_OK(status);
  }
}

// poll() takes no more entries than the limit.
TEST_F(FirstContactLimitTest, ALimitBelowWhatIsOpenIsSaid) {
  ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<int>::Create());
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  std::vector<absl::StatusCode> codes;
  {
    const ScopedLimit none(RLIMIT_NOFILE, 0);
    codes.push_back(server.Accept(Soon()).status().code());
    codes.push_back(listener.AcceptUntil(Soon()).status().code());
  }
  EXPECT_EQ(codes, std::vector<absl::StatusCode>(2, kExhausted));
  const Sender<int> client = ConnectedTo<int>(server.name());
  ASSERT_OK(client.Send(1));
  EXPECT_THAT(server.Accept(Soon()), IsOk());
}

TEST_F(FirstContactLimitTest, ASilentClientThatIsAloneIsKept) {
  ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<int>::Create());
  const Sender<int> first = ConnectedTo<int>(server.name());
  const Sender<int> second = ConnectedTo<int>(server.name());
  absl::Status status;
  {
    const ScopedDescriptorLimit one(1);
    status = server.Accept(Soon()).status();
  }
  EXPECT_THAT(status, StatusIs(kExhausted));
  ASSERT_OK(first.Send(1));
  ASSERT_OK_AND_ASSIGN(auto accepted, server.Accept(Soon()));
  EXPECT_EQ(accepted.first, 1);
}

}  // namespace
}  // namespace ipc_channel
