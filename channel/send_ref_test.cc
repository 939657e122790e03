#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::Eq;

template <class T>
ChannelEnds<T> MakeChannel() {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  EXPECT_THAT(ends, IsOk());
  return *std::move(ends);
}

struct Frame {
  std::uint32_t number = 0;
  std::string title;
  std::vector<double> samples;
  Sender<std::string> reply;
};

struct FrameRef {
  std::uint32_t number = 0;
  std::string_view title;
  std::span<const double> samples;
  Sender<std::string> reply;
};

std::string Letters(std::size_t size) {
  std::string letters(size, 'a');
  for (std::size_t i = 0; i < size; ++i) letters[i] += i % 23;
  return letters;
}

// Below, at and beyond the sizes from which a value goes from where it lies and
// from which it travels as memory of its own.
constexpr std::size_t kSizes[] = {0,      1,      4'095,  4'096,
                                  68'000, 69'632, 70'000, 3'000'000};

TEST(SendRefTest, StringsArriveFromViews) {
  auto [sender, receiver] = MakeChannel<std::string>();
  for (const std::size_t size : kSizes) {
    const std::string all = Letters(size + 7);
    const std::string_view view = std::string_view(all).substr(7);
    ASSERT_THAT(sender.SendRef(view), IsOk());
    EXPECT_THAT(receiver.Recv(), IsOkAndHolds(Eq(view))) << size;
  }
}

TEST(SendRefTest, VectorsArriveFromSpans) {
  auto [sender, receiver] = MakeChannel<std::vector<double>>();
  for (const std::size_t size : kSizes) {
    std::vector<double> values(size / sizeof(double));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1.0 / (i + 1);
    ASSERT_THAT(sender.SendRef(std::span<const double>(values)), IsOk());
    EXPECT_THAT(receiver.Recv(), IsOkAndHolds(Eq(values))) << size;
  }
}

TEST(SendRefTest, OwningValuesOfTheSameSizesArriveToo) {
  auto [sender, receiver] = MakeChannel<std::string>();
  for (const std::size_t size : kSizes) {
    const std::string letters = Letters(size);
    ASSERT_THAT(sender.Send(letters), IsOk());
    EXPECT_THAT(receiver.Recv(), IsOkAndHolds(Eq(letters))) << size;
  }
}

TEST(SendRefTest, StructsArriveFromStructsOfViewsAndHandlesAreShared) {
  auto [sender, receiver] = MakeChannel<Frame>();
  auto [reply, answers] = MakeChannel<std::string>();
  const std::vector<double> samples = {1, 2, 3};
  const FrameRef ref = {7, "title", samples, reply};
  ASSERT_THAT(sender.SendRef(ref), IsOk());
  absl::StatusOr<Frame> frame = receiver.Recv();
  ASSERT_THAT(frame, IsOk());
  EXPECT_EQ(frame->number, 7u);
  EXPECT_EQ(frame->title, "title");
  EXPECT_EQ(frame->samples, samples);
  EXPECT_THAT(frame->reply.Send("there"), IsOk());
  EXPECT_THAT(answers.Recv(), IsOkAndHolds(Eq("there")));
  EXPECT_TRUE(ref.reply.valid());
}

TEST(SendRefTest, LimitAndFullChannelAreSaid) {
  auto [sender, receiver] = MakeChannel<std::string>();
  sender.raw().SetMaxMessageBytes(10'000);
  const std::string letters = Letters(10'000);
  EXPECT_THAT(sender.SendRef(std::string_view(letters)),
              StatusIs(absl::StatusCode::kOutOfRange));
  sender.raw().SetMaxMessageBytes(100'000);
  absl::Status status;
  int sent = 0;
  while (status.ok()) {
    status = sender.TrySendRef(std::string_view(letters));
    if (status.ok()) ++sent;
  }
  EXPECT_TRUE(transport::IsFull(status)) << status;
  EXPECT_THAT(
      sender.SendRefFor(std::string_view(letters), absl::Milliseconds(1)),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  for (; sent > 0; --sent) {
    EXPECT_THAT(receiver.Recv(), IsOkAndHolds(Eq(letters)));
  }
  EXPECT_THAT(receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST(SendRefTest, ReceiverThatIsGoneIsSaid) {
  auto [sender, receiver] = MakeChannel<std::string>();
  receiver = {};
  const std::string letters = Letters(70'000);
  EXPECT_TRUE(
      transport::IsDisconnected(sender.SendRef(std::string_view(letters))));
  EXPECT_THAT(Sender<std::string>().SendRef(std::string_view(letters)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace ipc_channel
