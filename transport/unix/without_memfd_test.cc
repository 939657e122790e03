// Sending and receiving in a process that the system gives no memfd_create.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;
using ::testing::HasSubstr;

class WithoutMemfdTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  static void SetUpTestSuite() {
    ASSERT_TRUE(unix_backend::DenyMemfdAndLargeBuffers(EPERM));
    ASSERT_EQ(::memfd_create("test", MFD_CLOEXEC), -1);
  }

  void SetUp() override {
    absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
    ASSERT_OK(pair);
    sender_ = std::move(pair->sender);
    receiver_ = std::move(pair->receiver);
  }

  void Expect(std::span<const std::byte> payload) {
    Message message;
    ASSERT_OK(receiver_.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, payload));
  }

  Sender sender_;
  Receiver receiver_;
};

TEST_F(WithoutMemfdTest, PayloadsOfAnySizeArrive) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kMaxInlineBytes, kMaxInlineBytes + 1,
        std::size_t{1} << 20, std::size_t{16} << 20}) {
    SCOPED_TRACE(size);
    ASSERT_OK(sender_.Send(Pattern(size), Soon()));
    Expect(Pattern(size));
  }
}

TEST_F(WithoutMemfdTest, QueuedPayloadsOutliveTheirSender) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    ASSERT_OK(sender_.Send(Pattern(2 << 20, seed), absl::InfinitePast()));
  }
  sender_ = Sender();
  for (std::uint64_t seed = 0; seed < 5; ++seed) Expect(Pattern(2 << 20, seed));
  Message message;
  EXPECT_THAT(receiver_.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(WithoutMemfdTest, QueuedPayloadsMoveWithTheirReceiver) {
  ASSERT_OK_AND_ASSIGN(ChannelPair outer, CreateUnixChannel());
  ASSERT_OK(sender_.Send(Pattern(2 << 20), absl::InfinitePast()));
  ASSERT_OK(outer.sender.Send({}, Lend(receiver_)));
  Message message;
  ASSERT_OK(outer.receiver.Receive(message, Soon()));
  receiver_ = Take<Receiver>(message, 0);
  Expect(Pattern(2 << 20));
}

TEST_F(WithoutMemfdTest, SharedMemoryIsPrivateWithoutADescriptor) {
  const FdLeakCheck no_descriptor;
  ASSERT_OK_AND_ASSIGN(
      const SharedMemory made,
      SharedMemory::Create(200'000, [](std::span<std::byte> block) {
        EXPECT_TRUE(std::ranges::all_of(
            block, [](std::byte byte) { return byte == std::byte{0}; }));
        std::ranges::copy(Pattern(200'000), block.begin());
      }));
  EXPECT_TRUE(std::ranges::equal(made.bytes(), Pattern(200'000)));
  ASSERT_OK_AND_ASSIGN(const SharedMemory copied,
                       SharedMemory::CopyOf(Bytes("copy")));
  EXPECT_EQ(Text(copied.bytes()), "copy");
  EXPECT_TRUE(no_descriptor.NoLeak());
  // read() into it says what a store would end the process for.
  const UniqueFd zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  for (const SharedMemory& memory : {made, copied}) {
    EXPECT_EQ(
        ::read(zeros.get(), const_cast<std::byte*>(memory.bytes().data()), 1),
        -1);
    EXPECT_EQ(errno, EFAULT);
  }
}

TEST_F(WithoutMemfdTest, SharedMemoryArrivesAsACopyAndTravelsOn) {
  for (const std::size_t size : {1, 100'000, 3'000'000}) {
    ASSERT_OK_AND_ASSIGN(SharedMemory memory,
                         SharedMemory::CopyOf(Pattern(size)));
    const SharedMemory empty;
    for (int hops = 0; hops < 3; ++hops) {
      ASSERT_OK(sender_.Send(Bytes("hop"), Lend(memory, empty, memory)));
      Message message;
      ASSERT_OK(receiver_.Receive(message, Soon()));
      EXPECT_TRUE(Take<SharedMemory>(message, 1).bytes().empty());
      const SharedMemory twin = Take<SharedMemory>(message, 2);
      EXPECT_TRUE(std::ranges::equal(twin.bytes(), memory.bytes()));
      memory = Take<SharedMemory>(message, 0);
    }
    EXPECT_TRUE(std::ranges::equal(memory.bytes(), Pattern(size)));
  }
}

TEST_F(WithoutMemfdTest, HandlesOfAllKindsTravelBesidePayloadsAndMemory) {
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Pattern(1'000'000)));
  for (const std::size_t count : {4, 252, 253, 600}) {
    SCOPED_TRACE(count);
    const Pipe pipe = NewPipe();
    UniqueFd copy(::fcntl(pipe.write_end.get(), F_DUPFD_CLOEXEC, 0));
    ASSERT_OK_AND_ASSIGN(ChannelPair moved, CreateUnixChannel());
    std::vector<HandleRef> handles(count, sender_);
    handles[0] = copy;
    handles[1] = memory;
    handles[count - 2] = moved.receiver;
    handles[count - 1] = memory;
    ASSERT_OK(sender_.Send(Pattern(2 << 20), handles, Soon()));
    Message message;
    ASSERT_OK(receiver_.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(2 << 20)));
    ASSERT_EQ(message.handles().size(), count);
    EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 0), pipe.read_end));
    Receiver receiver = Take<Receiver>(message, count - 2);
    EXPECT_TRUE(AreConnected(moved.sender, receiver));
    for (const std::size_t i : {std::size_t{1}, count - 1}) {
      EXPECT_TRUE(std::ranges::equal(Take<SharedMemory>(message, i).bytes(),
                                     memory.bytes()));
    }
  }
}

