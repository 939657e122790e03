#include "ipc_channel/testing/child_ends.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::CreateChannel;
using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;

IPC_CHANNEL_CHILD_MAIN(PassOn) {
  absl::StatusOr<Receiver> from = InheritedReceiver(0);
  absl::StatusOr<Sender> to = InheritedSender(1);
  if (!from.ok() || !to.ok()) return 1;
  Message message;
  while (from->Receive(message, Soon()).ok()) {
    if (!to->Send(message.payload(), Soon()).ok()) return 2;
  }
  return 0;
}

TEST(ChildEndsTest, AChildStartsWithEndsOfBothKindsAndEachIsOnlyThere) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(ChannelPair there, CreateChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair back, CreateChannel());
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(there.receiver));
  ends.emplace_back(std::move(back.sender));
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ExecWithEnds("PassOn", std::move(ends)));
  ASSERT_OK(SendText(there.sender, "through the child"));
  EXPECT_THAT(ReceiveText(back.receiver), IsOkAndHolds("through the child"));
  there.sender = Sender();
  EXPECT_TRUE(IsDisconnected(ReceiveText(back.receiver).status()));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

IPC_CHANNEL_CHILD_MAIN(AskForTooMuch) {
  return InheritedReceiver(1).ok() || InheritedSender(2).ok() ? 1 : 0;
}

TEST(ChildEndsTest, AnEndThatThereIsNotIsAnError) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(pair.receiver));
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ExecWithEnds("AskForTooMuch", std::move(ends)));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

}  // namespace
}  // namespace ipc_channel_testing
