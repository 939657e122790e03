// Bytes channels, opaque ends and sets between processes: each child is a
// process of its own, and meets its parent through an end that it starts with.

#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
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
using ::ipc_channel_testing::InheritedSender;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::testing::Eq;
using ::testing::Property;

constexpr std::size_t kLarge = std::size_t{1} << 20;

// All that a child gets.
struct Work {
  OpaqueSender numbers_out;  // of int
  OpaqueReceiver texts_in;   // of std::string
  BytesSender bytes_out;
  BytesReceiver bytes_in;
};

auto HasText(std::string_view text) { return Property(&Bytes::text, Eq(text)); }

struct Worker {
  ChildProcess process;
  Sender<Work> work;
};

Worker StartWorker(const std::string& name) {
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateChannel();
  EXPECT_OK(pair);
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(pair->receiver));
  absl::StatusOr<ChildProcess> child = ExecWithEnds(name, std::move(ends));
  EXPECT_OK(child);
  return {*std::move(child), Sender<Work>(std::move(pair->sender))};
}

absl::StatusOr<Work> ReceiveWork() {
  absl::StatusOr<transport::Receiver> receiver = InheritedReceiver(0);
  if (!receiver.ok()) return receiver.status();
  return Receiver<Work>(*std::move(receiver)).Recv();
}

// Returns all bytes with a dash before each message, and says how many texts
// came, once both channels have ended.
IPC_CHANNEL_CHILD_MAIN(CountAndReturn) {
  absl::StatusOr<Work> work = ReceiveWork();
  if (!work.ok()) return 2;
  // The types came along: no other is given.
  if (work->numbers_out.To<std::string>().ok()) return 3;
  if (std::move(work->texts_in).To<Bytes>().ok()) return 4;
  absl::StatusOr<Sender<int>> numbers_out = work->numbers_out.To<int>();
  if (!numbers_out.ok()) return 5;
  ReceiverSet set;
  absl::StatusOr<ReceiverSet::Id> texts = set.Add(std::move(work->texts_in));
  absl::StatusOr<ReceiverSet::Id> bytes = set.Add(std::move(work->bytes_in));
  if (!texts.ok() || !bytes.ok()) return 6;
  int count = 0;
  while (!set.empty()) {
    absl::StatusOr<std::span<ReceiverSet::Event>> events = set.Select();
    if (!events.ok()) return 7;
    for (ReceiverSet::Event& event : *events) {
      if (IsDisconnected(event.status())) continue;
      if (event.id() == *texts) {
        if (!event.To<std::string>().ok()) return 8;
        ++count;
      } else if (!work->bytes_out.Send("-").ok() ||
                 !work->bytes_out.Send(event.bytes()).ok()) {
        return 9;
      }
    }
  }
  return numbers_out->Send(count).ok() ? 0 : 10;
}

// Says that it has its work, and waits to be killed.
IPC_CHANNEL_CHILD_MAIN(TakeAndHang) {
  absl::StatusOr<Work> work = ReceiveWork();
  if (!work.ok() || !work->bytes_out.Send("holding").ok()) return 2;
  ::pause();
  return 3;
}

// What the parent keeps of a Work.
struct Counterparts {
  Receiver<int> numbers;
  Sender<std::string> texts;
  BytesReceiver returned;
  BytesSender bytes;
};

Counterparts SendWork(const Sender<Work>& sender) {
  ChannelEnds<int> numbers = Channel<int>().value();
  ChannelEnds<std::string> texts = Channel<std::string>().value();
  BytesChannelEnds returned = BytesChannel().value();
  BytesChannelEnds bytes = BytesChannel().value();
  EXPECT_OK(texts.sender.Send("queued"));
  EXPECT_OK(bytes.sender.Send("queued"));
  Work work = {std::move(numbers.sender).ToOpaque(),
               std::move(texts.receiver).ToOpaque(), std::move(returned.sender),
               std::move(bytes.receiver)};
  EXPECT_OK(sender.Send(std::move(work)));
  return {std::move(numbers.receiver), std::move(texts.sender),
          std::move(returned.receiver), std::move(bytes.sender)};
}

