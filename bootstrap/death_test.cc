// First contact with one of the two killed at any of its system calls.

#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::BeginSteps;
using ::ipc_channel_testing::EndSteps;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::SharedPage;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Step;
using ::ipc_channel_testing::StepThrough;
using ::ipc_channel_testing::SyscallStop;

// First contact takes more system calls, and each has two stops.
constexpr int kFewStops = 10;

class DyingPeerTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  // What the child says of itself, in memory that is shared with it.
  struct Progress {
    std::array<char, 128> name{};
    std::atomic<bool> is_named = false;
    std::atomic<bool> is_done = false;
  };

  void SetUp() override {
    const absl::Status can_step = ipc_channel_testing::CanStep();
    if (absl::IsUnimplemented(can_step)) GTEST_SKIP() << can_step;
    ASSERT_OK(can_step);
  }

  // Runs `child` and kills it at its stop of number `last`, where `at_stop` was
  // called at each before. Whether it came so far.
  bool IsKilledAt(int last, const std::function<int()>& child,
                  absl::FunctionRef<void()> at_stop) {
    progress_.Reset();
    const absl::StatusOr<ExitResult> end =
        StepThrough(child, [&](const SyscallStop& stop) {
          at_stop();
          return stop.number == last ? Step::Kill() : Step::GoOn();
        });
    if (end.ok() && *end == ExitResult::Killed(SIGKILL)) return true;
    EXPECT_THAT(end, IsOkAndHolds(ExitResult::Exited(0)));
    return false;
  }

  // The child that serves. Its name is told before it accepts.
  int Serve() {
    BeginSteps();
    auto server = OneShotServer<std::string>::Create();
    if (!server.ok()) return 1;
    server->name().copy(progress_->name.data(), progress_->name.size() - 1);
    progress_->is_named = true;
    auto accepted = server->Accept(Soon());
    if (!accepted.ok() || accepted->first != "hello") return 2;
    progress_->is_done = true;
    EndSteps();
    return 0;
  }

  // The child that connects.
  int SendOne(const std::string& name) {
    BeginSteps();
    auto sender = Connect<std::string>(name, Soon());
    if (!sender.ok() || !sender->Send("from the child").ok()) return 1;
    progress_->is_done = true;
    EndSteps();
    return 0;
  }

  SharedPage<Progress> progress_;
};

TEST_F(DyingPeerTest, AClientThatDiesCostsTheServerOnlyItself) {
  int kills = 0;
  bool was_killed = true;
  for (int last = 0; was_killed && !HasFailure(); ++last) {
    SCOPED_TRACE(::testing::Message() << "killed at stop " << last);
    auto server = OneShotServer<std::string>::Create();
    ASSERT_THAT(server, IsOk());
    was_killed = IsKilledAt(
        last, [&] { return SendOne(server->name()); }, [] {});
    auto good = Connect<std::string>(server->name(), Soon());
    ASSERT_THAT(good, IsOk());
    ASSERT_THAT(good->Send("good"), IsOk());
    auto accepted = server->Accept(Soon());
    ASSERT_THAT(accepted, IsOk());
    // What was sent is served, though the one who sent it is gone.
    const bool is_good_one = accepted->first == "good";
    EXPECT_TRUE(is_good_one || accepted->first == "from the child");
    EXPECT_FALSE(is_good_one && progress_->is_done);
    EXPECT_EQ(IsDisconnected(good->Send("more")), !is_good_one);
    kills += was_killed ? 1 : 0;
  }
  EXPECT_GT(kills, kFewStops);
}

TEST_F(DyingPeerTest, AServerThatDiesLeavesNoNameAndTellsItsClient) {
  int kills = 0;
  bool was_killed = true;
  for (int last = 0; was_killed && !HasFailure(); ++last) {
    SCOPED_TRACE(::testing::Message() << "killed at stop " << last);
    std::optional<Sender<std::string>> client;
    const auto connect = [&] {
      if (!progress_->is_named || client.has_value()) return;
      auto connected = Connect<std::string>(progress_->name.data(), Soon());
      ASSERT_THAT(connected, IsOk());
      client = *std::move(connected);
      ASSERT_THAT(client->Send("hello"), IsOk());
    };
    was_killed = IsKilledAt(
        last, [&] { return Serve(); }, connect);
    kills += was_killed ? 1 : 0;
    if (client.has_value()) {
      EXPECT_TRUE(IsDisconnected(client->Send("more")));
    }
    if (!progress_->is_named) continue;
    EXPECT_TRUE(IsDisconnected(
        Connect<std::string>(progress_->name.data(), Soon()).status()));
  }
  EXPECT_GT(kills, kFewStops);
}

}  // namespace
}  // namespace ipc_channel
