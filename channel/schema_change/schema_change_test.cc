// Two programs, built with different definitions of one struct, and a channel
// between them.

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/schema_change/order_today.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildEnd;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecWithEnds;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::ValuesIn;
using today::Order;
using transport::UniqueFd;

// Another program in this one's place: the launcher of children starts only
// the executable that it is part of.
IPC_CHANNEL_CHILD_MAIN(BecomeOtherProgram) {
  const char* const program = std::getenv("OTHER_PROGRAM");
  if (program != nullptr) {
    ::execl(program, program, args.at(0).c_str(), args.at(1).c_str(), nullptr);
  }
  std::perror("cannot start the other program");
  return 127;
}

// The other program, the end of a channel to or from it, and what it prints.
struct Other {
  ChildProcess process;
  ChildEnd end;
  UniqueFd output;
};

Other Start(const std::string& what, const std::string& change) {
  std::array<int, 2> pipe = {-1, -1};
  EXPECT_EQ(::pipe(pipe.data()), 0);  // not every system has pipe2()
  const UniqueFd their_output(pipe[1]);
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateChannel();
  EXPECT_OK(pair);
  ChildEnd ours = std::move(pair->receiver);
  std::vector<ChildEnd> theirs;
  theirs.emplace_back(std::move(pair->sender));
  if (what == "receive") std::swap(ours, theirs[0]);
  absl::StatusOr<ChildProcess> process =
      ExecWithEnds("BecomeOtherProgram", std::move(theirs), {what, change},
                   {.descriptors = {{STDOUT_FILENO, their_output.get()}}});
  EXPECT_OK(process);
  return {*std::move(process), std::move(ours), UniqueFd(pipe[0])};
}

// Everything it prints until it ends, as it should.
std::string OutputOf(Other& other) {
  std::string output;
  std::array<char, 256> some;
  while (true) {
    const ssize_t size = ::read(other.output.get(), some.data(), some.size());
    if (size <= 0) break;
    output.append(some.data(), static_cast<std::size_t>(size));
  }
  EXPECT_THAT(other.process.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  return output;
}

// Receives until the end, and answers each order with what it understood.
std::vector<absl::Status> AnswerOrders(ChildEnd end) {
  std::vector<absl::Status> statuses;
  Receiver<Order> orders(std::get<transport::Receiver>(std::move(end)));
  while (true) {
    absl::StatusOr<Order> order = orders.RecvUntil(Soon());
    if (IsDisconnected(order.status())) break;
    statuses.push_back(order.status());
    if (order.ok()) {
      const std::string answer = absl::StrCat(
          order->id, " ", order->symbol, " ", order->account, " ",
          static_cast<int>(order->side), " ", order->prices.size());
      EXPECT_OK(order->reply.Send(answer));
    } else if (order.status().code() != absl::StatusCode::kDataLoss) {
      break;
    }
  }
  return statuses;
}

constexpr char kUnderstood[] = "7 SYM ACC 1 2";

class SchemaChangeTest : public TestWithParam<std::string> {};

TEST_P(SchemaChangeTest, IsAMismatchAndTheChannelGoesOn) {
  const ExpectNoFdLeak no_leak;
  Other other = Start("send", GetParam());
  EXPECT_THAT(
      AnswerOrders(std::move(other.end)),
      ElementsAre(
          StatusIs(absl::StatusCode::kDataLoss,
                   HasSubstr("the sender's type is not the receiver's")),
          StatusIs(absl::StatusCode::kOk)));
  // The sender in the order that was not understood is closed.
  EXPECT_EQ(OutputOf(other), absl::StrCat("lost, ", kUnderstood, "\n"));
}

TEST_P(SchemaChangeTest, IsAMismatchTheOtherWayRoundToo) {
  const ExpectNoFdLeak no_leak;
  Other other = Start("receive", GetParam());
  absl::StatusOr<ChannelEnds<std::string>> reply = Channel<std::string>();
  ASSERT_OK(reply);
  {
    const Sender<Order> orders(
        std::get<transport::Sender>(std::move(other.end)));
    Order order = {7, "SYM", "ACC", {}, {}, std::move(reply->sender)};
    ASSERT_OK(orders.Send(order));
    ASSERT_OK(orders.Send(std::move(order)));
  }
  EXPECT_EQ(OutputOf(other), "mismatch\nmismatch\n");
  EXPECT_TRUE(IsDisconnected(reply->receiver.RecvUntil(Soon()).status()));
}

INSTANTIATE_TEST_SUITE_P(Seen, SchemaChangeTest,
                         ValuesIn(std::vector<std::string>{
                             "added", "removed", "moved", "retyped",
                             "other_underlying_type", "other_element",
                             "other_reply"}),
                         [](const auto& info) { return info.param; });

class UnseenChangeTest : public TestWithParam<std::string> {};

TEST_P(UnseenChangeTest, IsUnderstood) {
  const ExpectNoFdLeak no_leak;
  Other other = Start("send", GetParam());
  EXPECT_THAT(AnswerOrders(std::move(other.end)),
              ElementsAre(StatusIs(absl::StatusCode::kOk),
                          StatusIs(absl::StatusCode::kOk)));
  EXPECT_EQ(OutputOf(other),
            absl::StrCat(kUnderstood, ", ", kUnderstood, "\n"));
}

INSTANTIATE_TEST_SUITE_P(Names, UnseenChangeTest,
                         ValuesIn(std::vector<std::string>{"unchanged",
                                                           "renamed"}),
                         [](const auto& info) { return info.param; });

// Documented, and no feature: each field takes the other's value.
TEST(SwappedFieldsTest, OfOneTypeAreNotSeen) {
  const ExpectNoFdLeak no_leak;
  Other other = Start("send", "swapped");
  EXPECT_THAT(AnswerOrders(std::move(other.end)),
              ElementsAre(StatusIs(absl::StatusCode::kOk),
                          StatusIs(absl::StatusCode::kOk)));
  EXPECT_EQ(OutputOf(other),
            absl::StrCat("7 ACC SYM 1 2, ", kUnderstood, "\n"));
}

}  // namespace
}  // namespace ipc_channel
