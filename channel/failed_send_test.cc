// What a typed channel makes of a transport that fails, wherever it does.

#include <unistd.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/testing/fault_injection.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FaultInjector;
using ::ipc_channel_testing::FaultPlan;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

// A handle of every kind.
struct Parcel {
  std::string label;
  Sender<int> sender;
  std::vector<Receiver<int>> receivers;
  std::optional<SharedMemory> memory;
  UniqueFd file;
};

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

template <class T>
ChannelEnds<T> NewChannel(const FaultInjector& faults) {
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateChannel();
  EXPECT_OK(pair);
  if (!pair.ok()) return {};
  transport::ChannelPair wrapped = faults.Wrap(*std::move(pair));
  return {Sender<T>(std::move(wrapped.sender)),
          Receiver<T>(std::move(wrapped.receiver))};
}

// A parcel numbered `number`, and the ends that lead to what is in it.
struct Packed {
  explicit Packed(int number) {
    const FaultInjector none{FaultPlan()};
    ChannelEnds<int> out = NewChannel<int>(none);
    ChannelEnds<int> in = NewChannel<int>(none);
    parcel.label = std::to_string(number);
    parcel.sender = std::move(out.sender);
    from_parcel = std::move(out.receiver);
    into_parcel = std::move(in.sender);
    parcel.receivers.push_back(std::move(in.receiver));
    absl::StatusOr<transport::SharedMemory> memory =
        transport::SharedMemory::CopyOf(std::as_bytes(std::span(parcel.label)));
    EXPECT_OK(memory);
    if (memory.ok()) parcel.memory = *std::move(memory);
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    pipe = transport::UniqueFd(ends[0]);
    parcel.file = transport::UniqueFd(ends[1]);
  }

  // That `opened` has everything of this parcel, and all of it works.
  void ExpectComplete(Parcel& opened, int number) {
    EXPECT_EQ(opened.label, std::to_string(number));
    ASSERT_OK(opened.sender.Send(number));
    EXPECT_THAT(from_parcel.RecvUntil(Soon()), IsOkAndHolds(number));
    ASSERT_OK(into_parcel.Send(number));
    ASSERT_EQ(opened.receivers.size(), 1u);
    EXPECT_THAT(opened.receivers[0].RecvUntil(Soon()), IsOkAndHolds(number));
    ASSERT_TRUE(opened.memory.has_value());
    EXPECT_EQ(opened.memory->bytes().size(), opened.label.size());
    EXPECT_EQ(::write(opened.file.get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(pipe.get(), &byte, 1), 1);
  }

  Parcel parcel;
  Receiver<int> from_parcel;
  Sender<int> into_parcel;
  transport::UniqueFd pipe;
};

// Whichever of several sends fails, and however: the value and every handle in
// it are the caller's, and the same value can be sent after all.
TEST(FailedSendTest, WhereverItFailsEverythingStaysWithTheCaller) {
  const ExpectNoFdLeak no_leak;
  constexpr int kSends = 4;
  for (const absl::Status& fault :
       {absl::UnavailableError("gone"), absl::ResourceExhaustedError("full"),
        absl::DeadlineExceededError("late"), absl::OutOfRangeError("large")}) {
    for (int failing = 1; failing <= kSends; ++failing) {
      SCOPED_TRACE(::testing::Message() << fault << " at " << failing);
      const FaultInjector faults(FaultPlan().FailSend(failing, fault));
      auto [sender, receiver] = NewChannel<Parcel>(faults);
      for (int number = 1; number <= kSends; ++number) {
        Packed packed(number);
        if (number == failing) {
          EXPECT_THAT(sender.Send(std::move(packed.parcel)),
                      StatusIs(fault.code()));
          packed.ExpectComplete(packed.parcel, number);
        }
        ASSERT_OK(sender.Send(std::move(packed.parcel)));
        EXPECT_FALSE(packed.parcel.file.valid());
        absl::StatusOr<Parcel> arrived = receiver.RecvUntil(Soon());
        ASSERT_OK(arrived);
        packed.ExpectComplete(*arrived, number);
      }
      EXPECT_EQ(faults.counts().sends_failed, 1u);
    }
  }
}

TEST(FailedSendTest, StalledSendsKeepTheirDeadlinesAndTakeNothing) {
  const ExpectNoFdLeak no_leak;
  const FaultInjector faults(
      FaultPlan().StallSend(1).StallSend(2).StallSend(3));
  auto [sender, receiver] = NewChannel<Parcel>(faults);
  Packed packed(1);
  EXPECT_TRUE(IsFull(sender.TrySend(std::move(packed.parcel))));
  EXPECT_THAT(sender.SendFor(std::move(packed.parcel), absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(sender.SendUntil(std::move(packed.parcel),
                               absl::Now() + absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  packed.ExpectComplete(packed.parcel, 1);
  ASSERT_OK(sender.TrySend(std::move(packed.parcel)));
  absl::StatusOr<Parcel> arrived = receiver.RecvUntil(Soon());
  ASSERT_OK(arrived);
  packed.ExpectComplete(*arrived, 1);
}

// Messages that are lost cost the iteration themselves only.
TEST(FailedSendTest, IterationGoesOnAfterLostMessages) {
  const FaultInjector faults(
      FaultPlan()
          .LoseMessage(2, absl::DataLossError("malformed"))
          .LoseMessage(3, absl::ResourceExhaustedError("no memory")));
  auto [sender, receiver] = NewChannel<int>(faults);
  for (int value = 1; value <= 4; ++value) ASSERT_OK(sender.Send(value));
  sender = {};
  std::vector<absl::StatusOr<int>> got;
  for (absl::StatusOr<int>& value : receiver) got.push_back(value);
  ASSERT_EQ(got.size(), 4u);
  EXPECT_THAT(got[0], IsOkAndHolds(1));
  EXPECT_THAT(got[1], StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(got[2], StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(got[3], IsOkAndHolds(4));
}

}  // namespace
}  // namespace ipc_channel
