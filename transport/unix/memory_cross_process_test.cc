// Memory that is written while several processes hold it. Children find the
// receiver of what they need at kChildSocket.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

constexpr int kChildSocket = 7;
constexpr std::size_t kSize = 100'000;

class MemoryCrossProcessTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

ChannelPair NewChannel() {
  absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
  EXPECT_OK(pair);
  return pair.ok() ? *std::move(pair) : ChannelPair();
}

// Starts child `name`, which receives from `receiver`.
absl::StatusOr<ChildProcess> Start(const std::string& name, Receiver receiver) {
  ExecOptions options;
  options.descriptors = {{kChildSocket, receiver.lane()->descriptor().get()}};
  return ChildProcess::Exec(name, {}, options);
}

// What a child was sent first: memory, and where to answer.
template <class Memory>
struct Delivery {
  Receiver receiver;
  Memory memory;
  Sender reply;
};

template <class Memory>
std::optional<Delivery<Memory>> ChildDelivery() {
  absl::StatusOr<Receiver> receiver = AdoptUnixReceiver(UniqueFd(kChildSocket));
  if (!receiver.ok()) return std::nullopt;
  Message message;
  if (!receiver->Receive(message, Soon()).ok()) return std::nullopt;
  return Delivery<Memory>{.receiver = *std::move(receiver),
                          .memory = Take<Memory>(message, 0),
                          .reply = Take<Sender>(message, 1)};
}

IPC_CHANNEL_CHILD_MAIN(WriteMutableMemory) {
  std::optional<Delivery<MutableMemory>> got = ChildDelivery<MutableMemory>();
  if (!got || got->memory.size() != kSize) return 1;
  if (!got->memory.CopyIn(kSize - 5, Bytes("child")).ok()) return 2;
  if (!SendText(got->reply, "written").ok()) return 3;
  if (!ReceiveText(got->receiver).ok()) return 4;
  return Text(got->memory.bytes().first(6)) == "parent" ? 0 : 5;
}

TEST_F(MemoryCrossProcessTest, ChildAndParentWriteOneMemory) {
  ChannelPair pair = NewChannel();
  ChannelPair reply = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("WriteMutableMemory", std::move(pair.receiver)));
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory,
                       MutableMemory::Create(kSize));
  ASSERT_OK(pair.sender.Send({}, Lend(memory, reply.sender)));
  EXPECT_THAT(ReceiveText(reply.receiver), IsOkAndHolds("written"));
  EXPECT_EQ(Text(memory.bytes().last(5)), "child");
  ASSERT_OK(memory.CopyIn(0, Bytes("parent")));
  ASSERT_OK(SendText(pair.sender, "look"));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

IPC_CHANNEL_CHILD_MAIN(PunchHolesAndDie) {
  std::optional<Delivery<MutableMemory>> got = ChildDelivery<MutableMemory>();
  if (!got) return 1;
  const int fd = got->memory.region()->descriptor().get();
  if (::ftruncate(fd, 0) == 0 || ::ftruncate(fd, 2 * kSize) == 0) return 2;
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0) return 3;
  return ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                     kSize) == 0
             ? 0
             : 4;
}

// The worst a holder can do to mutable memory: it is zeroed, and still there.
TEST_F(MemoryCrossProcessTest, HostileHolderLeavesMutableMemoryUsable) {
  ChannelPair pair = NewChannel();
  ChannelPair reply = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("PunchHolesAndDie", std::move(pair.receiver)));
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory,
                       MutableMemory::Create(kSize));
  ASSERT_OK(memory.CopyIn(0, Bytes("parent")));
  ASSERT_OK(pair.sender.Send({}, Lend(memory, reply.sender)));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_EQ(Text(memory.bytes()), std::string(kSize, '\0'));
  ASSERT_OK(memory.CopyIn(0, Bytes("again")));
  EXPECT_EQ(Text(memory.bytes().first(5)), "again");
  // And still travels.
  ChannelPair other = NewChannel();
  ASSERT_OK(other.sender.Send({}, Lend(memory)));
  Message message;
  ASSERT_OK(other.receiver.Receive(message, Soon()));
  EXPECT_EQ(Text(Take<MutableMemory>(message, 0).bytes().first(5)), "again");
}

bool CanMapForWriting(int fd) {
  void* mapped =
      ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return false;
  ::munmap(mapped, kSize);
  return true;
}

