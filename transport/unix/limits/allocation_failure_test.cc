// Memory runs out at any one allocation of an operation, or from there on: the
// operation says so, nothing is lost that was not at hand, nothing leaks, and
// the channel goes on.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsClosed;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;
// Far more than any operation needs.
constexpr std::uint64_t kMostAllocations = 20'000;

ChannelPair NewChannel() {
  absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
  EXPECT_OK(pair);
  return *std::move(pair);
}

// What a message of each shape is made of, and the message.
struct Content {
  std::vector<std::byte> payload;
  Pipe pipe = NewPipe();
  ChannelPair channel = NewChannel();
  SharedMemory shared;
  MutableMemory writable;
  std::vector<HandleRef> handles;
};

enum class Shape { kPlain, kLarge, kAllKinds, kMany };

void Fill(Shape shape, Content& content) {
  if (shape == Shape::kPlain) {
    content.payload = Pattern(100);
    return;
  }
  content.payload = Pattern(200'000);
  if (shape == Shape::kLarge) return;
  content.shared = SharedMemory::CopyOf(Pattern(5'000)).value();
  content.writable = MutableMemory::Create(5'000).value();
  content.handles = {content.pipe.write_end, content.channel.sender,
                     content.channel.receiver, content.shared,
                     content.writable};
  if (shape != Shape::kMany) return;
  content.handles.insert(content.handles.end(), 300, content.channel.sender);
}

class AllocationFailureTest
    : public ::testing::TestWithParam<
          std::tuple<Shape, ScopedAllocationFailure::How>> {
  ExpectNoFdLeak no_leak_;

 protected:
  Shape shape() const { return std::get<0>(GetParam()); }

  // Calls `operation` with a failure after 0, 1, 2... allocations, until it
  // needs no more than succeed. `operation` makes the failure.
  void AtEveryAllocation(
      const std::function<bool(std::uint64_t successes)>& operation) {
    std::uint64_t successes = 0;
    while (operation(successes) && !HasFatalFailure()) {
      // One by one first, then in growing steps: a message of many handles
      // needs hundreds, one like the other.
      successes += 1 + successes / 50;
      ASSERT_LT(successes, kMostAllocations);
    }
  }

  template <class Operation>
  bool WithFailure(std::uint64_t successes, Operation operation) const {
    const ScopedAllocationFailure failure(successes, std::get<1>(GetParam()));
    operation();
    return failure.happened();
  }
};

TEST_P(AllocationFailureTest, ReceiveSaysSoAndGoesOn) {
  AtEveryAllocation([this](std::uint64_t successes) {
    SCOPED_TRACE(successes);
    ChannelPair pair = NewChannel();
    Content content;
    Fill(shape(), content);
    const std::size_t handles = content.handles.size();
    EXPECT_OK(pair.sender.Send(content.payload, content.handles, Soon()));
    EXPECT_OK(SendText(pair.sender, "next"));
    Message message;
    absl::Status status;
    const bool failed = WithFailure(successes, [&] {
      status = pair.receiver.Receive(message, absl::InfinitePast());
    });
    if (!status.ok()) {
      EXPECT_TRUE(failed);
      EXPECT_THAT(status, StatusIs(kExhausted));
      EXPECT_TRUE(message.payload().empty());
      EXPECT_TRUE(message.handles().empty());
      // Lost or still queued, but never half there.
      EXPECT_OK(pair.receiver.Receive(message, Soon()));
    }
    if (!Holds(message, Bytes("next"))) {
      EXPECT_TRUE(Holds(message, content.payload));
      EXPECT_EQ(message.handles().size(), handles);
      message.Clear();
      EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("next"));
    }
    if (handles > 0) {
      EXPECT_TRUE(IsClosed(content.pipe.read_end));
    }
    return failed;
  });
}

TEST_P(AllocationFailureTest, SendSaysSoAndTakesNothing) {
  AtEveryAllocation([this](std::uint64_t successes) {
    SCOPED_TRACE(successes);
    ChannelPair pair = NewChannel();
    Content content;
    Fill(shape(), content);
    absl::Status status;
    const bool failed = WithFailure(successes, [&] {
      status = pair.sender.Send(content.payload, content.handles,
                                absl::InfinitePast());
    });
    Message message;
    if (!status.ok()) {
      EXPECT_TRUE(failed);
      EXPECT_THAT(status, StatusIs(kExhausted));
      EXPECT_FALSE(IsFull(status));
      EXPECT_TRUE(
          AreConnected(content.channel.sender, content.channel.receiver));
      EXPECT_TRUE(IsPipe(content.pipe.write_end, content.pipe.read_end));
      EXPECT_THAT(pair.receiver.TryReceive(message), IsOkAndHolds(false));
      EXPECT_OK(pair.sender.Send(content.payload, content.handles, Soon()));
    }
    EXPECT_OK(pair.receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, content.payload));
    EXPECT_EQ(message.handles().size(), content.handles.size());
    return failed;
  });
}

std::string NameOf(
    const ::testing::TestParamInfo<AllocationFailureTest::ParamType>& info) {
  constexpr const char* kShapes[] = {"Plain", "Large", "AllKinds", "Many"};
  const bool once =
      std::get<1>(info.param) == ScopedAllocationFailure::How::kOnce;
  return std::string(kShapes[static_cast<int>(std::get<0>(info.param))]) +
         (once ? "Once" : "FromThenOn");
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AllocationFailureTest,
    ::testing::Combine(
        ::testing::Values(Shape::kPlain, Shape::kLarge, Shape::kAllKinds,
                          Shape::kMany),
        ::testing::Values(ScopedAllocationFailure::How::kOnce,
                          ScopedAllocationFailure::How::kFromThenOn)),
    NameOf);

TEST(CreateWithoutMemoryTest, SaysSo) {
  const ExpectNoFdLeak no_leak;
  for (std::uint64_t successes = 0;; ++successes) {
    bool failed;
    absl::Status channel;
    absl::Status shared;
    absl::Status writable;
    {
      const ScopedAllocationFailure failure(
          successes, ScopedAllocationFailure::How::kFromThenOn);
      channel = CreateUnixChannel().status();
      shared = SharedMemory::Create(10, [](auto) {}).status();
      writable = MutableMemory::Create(10).status();
      failed = failure.happened();
    }
    if (!failed) return;
    EXPECT_FALSE(channel.ok() && shared.ok() && writable.ok());
    for (const absl::Status& status : {channel, shared, writable}) {
      if (status.ok()) continue;
      EXPECT_THAT(status, StatusIs(kExhausted));
    }
  }
}

}  // namespace
}  // namespace ipc_channel::transport
