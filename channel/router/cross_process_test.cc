// Routes between processes: children that answer, and die.

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildEnd;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecWithEnds;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::InheritedReceiver;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

struct Question {
  int number = 0;
  Sender<int> reply;
};

// A child that starts with the receiving end of `questions`.
struct Child {
  ChildProcess process;
  Sender<Question> questions;
};

Child StartChild(const std::string& name) {
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateChannel();
  EXPECT_OK(pair);
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(pair->receiver));
  absl::StatusOr<ChildProcess> child = ExecWithEnds(name, std::move(ends));
  EXPECT_OK(child);
  return {*std::move(child), Sender<Question>(std::move(pair->sender))};
}

Receiver<Question> InheritedQuestions() {
  absl::StatusOr<transport::Receiver> receiver = InheritedReceiver(0);
  return Receiver<Question>(receiver.ok() ? *std::move(receiver)
                                          : transport::Receiver());
}

// Answers by a router of its own, until there are no more questions.
IPC_CHANNEL_CHILD_MAIN(AnswerByRouter) {
  absl::StatusOr<std::unique_ptr<Router>> router = Router::Create();
  ChannelEnds<int> over = MakeQueue<int>();
  if (!router.ok()) return 1;
  const absl::Status added =
      (*router)
          ->AddRoute(
              InheritedQuestions(),
              [](absl::StatusOr<Question> question) {
                if (!question.ok()) return;
                question->reply.Send(question->number * 2).IgnoreError();
              },
              [sender = std::move(over.sender)](const absl::Status&) {})
          .status();
  if (!added.ok()) return 2;
  return IsDisconnected(over.receiver.Recv().status()) ? 0 : 3;
}

// Answers once and hangs, with the way to answer in its hands.
IPC_CHANNEL_CHILD_MAIN(AnswerOnceAndHang) {
  Receiver<Question> questions = InheritedQuestions();
  absl::StatusOr<Question> question = questions.Recv();
  if (!question.ok() || !question->reply.Send(1).ok()) return 1;
  ::pause();
  return 2;
}

TEST(RouterCrossProcessTest, RoutersOfTwoProcessesTalk) {
  const ExpectNoFdLeak no_leak;
  Reports<int> reports;
  const std::unique_ptr<Router> router = MakeRouter();
  Child child = StartChild("AnswerByRouter");
  ChannelEnds<int> answers = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(
      std::move(answers.receiver),
      [&](absl::StatusOr<int> value) { reports.Add(*value); },
      [&](const absl::Status&) { reports.Add(-1); }));
  for (int i = 0; i < 100; ++i) {
    ASSERT_OK(child.questions.Send(Question{i, answers.sender}));
    EXPECT_THAT(reports.Next(), IsOkAndHolds(2 * i));
  }
  answers.sender = {};
  child.questions = {};
  EXPECT_THAT(child.process.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(-1));
}

TEST(RouterCrossProcessTest, DeathOfAChildClosesItsRouteAndNoOther) {
  const ExpectNoFdLeak no_leak;
  Reports<int> reports;
  const std::unique_ptr<Router> router = MakeRouter();
  Child child = StartChild("AnswerOnceAndHang");
  Child other = StartChild("AnswerByRouter");
  ChannelEnds<int> answers = MakeChannel<int>();
  ChannelEnds<int> other_answers = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(
      std::move(answers.receiver),
      [&](absl::StatusOr<int> value) { reports.Add(*value); },
      [&](const absl::Status& why) {
        reports.Add(IsDisconnected(why) ? -1 : -2);
      }));
  ASSERT_OK(router->AddRoute(
      std::move(other_answers.receiver),
      [&](absl::StatusOr<int> value) { reports.Add(*value); }));
  ASSERT_OK(child.questions.Send({0, std::move(answers.sender)}));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(1));
  ASSERT_OK(child.process.Kill(SIGKILL));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(-1));
  ASSERT_OK(other.questions.Send({21, std::move(other_answers.sender)}));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(42));
  EXPECT_THAT(child.process.Wait(Soon()),
              IsOkAndHolds(ExitResult::Killed(SIGKILL)));
}

TEST(RouterCrossProcessTest, ForwardsEndWhenTheProcessBehindThemDies) {
  const ExpectNoFdLeak no_leak;
  Reports<int> reports;
  const std::unique_ptr<Router> router = MakeRouter();
  Child child = StartChild("AnswerOnceAndHang");
  // Questions go to the child by way of a queue, answers come by another.
  ChannelEnds<Question> questions = MakeQueue<Question>();
  ASSERT_OK(router->Forward(
      std::move(questions.receiver), std::move(child.questions),
      {.closed = [&](const absl::Status&) { reports.Add(-1); }}));
  ChannelEnds<int> answers = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(Receiver<int> queue,
                       router->RouteToQueue(std::move(answers.receiver)));
  ASSERT_OK(questions.sender.Send({0, std::move(answers.sender)}));
  EXPECT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds(1));
  ASSERT_OK(child.process.Kill(SIGKILL));
  EXPECT_THAT(queue.RecvUntil(Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
  ChannelEnds<int> more = MakeChannel<int>();
  EXPECT_TRUE(Eventually([&] {
    return IsDisconnected(questions.sender.TrySend({1, more.sender}));
  }));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(-1));
}

}  // namespace
}  // namespace ipc_channel