TEST_F(WithoutMemfdTest, MemoryThatOthersWriteIsExhausted) {
  const auto exhausted = StatusIs(absl::StatusCode::kResourceExhausted,
                                  HasSubstr("(memfd_create)"));
  EXPECT_THAT(MutableMemory::Create(1), exhausted);
  EXPECT_THAT(CreateReadOnlyMemory(1), exhausted);
  const MutableMemory no_mutable;
  const ReadOnlyMemory no_read_only;
  ASSERT_OK(sender_.Send({}, Lend(no_mutable, no_read_only), Soon()));
  Message message;
  ASSERT_OK(receiver_.Receive(message, Soon()));
  EXPECT_EQ(Take<MutableMemory>(message, 0).size(), 0u);
  EXPECT_EQ(Take<ReadOnlyMemory>(message, 1).size(), 0u);
}

// A receiver's limit holds for what lies in a carrier, too; shared memory has
// none but its own.
TEST_F(WithoutMemfdTest, PayloadOverTheReceiversLimitIsRefused) {
  receiver_.SetMaxMessageBytes(999'999);
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Pattern(1'000'000)));
  ASSERT_OK(sender_.Send(Pattern(1'000'000), Soon()));
  ASSERT_OK(sender_.Send(Pattern(999'999), Lend(memory), Soon()));
  Message message;
  EXPECT_THAT(receiver_.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK(receiver_.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(999'999)));
  EXPECT_EQ(Take<SharedMemory>(message, 0).bytes().size(), 1'000'000u);
}

// The pages are never touched.
TEST_F(WithoutMemfdTest, SharedMemoryOverTheMessageLimitDoesNotTravel) {
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::Create(kDefaultMaxMessageBytes + 1,
                                            [](std::span<std::byte>) {}));
  EXPECT_THAT(sender_.Send({}, Lend(memory), Soon()),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(WithoutMemfdTest, FullChannelRefusesOrWaitsAndTakesNothing) {
  const std::vector<std::byte> payload = Pattern(2 << 20);
  ASSERT_OK_AND_ASSIGN(SharedMemory memory, SharedMemory::CopyOf(payload));
  const Pipe pipe = NewPipe();
  UniqueFd copy(::fcntl(pipe.write_end.get(), F_DUPFD_CLOEXEC, 0));
  const std::array<HandleRef, 2> handles = {copy, HandleRef::Moving(memory)};
  ASSERT_OK(Fill(sender_));
  const FdLeakCheck no_leak;
  EXPECT_TRUE(IsFull(sender_.Send(payload, absl::InfinitePast())));
  EXPECT_TRUE(IsFull(sender_.Send({}, handles, absl::InfinitePast())));
  for (const std::span<const std::byte> bytes :
       {std::span(payload), std::span(payload).first(3)}) {
    EXPECT_THAT(
        sender_.Send(bytes, handles, absl::Now() + absl::Milliseconds(20)),
        StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  EXPECT_TRUE(no_leak.NoLeak());
  EXPECT_TRUE(copy.valid());
  EXPECT_EQ(memory.bytes().size(), payload.size());
}

TEST_F(WithoutMemfdTest, SendThatWaitedForRoomArrives) {
  ASSERT_OK_AND_ASSIGN(const int filled, Fill(sender_));
  std::thread thread([this] {
    Message message;
    absl::SleepFor(absl::Milliseconds(20));
    while (message.payload().size() < 100'000) {
      ASSERT_OK(receiver_.Receive(message, Soon()));
    }
    EXPECT_TRUE(Holds(message, Pattern(2 << 20)));
  });
  EXPECT_GT(filled, 0);
  EXPECT_OK(sender_.Send(Pattern(2 << 20), Soon()));
  thread.join();
}

TEST_F(WithoutMemfdTest, ReceiverThatIsGoneIsToldAndNothingIsTaken) {
  const Pipe pipe = NewPipe();
  UniqueFd copy(::fcntl(pipe.write_end.get(), F_DUPFD_CLOEXEC, 0));
  ASSERT_OK(sender_.Send(Pattern(2 << 20), Soon()));
  receiver_ = Receiver();
  EXPECT_THAT(sender_.Send(Pattern(2 << 20), Lend(copy), Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(copy.valid());
}

TEST_F(WithoutMemfdTest, ReceiverThatGoesWhileASendWaitsEndsIt) {
  ASSERT_OK(Fill(sender_));
  std::thread thread([this] {
    absl::SleepFor(absl::Milliseconds(20));
    receiver_ = Receiver();
  });
  EXPECT_THAT(sender_.Send(Pattern(2 << 20), absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kUnavailable));
  thread.join();
}

TEST_F(WithoutMemfdTest, PayloadInTwoPlacesArrivesAsOne) {
  const std::vector<std::byte> payload = Pattern(300'000);
  const std::span<const std::byte> all(payload);
  for (const std::size_t head : {std::size_t{12}, std::size_t{200'000}}) {
    ASSERT_OK(
        sender_.Send(Payload(all.first(head), all.subspan(head)), {}, Soon()));
    Expect(payload);
  }
}

TEST_F(WithoutMemfdTest, SendAtTheDescriptorLimitFailsAndTakesNothing) {
  const std::vector<std::byte> payload = Pattern(4 << 20);
  // UBSan meets all classes.
  ASSERT_OK(sender_.Send(payload, Soon()));
  Expect(payload);
  for (const int room : {0, 1, 2, 3, 5}) {
    const absl::Status status = [&] {
      const ScopedDescriptorLimit limit(room);
      return sender_.Send(payload, Soon());
    }();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted)) << room;
    EXPECT_FALSE(IsFull(status));
  }
  ASSERT_OK(sender_.Send(payload, Soon()));
  Expect(payload);
}

TEST_F(WithoutMemfdTest, ManySendersGetTheirPayloadsThrough) {
  constexpr int kSenders = 4;
  constexpr int kEach = 30;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSenders; ++i) {
    threads.emplace_back([this, i] {
      const std::vector<std::byte> payload =
          Pattern(600'000, static_cast<std::uint64_t>(i));
      for (int n = 0; n < kEach; ++n) {
        EXPECT_OK(sender_.Send(payload, Soon()));
        EXPECT_OK(sender_.Send({}, Soon()));
      }
    });
  }
  int whole = 0;
  Message message;
  for (int n = 0; n < 2 * kSenders * kEach; ++n) {
    ASSERT_OK(receiver_.Receive(message, Soon()));
    for (std::uint64_t i = 0; i < kSenders; ++i) {
      if (Holds(message, Pattern(600'000, i))) ++whole;
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(whole, kSenders * kEach);
}

}  // namespace
}  // namespace ipc_channel::transport
