// Address space (RLIMIT_AS), data (RLIMIT_DATA) and mappings (vm.max_map_count)
// are used up in the process that sends, or in the one that receives.

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unix/child_ends.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::CountMappings;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;
constexpr std::size_t kMuch = std::size_t{32} << 20;

// Sanitizers need address space and mappings of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif
#else
constexpr bool kIsSanitized = false;
#endif

class MemoryLimitTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    if (kIsSanitized) GTEST_SKIP() << "a sanitizer has the address space";
  }
};

// The address space of this process in bytes.
rlim_t AddressSpaceInUse() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  EXPECT_GT(pages, 0u);
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

// Room for the small things of libraries, and not for kMuch.
rlim_t LimitThatIsTooTight() { return AddressSpaceInUse() + kMuch / 2; }

IPC_CHANNEL_CHILD_MAIN(SendWithoutAddressSpace) {
  const Sender sender = ChildSender();
  const FdLeakCheck check;
  const std::vector<std::byte> payload = Pattern(kMuch);
  EXPECT_OK(sender.Send(payload));
  const std::size_t mappings = CountMappings();
  {
    const ScopedLimit limit(RLIMIT_AS, LimitThatIsTooTight());
    EXPECT_THAT(SharedMemory::CopyOf(payload), StatusIs(kExhausted));
    EXPECT_THAT(SharedMemory::Create(kMuch, [](auto) {}), StatusIs(kExhausted));
    EXPECT_THAT(MutableMemory::Create(kMuch), StatusIs(kExhausted));
    // What is sent is not mapped here.
    EXPECT_OK(sender.Send(payload));
    EXPECT_OK(SendText(sender, "small"));
  }
  EXPECT_OK(MutableMemory::Create(kMuch));
  EXPECT_LE(CountMappings(), mappings + 2);  // of the allocator, at most
  EXPECT_TRUE(check.NoLeak());
  return ChildVerdict();
}

TEST_F(MemoryLimitTest, SenderNeedsNoAddressSpace) {
  ChannelPair pair = NewUnixChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child, StartWith("SendWithoutAddressSpace",
                                                     std::move(pair.sender)));
  Message message;
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(pair.receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(kMuch)));
  }
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("small"));
  message.Clear();
  EXPECT_TRUE(EndsWell(child));
}

// As after any receive. Without a buffer messages stay queued.
Message MessageWithABuffer() {
  Message message;
  message.Buffer(std::size_t{100} << 10);
  return message;
}

// Large messages are lost one by one, small ones between them are not.
void ReceiveUnder(std::optional<int> resource, Receiver& receiver,
                  Message& message) {
  std::vector<absl::Status> statuses;
  std::vector<std::string> texts;
  const auto receive = [&] {
    for (int i = 0; i < 6; ++i) {
      statuses.push_back(receiver.Receive(message, Soon()));
      texts.push_back(Text(message.payload().first(
          std::min<std::size_t>(message.payload().size(), 10))));
    }
  };
  statuses.reserve(100);
  texts.reserve(100);
  if (resource.has_value()) {
    const ScopedLimit limit(*resource, LimitThatIsTooTight());
    receive();
  } else {
    receive();
  }
  for (int i = 0; i < 6; i += 2) {
    EXPECT_THAT(statuses[i], StatusIs(kExhausted));
    EXPECT_OK(statuses[i + 1]);
    EXPECT_EQ(texts[i + 1], std::to_string(i + 1));
  }
}

// The two messages that follow, and the end.
void ReceiveTheRest(Receiver& receiver) {
  Message message;
  EXPECT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(kMuch)));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("last"));
  EXPECT_THAT(receiver.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
}

IPC_CHANNEL_CHILD_MAIN(ReceiveWithoutAddressSpace) {
  Receiver receiver = ChildReceiver();
  const FdLeakCheck check;
  Message message = MessageWithABuffer();
  ReceiveUnder(RLIMIT_AS, receiver, message);
  ReceiveTheRest(receiver);
  EXPECT_TRUE(check.NoLeak());
  return ChildVerdict();
}

// More than that are not made: it would take too long.
constexpr std::size_t kManyMappings = std::size_t{1} << 21;

// How many the system allows.
std::size_t MostMappings() {
  std::size_t most = 0;
  std::ifstream("/proc/sys/vm/max_map_count") >> most;
  return most;
}