// Every way there is to change the object behind `fd`.
bool CanChange(int fd) {
  return CanMapForWriting(fd) || ::pwrite(fd, "x", 1, 0) == 1 ||
         ::ftruncate(fd, 1) == 0 || ::ftruncate(fd, 2 * kSize) == 0 ||
         ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                     4'096) == 0 ||
         ::fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4'096) == 0 ||
         ::fallocate(fd, 0, 0, 2 * kSize) == 0;
}

// Through the mapping the library made.
bool CanChangeMapping(std::span<const std::byte> bytes) {
  void* address = const_cast<std::byte*>(bytes.data());
  if (::mprotect(address, bytes.size(), PROT_READ | PROT_WRITE) == 0) {
    return true;
  }
  if (::madvise(address, 4'096, MADV_REMOVE) == 0) return true;
  const UniqueFd memory(::open("/proc/self/mem", O_RDWR | O_CLOEXEC));
  return memory.valid() &&
         ::pwrite(memory.get(), "x", 1,
                  static_cast<off_t>(
                      reinterpret_cast<std::uintptr_t>(address))) == 1;
}

bool CanChangeReopened(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const UniqueFd truncated(::open(path.c_str(), O_RDWR | O_TRUNC | O_CLOEXEC));
  const UniqueFd reopened(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  return truncated.valid() || (reopened.valid() && CanChange(reopened.get()));
}

IPC_CHANNEL_CHILD_MAIN(TryToWriteReadOnlyMemory) {
  std::optional<Delivery<ReadOnlyMemory>> got = ChildDelivery<ReadOnlyMemory>();
  if (!got || got->memory.size() != kSize) return 1;
  const int fd = got->memory.region()->descriptor().get();
  if (CanChange(fd)) return 2;
  if (CanChangeMapping(got->memory.bytes())) return 3;
  if (CanChangeReopened(fd)) return 4;
  if (Text(got->memory.bytes().first(6)) != "before") return 5;
  if (!SendText(got->reply, "tried").ok()) return 6;
  if (!ReceiveText(got->receiver).ok()) return 7;
  return Text(got->memory.bytes().first(6)) == "after!" ? 0 : 8;
}

TEST_F(MemoryCrossProcessTest, ReceiverCannotWriteReadOnlyMemory) {
  ChannelPair pair = NewChannel();
  ChannelPair reply = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child, Start("TryToWriteReadOnlyMemory",
                                                 std::move(pair.receiver)));
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory made, CreateReadOnlyMemory(kSize));
  ASSERT_OK(made.writer.CopyIn(0, Bytes("before")));
  ASSERT_OK(pair.sender.Send({}, Lend(made.memory, reply.sender)));
  EXPECT_THAT(ReceiveText(reply.receiver), IsOkAndHolds("tried"));
  EXPECT_EQ(Text(made.memory.bytes().first(6)), "before");
  ASSERT_OK(made.writer.CopyIn(0, Bytes("after!")));
  ASSERT_OK(SendText(pair.sender, "look"));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

// The tries above do change an object that is not sealed against them.
TEST_F(MemoryCrossProcessTest, TheTriesChangeWhatIsNotReadOnly) {
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory,
                       MutableMemory::Create(kSize));
  EXPECT_TRUE(CanChange(memory.region()->descriptor().get()));
  EXPECT_TRUE(CanChangeMapping(memory.bytes()));
  EXPECT_TRUE(CanChangeReopened(memory.region()->descriptor().get()));
}

IPC_CHANNEL_CHILD_MAIN(MakeReadOnlyMemory) {
  std::optional<Delivery<MutableMemory>> got = ChildDelivery<MutableMemory>();
  if (!got) return 1;
  absl::StatusOr<WriterAndMemory> made = CreateReadOnlyMemory(kSize);
  if (!made.ok()) return 2;
  if (!made->writer.CopyIn(0, Bytes("made by a child")).ok()) return 3;
  return got->reply.Send({}, Lend(made->memory)).ok() ? 0 : 4;
}

TEST_F(MemoryCrossProcessTest, ReadOnlyMemoryOutlivesItsMaker) {
  ChannelPair pair = NewChannel();
  ChannelPair reply = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("MakeReadOnlyMemory", std::move(pair.receiver)));
  const MutableMemory unused;
  ASSERT_OK(pair.sender.Send({}, Lend(unused, reply.sender)));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  Message message;
  ASSERT_OK(reply.receiver.Receive(message, Soon()));
  const ReadOnlyMemory memory = Take<ReadOnlyMemory>(message, 0);
  EXPECT_EQ(Text(memory.bytes().first(15)), "made by a child");
  EXPECT_FALSE(CanChange(memory.region()->descriptor().get()));
}

}  // namespace
}  // namespace ipc_channel::transport