TEST(EndsCrossProcessTest, AllWorkInAnotherProcess) {
  const ExpectNoFdLeak no_leak;
  Worker worker = StartWorker("CountAndReturn");
  Counterparts ends = SendWork(worker.work);
  const std::vector<std::byte> large(kLarge, std::byte{0x77});
  ASSERT_OK(ends.texts.Send("later"));
  ASSERT_OK(ends.bytes.Send(large));
  ends.texts = {};
  ends.bytes = {};
  EXPECT_THAT(ends.returned.RecvUntil(Soon()), IsOkAndHolds(HasText("-")));
  EXPECT_THAT(ends.returned.RecvUntil(Soon()), IsOkAndHolds(HasText("queued")));
  Bytes bytes;
  ASSERT_OK(ends.returned.RecvIntoUntil(bytes, Soon()));
  EXPECT_EQ(bytes.text(), "-");
  ASSERT_OK(ends.returned.RecvIntoUntil(bytes, Soon()));
  EXPECT_EQ(std::vector<std::byte>(bytes.begin(), bytes.end()), large);
  EXPECT_THAT(ends.numbers.RecvUntil(Soon()), IsOkAndHolds(2));
  EXPECT_THAT(worker.process.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_TRUE(IsDisconnected(ends.returned.RecvUntil(Soon()).status()));
}

TEST(EndsCrossProcessTest, AKilledProcessEndsEveryChannelThatItHeld) {
  const ExpectNoFdLeak no_leak;
  Worker worker = StartWorker("TakeAndHang");
  Counterparts ends = SendWork(worker.work);
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id numbers,
                       set.Add(std::move(ends.numbers)));
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id returned,
                       set.Add(std::move(ends.returned)));
  {
    ASSERT_OK_AND_ASSIGN(const std::span<ReceiverSet::Event> events,
                         set.SelectUntil(Soon()));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].id(), returned);
    EXPECT_THAT(events[0].To<Bytes>(), IsOkAndHolds(HasText("holding")));
  }
  ASSERT_OK(worker.process.Kill(SIGKILL));
  EXPECT_THAT(worker.process.Wait(Soon()),
              IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  std::vector<ReceiverSet::Id> closed;
  while (!set.empty()) {
    ASSERT_OK_AND_ASSIGN(const std::span<ReceiverSet::Event> events,
                         set.SelectUntil(Soon()));
    for (const ReceiverSet::Event& event : events) {
      EXPECT_TRUE(IsDisconnected(event.status()));
      closed.push_back(event.id());
    }
  }
  EXPECT_THAT(closed, testing::UnorderedElementsAre(numbers, returned));
  EXPECT_TRUE(IsDisconnected(ends.texts.Send("nobody")));
  EXPECT_TRUE(IsDisconnected(ends.bytes.Send("nobody")));
}

// Feeds a channel of numbers and one of texts.
IPC_CHANNEL_CHILD_MAIN(FeedAndDie) {
  absl::StatusOr<transport::Sender> numbers = InheritedSender(0);
  absl::StatusOr<transport::Sender> texts = InheritedSender(1);
  if (!numbers.ok() || !texts.ok()) return 1;
  const Sender<int> to_numbers(*std::move(numbers));
  const BytesSender to_texts(*std::move(texts));
  for (int i = 0; i < 50; ++i) {
    if (!to_numbers.Send(i).ok()) return 2;
    if (!to_texts.Send(std::to_string(i)).ok()) return 3;
  }
  ::raise(SIGKILL);
  return 4;
}

TEST(EndsCrossProcessTest, AChildFeedsASet) {
  ASSERT_OK_AND_ASSIGN(transport::ChannelPair texts,
                       transport::CreateChannel());
  ASSERT_OK_AND_ASSIGN(transport::ChannelPair numbers,
                       transport::CreateChannel());
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(numbers.sender));
  ends.emplace_back(std::move(texts.sender));
  absl::StatusOr<ChildProcess> child =
      ExecWithEnds("FeedAndDie", std::move(ends));
  ASSERT_OK(child);
  ReceiverSet set;
  ASSERT_OK(set.Add(Receiver<int>(std::move(numbers.receiver))));
  ASSERT_OK(set.Add(BytesReceiver(std::move(texts.receiver))));
  int next_number = 0;
  int next_text = 0;
  while (!set.empty()) {
    ASSERT_OK_AND_ASSIGN(const std::span<ReceiverSet::Event> events,
                         set.SelectUntil(Soon()));
    for (ReceiverSet::Event& event : events) {
      if (IsDisconnected(event.status())) continue;
      if (event.Is<int>()) {
        EXPECT_THAT(event.To<int>(), IsOkAndHolds(next_number++));
      } else {
        EXPECT_THAT(event.To<Bytes>(),
                    IsOkAndHolds(HasText(std::to_string(next_text++))));
      }
    }
  }
  EXPECT_EQ(next_number, 50);
  EXPECT_EQ(next_text, 50);
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
}

}  // namespace
}  // namespace ipc_channel