// As many mappings as the system allows, of every other page of one region.
class AllMappings {
 public:
  AllMappings() {
    region_ = ::mmap(nullptr, size_, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT_NE(region_, MAP_FAILED);
    for (std::size_t page = 1; page < most_; page += 2) {
      void* at = static_cast<std::byte*>(region_) + page * page_;
      if (::mprotect(at, page_, PROT_READ) != 0) break;
    }
    // A new mapping may be one over the number.
    last_ =
        ::mmap(nullptr, page_, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  }
  AllMappings(const AllMappings&) = delete;
  AllMappings& operator=(const AllMappings&) = delete;
  ~AllMappings() {
    EXPECT_EQ(::munmap(region_, size_), 0);
    if (last_ != MAP_FAILED) ::munmap(last_, page_);
  }

 private:
  const std::size_t page_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t most_ = MostMappings();
  const std::size_t size_ = (most_ + 2) * page_;
  void* region_ = nullptr;
  void* last_ = nullptr;
};

IPC_CHANNEL_CHILD_MAIN(ReceiveWithoutMappings) {
  Receiver receiver = ChildReceiver();
  const FdLeakCheck check;
  {
    Message message = MessageWithABuffer();
    const AllMappings all;
    ReceiveUnder(std::nullopt, receiver, message);
  }
  ReceiveTheRest(receiver);
  EXPECT_TRUE(check.NoLeak());
  return ChildVerdict();
}

// `name` receives as the two above do.
void ExpectLossOfTheMessageAtHandAlone(const std::string& name) {
  ChannelPair pair = NewUnixChannel();
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Pattern(kMuch)));
  const std::vector<HandleRef> several(20, memory);
  ASSERT_OK(pair.sender.Send(Pattern(kMuch), Soon()));
  ASSERT_OK(SendText(pair.sender, "1"));
  ASSERT_OK(pair.sender.Send({}, several, Soon()));
  ASSERT_OK(SendText(pair.sender, "3"));
  ASSERT_OK(pair.sender.Send(Pattern(kMuch), several, Soon()));
  ASSERT_OK(SendText(pair.sender, "5"));
  ASSERT_OK(pair.sender.Send(Pattern(kMuch), Soon()));
  ASSERT_OK(SendText(pair.sender, "last"));
  pair.sender = Sender();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       StartWith(name, std::move(pair.receiver)));
  EXPECT_TRUE(EndsWell(child));
}

TEST_F(MemoryLimitTest, WithoutAddressSpaceTheMessageAtHandAloneIsLost) {
  ExpectLossOfTheMessageAtHandAlone("ReceiveWithoutAddressSpace");
}

TEST_F(MemoryLimitTest, WithoutMappingsTheMessageAtHandAloneIsLost) {
  if (MostMappings() > kManyMappings) {
    GTEST_SKIP() << "vm.max_map_count is " << MostMappings();
  }
  ExpectLossOfTheMessageAtHandAlone("ReceiveWithoutMappings");
}

// Has the kernel give this process its stack now: to grow, that needs address
// space like everything else.
void TouchStack() {
  volatile char stack[std::size_t{256} << 10];
  for (std::size_t i = 0; i < sizeof(stack); i += 1024) stack[i] = 1;
}

// Below what a plain user may have in flight with the usual limit, 1024.
constexpr int kMessages = 15;
constexpr std::size_t kHandlesOfEachKind = 30;

// With hardly anything at all, every allocation may fail, and every mapping of
// what came. A buffer is there already: without one nothing is received.
IPC_CHANNEL_CHILD_MAIN(ReceiveWithoutAnything) {
  const int resource = args[0] == "AS" ? RLIMIT_AS : RLIMIT_DATA;
  Receiver receiver = ChildReceiver();
  const FdLeakCheck check;
  int received = 0;
  int lost = 0;
  absl::Status refused;
  absl::Status status;
  TouchStack();
  {
    Message message = MessageWithABuffer();
    std::vector<std::unique_ptr<std::byte[]>> rest_of_the_heap(100);
    const ScopedLimit limit(resource, 1);
    for (auto& rest : rest_of_the_heap) {
      rest.reset(new (std::nothrow) std::byte[60'000]);
    }
    Message without_a_buffer;
    refused = receiver.Receive(without_a_buffer, absl::InfinitePast());
    while (received + lost <= kMessages) {
      status = receiver.Receive(message, absl::InfinitePast());
      if (!status.ok() && !absl::IsResourceExhausted(status)) break;
      ++(status.ok() ? received : lost);
    }
  }
  EXPECT_THAT(refused, StatusIs(kExhausted));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(received + lost, kMessages);
  // Mapped objects are no data.
  if (resource == RLIMIT_AS) {
    EXPECT_EQ(lost, kMessages);
  }
  EXPECT_TRUE(check.NoLeak());
  return ChildVerdict();
}

TEST_F(MemoryLimitTest, NothingCrashesWithoutAnyMemory) {
  for (const std::string resource : {"AS", "DATA"}) {
    SCOPED_TRACE(resource);
    ChannelPair pair = NewUnixChannel();
    ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                         SharedMemory::CopyOf(Pattern(5'000)));
    const ChannelPair carried = NewUnixChannel();
    std::vector<HandleRef> handles(kHandlesOfEachKind, memory);
    handles.insert(handles.end(), kHandlesOfEachKind, carried.sender);
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_OK(pair.sender.Send({}, handles, Soon()));
    }
    pair.sender = Sender();
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         StartWith("ReceiveWithoutAnything",
                                   std::move(pair.receiver), {resource}));
    EXPECT_TRUE(EndsWell(child));
  }
}

}  // namespace
}  // namespace ipc_channel::transport
