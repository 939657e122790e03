// Coroutines whose peers are other processes, some of which die.

#include <signal.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/bootstrap.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/coro/async_test.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;

// What a child gets to do: receive numbers and send them back.
struct Duty {
  Receiver<int> in;
  Sender<int> out;
};

// Sends its parent a sender of duties, and gives the first duty.
absl::StatusOr<Duty> TakeDuty(const std::string& parent) {
  auto to_parent = Connect<Sender<Duty>>(parent, InAMinute());
  if (!to_parent.ok()) return to_parent.status();
  auto duties = Channel<Duty>();
  if (!duties.ok()) return duties.status();
  absl::Status sent = to_parent->Send(std::move(duties->sender));
  if (!sent.ok()) return sent;
  return duties->receiver.RecvFor(absl::Minutes(1));
}

// Echoes, itself in coroutines.
Task<absl::Status> Echo(AsyncReceiver<int> in, AsyncSender<int> out) {
  auto numbers = Stream(std::move(in));
  while (auto number = co_await numbers.Next()) {
    if (!number->ok()) co_return number->status();
    absl::Status sent = co_await out.Send(**number);
    if (!sent.ok()) co_return sent;
  }
  co_return absl::OkStatus();
}

IPC_CHANNEL_CHILD_MAIN(EchoInCoroutines) {
  absl::StatusOr<Duty> duty = TakeDuty(args.at(0));
  if (!duty.ok()) return 1;
  const auto loop = NewBestLoop();
  auto in = AsyncReceiver<int>::Create(*loop, std::move(duty->in));
  auto out = AsyncSender<int>::Create(*loop, std::move(duty->out));
  if (!in.ok() || !out.ok()) return 2;
  return BlockOn(*loop, Echo(*std::move(in), *std::move(out))).ok() ? 0 : 3;
}

// Sends one number and then does nothing.
IPC_CHANNEL_CHILD_MAIN(StandStill) {
  absl::StatusOr<Duty> duty = TakeDuty(args.at(0));
  if (!duty.ok() || !duty->out.Send(1).ok()) return 1;
  while (true) ::pause();
}

class AsyncCrossProcessTest : public AsyncTest {
 protected:
  struct Child {
    ChildProcess process;
    Sender<int> to;
    Receiver<int> from;
  };

  Child Start(const std::string& name) {
    auto server = OneShotServer<Sender<Duty>>::Create().value();
    ChildProcess process = ChildProcess::Exec(name, {server.name()}).value();
    auto accepted = server.Accept(InAMinute()).value();
    auto there = Channel<int>().value();
    auto back = Channel<int>().value();
    EXPECT_OK(accepted.first.Send(
        {std::move(there.receiver), std::move(back.sender)}));
    return {std::move(process), std::move(there.sender),
            std::move(back.receiver)};
  }
};

INSTANTIATE_TEST_SUITE_P(
    Worlds, AsyncCrossProcessTest,
    ::testing::Values(
        AsyncWorld{"BestLoop", &NewBestLoop, &transport::CreateChannel},
        AsyncWorld{"PollLoop", &NewPollLoop, &transport::CreateChannel}),
    NameOfWorld);

TEST_P(AsyncCrossProcessTest, CoroutinesOfTwoProcessesTalkToEachOther) {
  constexpr int kNumbers = 1'000;
  Child child = Start("EchoInCoroutines");
  const auto send = [](AsyncSender<int> to) -> Task<> {
    for (int i = 0; i < kNumbers; ++i) EXPECT_OK(co_await to.Send(i));
  };
  const auto receive = [](AsyncReceiver<int> from) -> Task<int> {
    int count = 0;
    auto numbers = Stream(std::move(from));
    while (auto number = co_await numbers.Next()) {
      EXPECT_THAT(*number, IsOkAndHolds(count));
      ++count;
    }
    co_return count;
  };
  AsyncSender<int> sender = Async(child.to);
  child.to = {};  // the child ends when the last one is gone
  auto both = BlockOn(*loop_, WhenAll(send(std::move(sender)),
                                      receive(Async(std::move(child.from)))));
  ASSERT_OK(both);
  EXPECT_EQ(std::get<1>(*both), kNumbers);
  EXPECT_THAT(child.process.Wait(InAMinute()),
              IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_P(AsyncCrossProcessTest, TheDeathOfASenderEndsTheWaitingAfterItsMessages) {
  Child child = Start("StandStill");
  AsyncReceiver<int> receiver = Async(std::move(child.from));
  std::vector<absl::StatusOr<int>> results;
  TaskGroup group;
  group.Spawn([](AsyncReceiver<int>& from,
                 std::vector<absl::StatusOr<int>>& into) -> Task<> {
    while (into.empty() || into.back().ok()) {
      into.push_back(co_await from.Recv());
    }
  }(receiver, results));
  ASSERT_TRUE(RunUntil([&] { return results.size() == 1; }));
  EXPECT_THAT(results[0], IsOkAndHolds(1));
  RunWhatThereIs();
  ASSERT_EQ(results.size(), 1u);
  ASSERT_OK(child.process.Kill(SIGKILL));
  ASSERT_TRUE(RunUntil([&] { return results.size() == 2; }));
  EXPECT_TRUE(IsDisconnected(results[1].status()));
}

TEST_P(AsyncCrossProcessTest, TheDeathOfAReceiverEndsAWaitingSend) {
  Child child = Start("StandStill");
  FillUp(child.to, 1);
  AsyncSender<int> sender = Async(child.to);
  absl::Status result;
  TaskGroup group;
  group.Spawn([](AsyncSender<int>& to, absl::Status& into) -> Task<> {
    into = co_await to.Send(2);
  }(sender, result));
  RunWhatThereIs();
  ASSERT_EQ(group.size(), 1u);
  ASSERT_OK(child.process.Kill(SIGKILL));
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
  EXPECT_TRUE(IsDisconnected(result)) << result;
}

}  // namespace
}  // namespace ipc_channel::coro
