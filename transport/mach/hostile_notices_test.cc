// Who says that a channel has ended: rows of docs/threat_model.md.

#include <mach/mach.h>
#include <mach/notify.h>
#include <servers/bootstrap.h>
#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/hostile_fixture.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

using HostileNoticesTest = HostileTest;

// A right by which the kernel, or anybody, sends one message to `port`.
SendOnceRight NewSendOnce(mach_port_name_t port) {
  mach_port_t name = MACH_PORT_NULL;
  mach_msg_type_name_t type = 0;
  EXPECT_EQ(mach_port_extract_right(mach_task_self(), port,
                                    MACH_MSG_TYPE_MAKE_SEND_ONCE, &name, &type),
            KERN_SUCCESS);
  return SendOnceRight(name);
}

// The number of a notification is any sender's to write.
TEST_F(HostileNoticesTest, ForgedOnesAreMalformedMessages) {
  for (mach_msg_id_t id = MACH_NOTIFY_FIRST; id < MACH_NOTIFY_FIRST + 16;
       ++id) {
    RawMessage notice;
    notice.id = id;
    notice.content.emplace(12);  // as long as the kernel's
    SCOPED_TRACE(id);
    ExpectRefused(notice);
  }
}

// So it is through a right of the kind that the kernel uses, which a former
// receiver can have kept.
TEST_F(HostileNoticesTest, ForgedOnesThroughASendOnceRightAreMalformedToo) {
  SendOnceRight kept = NewSendOnce(port_);
  RawMessage notice;
  notice.id = MACH_NOTIFY_NO_SENDERS;
  notice.content.emplace(12);
  ASSERT_EQ(notice.SendTo(kept.Release(), MACH_MSG_TYPE_MOVE_SEND_ONCE),
            MACH_MSG_SUCCESS);
  ExpectDataLoss();
  ExpectGood();
}

// A former receiver can have the kernel say to this port what is true of
// another. The kernel has sent it, and it is not believed.
TEST_F(HostileNoticesTest, TrueOnesOfOtherPortsEndNothing) {
  for (int i = 0; i < 3; ++i) {
    const mach_port_name_t other = NewRawPort();
    mach_port_t previous = MACH_PORT_NULL;
    ASSERT_EQ(mach_port_request_notification(
                  mach_task_self(), other, MACH_NOTIFY_NO_SENDERS, 0, port_,
                  MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
              KERN_SUCCESS);
    ASSERT_EQ(mach_port_deallocate(mach_task_self(), other), KERN_SUCCESS);
    ExpectGood();
    DropPort(other);
  }
}

// Nor is the end lost by it.
TEST_F(HostileNoticesTest, TheEndIsToldAfterOneOfAnotherPort) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateMachChannel());
  const mach_port_name_t other = NewRawPort();
  mach_port_t previous = MACH_PORT_NULL;
  ASSERT_EQ(mach_port_request_notification(
                mach_task_self(), other, MACH_NOTIFY_NO_SENDERS, 0,
                PortOf(pair.receiver), MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
            KERN_SUCCESS);
  ASSERT_EQ(mach_port_deallocate(mach_task_self(), other), KERN_SUCCESS);
  ASSERT_OK(pair.sender.Send(BytesOf("last"), absl::InfinitePast()));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  pair.sender = Sender();
  EXPECT_TRUE(IsDisconnected(pair.receiver.Receive(message, Soon())));
  EXPECT_TRUE(IsDisconnected(pair.receiver.Receive(message, Soon())));
  DropPort(other);
}

// However many have been prepared, nobody is held for all of them.
TEST_F(HostileNoticesTest, ATryTakesABoundedNumber) {
  std::vector<SendOnceRight> prepared;
  for (int i = 0; i < 100; ++i) prepared.push_back(NewSendOnce(port_));
  prepared.clear();  // of each the kernel says that it was not used
  ASSERT_OK(channel_.sender.Send(BytesOf("behind"), absl::InfinitePast()));
  ReceiverLane& lane = *channel_.receiver.lane();
  EXPECT_THAT(channel_.receiver.TryReceive(message_), IsOkAndHolds(false));
  EXPECT_EQ(lane.Deadline(), absl::InfinitePast());
  EXPECT_THAT(channel_.receiver.TryReceive(message_), IsOkAndHolds(true));
  EXPECT_EQ(lane.Deadline(), absl::InfiniteFuture());
  // Who waits is served behind them.
  for (int i = 0; i < 100; ++i) prepared.push_back(NewSendOnce(port_));
  prepared.clear();
  ExpectGood();
}

// A port that is destroyed can be sent to this one by the kernel: it is not
// kept.
TEST_F(HostileNoticesTest, RightsInTheKernelsMessagesAreDropped) {
  const mach_port_name_t other = NewRawPort();
  mach_port_t previous = MACH_PORT_NULL;
  ASSERT_EQ(mach_port_request_notification(
                mach_task_self(), other, MACH_NOTIFY_PORT_DESTROYED, 0, port_,
                MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
            KERN_SUCCESS);
  ASSERT_EQ(
      mach_port_mod_refs(mach_task_self(), other, MACH_PORT_RIGHT_RECEIVE, -1),
      KERN_SUCCESS);
  ExpectGood();
  EXPECT_EQ(RightsToPort(other).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
  DropPort(other);
}

Sender LookUp(const std::string& name) {
  mach_port_t port = MACH_PORT_NULL;
  bootstrap_look_up(bootstrap_port, name.c_str(), &port);
  auto sender = AdoptMachSender(SendRight(port));
  return sender.ok() ? *std::move(sender) : Sender();
}

// Sends what is good, what is not, rights of its own, and is killed.
IPC_CHANNEL_CHILD_MAIN(AttackAndDie) {
  const Sender sender = LookUp(args.at(0));
  if (!sender.Send(BytesOf("first"), absl::InfinitePast()).ok()) return 1;
  RawMessage garbage;
  garbage.id = MACH_NOTIFY_NO_SENDERS;
  if (garbage.SendTo(PortOf(sender)) != MACH_MSG_SUCCESS) return 2;
  const mach_port_name_t mine = NewRawPort();
  RawMessage dying;
  dying.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND);
  if (dying.SendTo(PortOf(sender)) != MACH_MSG_SUCCESS) return 3;
  RawMessage wrong;
  wrong.AddHandle(HandleKind::kSharedMemory, mine, MACH_MSG_TYPE_COPY_SEND, 9);
  if (wrong.SendTo(PortOf(sender)) != MACH_MSG_SUCCESS) return 4;
  raise(SIGKILL);
  return 5;
}

TEST_F(HostileNoticesTest, AnAttackerWhoIsKilledLeavesAnEnd) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateMachChannel());
  name_t name = "hostile.killed";
  ASSERT_EQ(bootstrap_register(bootstrap_port, name, PortOf(pair.sender)),
            BOOTSTRAP_SUCCESS);
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("AttackAndDie", {name}));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  ASSERT_EQ(bootstrap_register(bootstrap_port, name, MACH_PORT_NULL),
            BOOTSTRAP_SUCCESS);
  pair.sender = Sender();
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_TRUE(std::ranges::equal(message.payload(), BytesOf("first")));
  EXPECT_THAT(pair.receiver.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_TRUE(IsDisconnected(std::get<Sender>(message.handles().at(0))
                                 .Send({}, absl::InfinitePast())));
  EXPECT_THAT(pair.receiver.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(IsDisconnected(pair.receiver.Receive(message, Soon())));
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
