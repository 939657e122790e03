// What a typed channel makes of a transport that fails, wherever it does.

#include <unistd.h>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
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
#include "ipc_channel/testing/soon.h"
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
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

// A handle of every kind, and those that only move wherever they can lie.
struct Parcel {
  std::string label;
  Sender<int> sender;
  std::vector<Receiver<int>> receivers;
  std::optional<SharedMemory> memory;
  UniqueFd file;
  std::optional<Receiver<int>> in_optional;
  std::optional<UniqueFd> file_in_optional;
  std::variant<int, Receiver<int>, UniqueFd> in_variant;
  std::map<std::string, std::variant<Receiver<int>, UniqueFd>> in_map;
  std::unique_ptr<std::pair<Receiver<int>, UniqueFd>> in_pointer;
  std::string padding;
};

template <class T>
ChannelEnds<T> NewChannel(const FaultInjector& faults) {
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateChannel();
  EXPECT_OK(pair);
  if (!pair.ok()) return {};
  transport::ChannelPair wrapped = faults.Wrap(*std::move(pair));
  return {Sender<T>(std::move(wrapped.sender)),
          Receiver<T>(std::move(wrapped.receiver))};
}

// Receivers and descriptors of a parcel, and the ends that lead to them.
class Moving {
 public:
  Receiver<int> NewReceiver() {
    ChannelEnds<int> ends = NewChannel<int>(FaultInjector{FaultPlan()});
    senders_.push_back(std::move(ends.sender));
    return std::move(ends.receiver);
  }

  UniqueFd NewFile() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    pipes_.emplace_back(ends[0]);
    return UniqueFd(ends[1]);
  }

  // That the two are those made by the calls numbered `index`.
  void ExpectReceiver(Receiver<int>& receiver, std::size_t index) const {
    ASSERT_OK(senders_.at(index).Send(static_cast<int>(index)));
    EXPECT_THAT(receiver.RecvUntil(Soon()),
                IsOkAndHolds(static_cast<int>(index)));
  }
  void ExpectFile(const UniqueFd& file, std::size_t index) const {
    EXPECT_EQ(::write(file.get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(pipes_.at(index).get(), &byte, 1), 1);
  }

 private:
  std::vector<Sender<int>> senders_;
  std::vector<transport::UniqueFd> pipes_;
};

// A parcel numbered `number`, and the ends that lead to what is in it.
struct Packed {
  explicit Packed(int number) {
    const FaultInjector none{FaultPlan()};
    ChannelEnds<int> out = NewChannel<int>(none);
    parcel.label = std::to_string(number);
    parcel.sender = std::move(out.sender);
    from_parcel = std::move(out.receiver);
    parcel.receivers.push_back(moving.NewReceiver());
    absl::StatusOr<transport::SharedMemory> memory =
        transport::SharedMemory::CopyOf(std::as_bytes(std::span(parcel.label)));
    EXPECT_OK(memory);
    if (memory.ok()) parcel.memory = *std::move(memory);
    parcel.file = moving.NewFile();
    parcel.in_optional = moving.NewReceiver();
    parcel.file_in_optional = moving.NewFile();
    if (number % 2 == 0) {
      parcel.in_variant = moving.NewReceiver();
    } else {
      parcel.in_variant = moving.NewFile();
    }
    parcel.in_map.emplace("receiver", moving.NewReceiver());
    parcel.in_map.emplace("file", moving.NewFile());
    parcel.in_pointer = std::make_unique<std::pair<Receiver<int>, UniqueFd>>(
        moving.NewReceiver(), moving.NewFile());
  }

  // That `opened` has everything of this parcel, and all of it works.
  void ExpectComplete(Parcel& opened, int number) {
    EXPECT_EQ(opened.label, std::to_string(number));
    ASSERT_OK(opened.sender.Send(number));
    EXPECT_THAT(from_parcel.RecvUntil(Soon()), IsOkAndHolds(number));
    ASSERT_TRUE(opened.memory.has_value());
    EXPECT_EQ(opened.memory->bytes().size(), opened.label.size());
    ExpectMovingParts(opened, number % 2 == 0);
  }

  void ExpectMovingParts(Parcel& opened, bool receiver_in_variant) {
    std::size_t receivers = 0;
    std::size_t files = 0;
    ASSERT_EQ(opened.receivers.size(), 1u);
    moving.ExpectReceiver(opened.receivers[0], receivers++);
    moving.ExpectFile(opened.file, files++);
    ASSERT_TRUE(opened.in_optional.has_value());
    moving.ExpectReceiver(*opened.in_optional, receivers++);
    ASSERT_TRUE(opened.file_in_optional.has_value());
    moving.ExpectFile(*opened.file_in_optional, files++);
    if (receiver_in_variant) {
      moving.ExpectReceiver(std::get<1>(opened.in_variant), receivers++);
    } else {
      moving.ExpectFile(std::get<2>(opened.in_variant), files++);
    }
    ASSERT_EQ(opened.in_map.size(), 2u);
    moving.ExpectReceiver(std::get<0>(opened.in_map.at("receiver")),
                          receivers++);
    moving.ExpectFile(std::get<1>(opened.in_map.at("file")), files++);
    ASSERT_NE(opened.in_pointer, nullptr);
    moving.ExpectReceiver(opened.in_pointer->first, receivers);
    moving.ExpectFile(opened.in_pointer->second, files);
  }

