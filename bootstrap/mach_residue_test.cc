// Servers and clients that are killed at random moments leave no name, and no
// right in those who survive. (A port that were left at the end would be a
// panic of the emulated kernel.)

#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/chosen_name.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::CountMappedObjects;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::SharedPage;
using ::ipc_channel_testing::Soon;

constexpr int kKills = 40;
constexpr std::int64_t kLongestLife = 6000;  // microseconds

struct Request {
  std::string text;
  Sender<std::string> reply;
};
using Door = Listener<Request>;

// Larger than what goes into a message, so that there is memory, too.
std::string LargeText() { return std::string(300'000, 'x'); }

// What a victim says of itself, in memory that is shared with it.
struct Progress {
  std::atomic<bool> is_named = false;
  std::array<char, 128> one_shot{};
};

class MachResidueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::uint64_t seed = std::random_device()();
    RecordProperty("seed", std::to_string(seed));
    random_.seed(seed);
  }

  // Kills a child that lives so, with `meanwhile` called until it dies.
  void KillAtRandom(const std::function<int()>& life,
                    const std::function<void()>& meanwhile) {
    std::uniform_int_distribution<std::int64_t> moments(0, kLongestLife);
    const absl::Duration age = absl::Microseconds(moments(random_));
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork(life));
    const absl::Time end = absl::Now() + age;
    while (absl::Now() < end) {
      meanwhile();
      absl::SleepFor(absl::Microseconds(50));
    }
    child.Kill(SIGKILL).IgnoreError();
    ASSERT_THAT(child.Wait(Soon()), IsOk());
  }

  std::mt19937_64 random_;
  SharedPage<Progress> progress_;
};

// A client of one server.
struct Caller {
  Sender<Request> server;
  Receiver<std::string> answers;
};

absl::StatusOr<Caller> Call(const std::string& name) {
  auto server = Connect<Request>(name, Soon());
  if (!server.ok()) return server.status();
  auto answers = Channel<std::string>();
  if (!answers.ok()) return answers.status();
  absl::Status sent =
      server->SendUntil({LargeText(), std::move(answers->sender)}, Soon());
  if (!sent.ok()) return sent;
  return Caller{*std::move(server), std::move(answers->receiver)};
}

// Serves for ever.
int Serve(const std::string& name, Progress& progress) {
  auto server = OneShotServer<Request>::Create();
  auto door = Door::Create({.name = name});
  if (!door.ok() || !server.ok()) return 1;
  server->name().copy(progress.one_shot.data(), progress.one_shot.size() - 1);
  progress.is_named = true;
  while (true) {
    auto client = door->Accept();
    if (!client.ok()) return 2;
    auto request = client->receiver.Recv();
    if (!request.ok()) continue;
    request->reply.Send("served").IgnoreError();
  }
}

TEST_F(MachResidueTest, AKilledServerLeavesNoNameAndIsMissed) {
  const ExpectNoFdLeak no_leak;
  const std::size_t mappings = CountMappedObjects();
  const std::string name = ChosenName("residue");
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    std::vector<Caller> callers;
    KillAtRandom([&] { return Serve(name, *progress_); },
                 [&] {
                   if (!progress_->is_named || callers.size() > 3) return;
                   absl::StatusOr<Caller> caller = Call(name);
                   ASSERT_THAT(caller, IsOk());
                   callers.push_back(*std::move(caller));
                 });
    for (Caller& caller : callers) {
      absl::StatusOr<std::string> answer = caller.answers.RecvUntil(Soon());
      if (answer.ok()) answer = caller.answers.RecvUntil(Soon());
      EXPECT_TRUE(IsDisconnected(answer.status())) << answer.status();
      ASSERT_OK_AND_ASSIGN(auto more, Channel<std::string>());
      EXPECT_TRUE(
          IsDisconnected(caller.server.Send({"more", std::move(more.sender)})));
    }
    if (progress_->is_named) {
      EXPECT_TRUE(IsDisconnected(
          Connect<Request>(progress_->one_shot.data()).status()));
    }
    EXPECT_TRUE(IsDisconnected(Connect<Request>(name).status()));
    ASSERT_THAT(Door::Create({.name = name}), IsOk());
    progress_.Reset();
  }
  EXPECT_EQ(CountMappedObjects(), mappings);
}

TEST_F(MachResidueTest, KilledClientsCostTheServerOnlyThemselves) {
  const ExpectNoFdLeak no_leak;
  const std::size_t mappings = CountMappedObjects();
  ASSERT_OK_AND_ASSIGN(Door door, Door::Create());
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    KillAtRandom(
        [&door] {
          while (true) {
            auto caller = Call(door.name());
            if (!caller.ok() || !caller->answers.Recv().ok()) return 1;
          }
        },
        [&] {
          ASSERT_OK_AND_ASSIGN(auto client, door.TryAccept());
          if (!client.has_value()) return;
          auto request = client->receiver.RecvFor(absl::Milliseconds(1));
          if (request.ok()) request->reply.TrySend("served").IgnoreError();
        });
    // The dead are heard to their end.
    while (true) {
      ASSERT_OK_AND_ASSIGN(auto client, door.TryAccept());
      if (!client.has_value()) break;
      absl::StatusOr<Request> request = client->receiver.RecvUntil(Soon());
      if (request.ok()) {
        EXPECT_EQ(request->text, LargeText());
        EXPECT_TRUE(IsDisconnected(request->reply.Send("late")));
        request = client->receiver.RecvUntil(Soon());
      }
      EXPECT_TRUE(IsDisconnected(request.status())) << request.status();
    }
    ASSERT_OK_AND_ASSIGN(const Caller good, Call(door.name()));
    ASSERT_OK_AND_ASSIGN(auto client, door.AcceptUntil(Soon()));
    ASSERT_OK_AND_ASSIGN(const Request request,
                         client.receiver.RecvUntil(Soon()));
    EXPECT_EQ(request.text, LargeText());
  }
  EXPECT_EQ(CountMappedObjects(), mappings);
}

}  // namespace
}  // namespace ipc_channel
