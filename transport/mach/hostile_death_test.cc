// Either side of a hostile conversation is killed at any moment: nothing of it
// is left, and what is left of the channel is its end.

#include <mach/mach.h>
#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/port_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::ChildEnd;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::CountMappedObjects;
using ::ipc_channel_testing::ExecWithEnds;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::InheritedReceiver;
using ::ipc_channel_testing::InheritedSender;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::PortLeakCheck;
using ::ipc_channel_testing::Soon;

constexpr int kRounds = 20;

// Some message, with ends, memory, a file and a receiver with a queue.
absl::Status SendSome(const Sender& to, std::uint32_t which) {
  absl::StatusOr<ChannelPair> ends = CreateMachChannel();
  absl::StatusOr<SharedMemory> memory =
      SharedMemory::CopyOf(std::vector<std::byte>(100));
  absl::StatusOr<MutableMemory> block = MutableMemory::Create(100);
  UniqueFd file(::dup(STDERR_FILENO));
  if (!ends.ok() || !memory.ok() || !block.ok()) return ends.status();
  absl::Status queued = ends->sender.Send({}, {file}, Soon());
  if (!queued.ok()) return queued;
  const std::vector<std::byte> payload(which % 2 == 0 ? 10
                                                      : kMaxInlineBytes * 2);
  return to.Send(payload, {*memory, ends->receiver, ends->sender, *block},
                 Soon());
}

// Some attack. What it sends is this process's own, and goes with it.
void Attack(mach_port_name_t to, std::uint32_t which) {
  const mach_port_name_t mine = NewRawPort();
  RawMessage message;
  switch (which % 4) {
    case 0:
      message.AddHandle(HandleKind::kSharedMemory, mine,
                        MACH_MSG_TYPE_MOVE_SEND, 1 << 20);
      break;
    case 1:
      message.AddRecord(HandleKind::kReceiver).AddGuarded(mine, 7, 1);
      break;
    case 2:
      message.AddPorts({&mine, 1}, MACH_MSG_TYPE_MOVE_RECEIVE);
      break;
    default:
      message.AddHandle(HandleKind::kReceiver, mine,
                        MACH_MSG_TYPE_MOVE_RECEIVE);
      message.prelude.payload_bytes = 1 << 20;
  }
  message.SendTo(to);
}

IPC_CHANNEL_CHILD_MAIN(TalkUntilKilled) {
  absl::StatusOr<Sender> sender = InheritedSender(0);
  if (!sender.ok()) return 1;
  std::minstd_rand random(static_cast<std::uint32_t>(std::stoul(args.at(0))));
  while (true) {
    const auto which = static_cast<std::uint32_t>(random());
    if (which % 3 == 0) {
      Attack(PortOf(*sender), which / 3);
    } else if (!SendSome(*sender, which / 3).ok()) {
      return 2;
    }
  }
}

IPC_CHANNEL_CHILD_MAIN(ListenUntilKilled) {
  absl::StatusOr<Receiver> receiver = InheritedReceiver(0);
  Message message;
  while (receiver.ok()) {
    const absl::Status status = receiver->Receive(message, Soon());
    if (!status.ok() && !absl::IsDataLoss(status)) return 2;
  }
  return 1;
}

// What is here of a conversation when it is over.
class NothingIsLeft {
 public:
  ~NothingIsLeft() {
    EXPECT_TRUE(descriptors_.NoLeak());
    EXPECT_TRUE(ports_.NoLeak());
    EXPECT_EQ(CountMappedObjects(), mapped_);
  }

 private:
  const FdLeakCheck descriptors_;
  const PortLeakCheck ports_;
  const std::size_t mapped_ = CountMappedObjects();
};

void ExpectKilled(ChildProcess& child) {
  EXPECT_OK(child.Kill(SIGKILL));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
}

TEST(HostileDeathTest, AnAttackerThatIsKilledAtAnyMomentLeavesItsMessages) {
  std::minstd_rand random(3);
  for (int round = 0; round < kRounds; ++round) {
    const NothingIsLeft nothing_is_left;
    ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateMachChannel());
    std::vector<ChildEnd> ends;
    ends.emplace_back(std::move(pair.sender));
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         ExecWithEnds("TalkUntilKilled", std::move(ends),
                                      {std::to_string(round + 1)}));
    Message message;
    absl::Status status;
    std::uint32_t left = 1 + static_cast<std::uint32_t>(random()) % 40;
    for (; left > 0; --left) {
      status = pair.receiver.Receive(message, Soon());
      ASSERT_TRUE(status.ok() || absl::IsDataLoss(status)) << status;
    }
    ExpectKilled(child);
    do {
      status = pair.receiver.Receive(message, Soon());
    } while (status.ok() || absl::IsDataLoss(status));
    EXPECT_TRUE(IsDisconnected(status)) << status;
  }
}

TEST(HostileDeathTest, AReceiverThatIsKilledAtAnyMomentTakesItsMessagesAlong) {
  std::minstd_rand random(5);
  for (int round = 0; round < kRounds; ++round) {
    const NothingIsLeft nothing_is_left;
    ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateMachChannel());
    std::vector<ChildEnd> ends;
    ends.emplace_back(std::move(pair.receiver));
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         ExecWithEnds("ListenUntilKilled", std::move(ends)));
    std::uint32_t left = 1 + static_cast<std::uint32_t>(random()) % 40;
    for (; left > 0; --left) {
      ASSERT_OK(SendSome(pair.sender, static_cast<std::uint32_t>(random())));
    }
    EXPECT_OK(child.Kill(SIGKILL));
    absl::Status status;
    do {
      status = SendSome(pair.sender, 0);
    } while (status.ok());
    EXPECT_TRUE(IsDisconnected(status)) << status;
    EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  }
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