  // That only the handles that were taken out are gone from the value.
  void ExpectTaken() const {
    EXPECT_FALSE(parcel.file.valid());
    EXPECT_FALSE(parcel.receivers.at(0).valid());
    EXPECT_FALSE(parcel.in_optional->valid());
    EXPECT_FALSE(parcel.file_in_optional->valid());
    EXPECT_FALSE(parcel.in_pointer->first.valid());
    EXPECT_FALSE(parcel.in_pointer->second.valid());
    EXPECT_FALSE(std::get<0>(parcel.in_map.at("receiver")).valid());
    EXPECT_FALSE(std::get<1>(parcel.in_map.at("file")).valid());
    EXPECT_FALSE(parcel.label.empty());
  }

  Parcel parcel;
  Receiver<int> from_parcel;
  Moving moving;
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
        packed.ExpectTaken();
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

// The ways in which a send fails without a plan: each leaves `packed` complete,
// and what was wrong can be mended.

TEST(FailedSendTest, ToADroppedReceiverTakesNothing) {
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] = NewChannel<Parcel>(FaultInjector{FaultPlan()});
  receiver = {};
  Packed packed(1);
  EXPECT_TRUE(IsDisconnected(sender.Send(std::move(packed.parcel))));
  packed.ExpectComplete(packed.parcel, 1);
}

TEST(FailedSendTest, ByAnEmptySenderTakesNothing) {
  const ExpectNoFdLeak no_leak;
  Packed packed(2);
  EXPECT_THAT(Sender<Parcel>().Send(std::move(packed.parcel)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  packed.ExpectComplete(packed.parcel, 2);
}

TEST(FailedSendTest, OfTooManyBytesTakesNothing) {
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] = NewChannel<Parcel>(FaultInjector{FaultPlan()});
  sender.raw().SetMaxMessageBytes(1000);
  Packed packed(1);
  packed.parcel.padding.resize(1000);
  EXPECT_THAT(sender.Send(std::move(packed.parcel)),
              StatusIs(absl::StatusCode::kOutOfRange));
  packed.ExpectComplete(packed.parcel, 1);
  packed.parcel.padding.clear();
  ASSERT_OK(sender.Send(std::move(packed.parcel)));
  packed.ExpectTaken();
  absl::StatusOr<Parcel> arrived = receiver.RecvUntil(Soon());
  ASSERT_OK(arrived);
  packed.ExpectComplete(*arrived, 1);
}

TEST(FailedSendTest, OfTooManyHandlesTakesNothing) {
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] = NewChannel<Parcel>(FaultInjector{FaultPlan()});
  sender.raw().SetMaxMessageHandles(10);
  Packed packed(2);
  EXPECT_THAT(sender.Send(std::move(packed.parcel)),
              StatusIs(absl::StatusCode::kOutOfRange));
  packed.ExpectComplete(packed.parcel, 2);
  packed.parcel.memory.reset();
  ASSERT_OK(sender.Send(std::move(packed.parcel)));
  packed.ExpectTaken();
}

// Wherever the empty one lies, before or behind those that are not.
TEST(FailedSendTest, WithAnEmptyHandleAnywhereTakesNothing) {
  using Break = void (*)(Parcel & parcel);
  constexpr Break kBreaks[] = {
      [](Parcel& parcel) { parcel.receivers.emplace_back(); },
      [](Parcel& parcel) {
        parcel.receivers.insert(parcel.receivers.begin(), Receiver<int>());
      },
      [](Parcel& parcel) { parcel.in_map.emplace("z", UniqueFd()); },
      [](Parcel& parcel) { parcel.in_map.emplace("a", Receiver<int>()); }};
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] = NewChannel<Parcel>(FaultInjector{FaultPlan()});
  for (const Break break_it : kBreaks) {
    Packed packed(2);
    break_it(packed.parcel);
    EXPECT_THAT(sender.Send(std::move(packed.parcel)),
                StatusIs(absl::StatusCode::kInvalidArgument));
    auto& receivers = packed.parcel.receivers;
    std::erase_if(receivers, [](const Receiver<int>& r) { return !r.valid(); });
    packed.parcel.in_map.erase("a");
    packed.parcel.in_map.erase("z");
    packed.ExpectComplete(packed.parcel, 2);
  }
}

TEST(FailedSendTest, OfEmptyMovedOutPlacesIsRefusedAndTakesNothing) {
  using Break = void (*)(Parcel & parcel);
  constexpr Break kBreaks[] = {
      [](Parcel& parcel) { parcel.in_optional.emplace(); },
      [](Parcel& parcel) { parcel.file_in_optional.emplace(); },
      [](Parcel& parcel) { parcel.in_variant = Receiver<int>(); },
      [](Parcel& parcel) { parcel.in_pointer->second = UniqueFd(); }};
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] = NewChannel<Parcel>(FaultInjector{FaultPlan()});
  for (const Break break_it : kBreaks) {
    Packed packed(1);
    break_it(packed.parcel);
    EXPECT_THAT(sender.Send(std::move(packed.parcel)),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_TRUE(packed.parcel.file.valid());
    EXPECT_TRUE(packed.parcel.receivers.at(0).valid());
    EXPECT_TRUE(packed.parcel.in_pointer->first.valid());
    EXPECT_TRUE(std::get<0>(packed.parcel.in_map.at("receiver")).valid());
    EXPECT_TRUE(std::get<1>(packed.parcel.in_map.at("file")).valid());
  }
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
