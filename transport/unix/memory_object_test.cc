#include "ipc_channel/transport/unix/memory_object.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::StatusIs;

class MemoryObjectTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

std::vector<std::byte> ReadAll(const UniqueFd& object) {
  struct stat status;
  EXPECT_EQ(::fstat(object.get(), &status), 0);
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  EXPECT_EQ(::pread(object.get(), bytes.data(), bytes.size(), 0),
            static_cast<ssize_t>(bytes.size()));
  return bytes;
}

TEST_F(MemoryObjectTest, CopyHoldsTheBytes) {
  const std::vector<std::byte> bytes = Pattern(200'001);
  ASSERT_OK_AND_ASSIGN(const UniqueFd object,
                       SealedObjectWithCopyOf(Payload(bytes)));
  EXPECT_EQ(ReadAll(object), bytes);
}

TEST_F(MemoryObjectTest, FilledObjectHoldsTheBytes) {
  const std::vector<std::byte> bytes = Pattern(3'000'001);
  ASSERT_OK_AND_ASSIGN(
      const UniqueFd object,
      SealedObjectFilledBy(bytes.size(), [&](std::span<std::byte> block) {
        std::ranges::copy(bytes, block.begin());
      }));
  EXPECT_EQ(ReadAll(object), bytes);
}

TEST_F(MemoryObjectTest, NobodyCanExecuteIt) {
  const UniqueFd known(::memfd_create("test", MFD_CLOEXEC | 0x0008u));
  if (!known.valid()) GTEST_SKIP() << "no MFD_NOEXEC_SEAL before Linux 6.3";
  ASSERT_OK_AND_ASSIGN(const UniqueFd object,
                       SealedObjectWithCopyOf(Payload(Bytes("sealed"))));
  struct stat status;
  ASSERT_EQ(::fstat(object.get(), &status), 0);
  EXPECT_EQ(status.st_mode & 0111, 0u);
  EXPECT_EQ(::fchmod(object.get(), 0700), -1);
}

TEST_F(MemoryObjectTest, NobodyCanChangeASealedObject) {
  ASSERT_OK_AND_ASSIGN(const UniqueFd copied,
                       SealedObjectWithCopyOf(Payload(Bytes("sealed"))));
  ASSERT_OK_AND_ASSIGN(const UniqueFd filled,
                       SealedObjectFilledBy(6, [](std::span<std::byte>) {}));
  for (const int fd : {copied.get(), filled.get()}) {
    EXPECT_EQ(::pwrite(fd, "x", 1, 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::ftruncate(fd, 3), -1);
    EXPECT_EQ(::ftruncate(fd, 9), -1);
    EXPECT_EQ(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 6),
              -1);
    EXPECT_EQ(::mmap(nullptr, 6, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
    EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
}

TEST_F(MemoryObjectTest, NobodyCanResizeOrSealAMutableObject) {
  ASSERT_OK_AND_ASSIGN(const UniqueFd object, MutableObject(6));
  const int fd = object.get();
  EXPECT_EQ(ReadAll(object), std::vector<std::byte>(6));
  EXPECT_EQ(::ftruncate(fd, 3), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(fd, 9), -1);
  EXPECT_EQ(::fallocate(fd, 0, 0, 9), -1);
  EXPECT_EQ(::pwrite(fd, "x", 1, 6), -1);
  EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
  EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(::pwrite(fd, "x", 1, 5), 1);
}

TEST_F(MemoryObjectTest, ReadOnlyObjectIsWrittenThroughItsMappingAlone) {
  ASSERT_OK_AND_ASSIGN(ReadOnlyObject made, NewReadOnlyObject(6));
  const int fd = made.object.get();
  made.writer.writable_bytes()[5] = std::byte{9};
  EXPECT_EQ(ReadAll(made.object)[5], std::byte{9});
  EXPECT_EQ(::pwrite(fd, "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(fd, 3), -1);
  EXPECT_EQ(::ftruncate(fd, 9), -1);
  EXPECT_EQ(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 6),
            -1);
  EXPECT_EQ(::mmap(nullptr, 6, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

// Not even the writer can take pages away, or readers might run into holes.
TEST_F(MemoryObjectTest, WriterOfAReadOnlyObjectCannotPunchHoles) {
  ASSERT_OK_AND_ASSIGN(ReadOnlyObject made, NewReadOnlyObject(4'096));
  made.writer.writable_bytes()[0] = std::byte{9};
  EXPECT_EQ(::madvise(made.writer.writable_bytes().data(), 4'096, MADV_REMOVE),
            -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ReadAll(made.object)[0], std::byte{9});
}

// The kernel would raise SIGXFSZ, which ends the process.
TEST_F(MemoryObjectTest, FileSizeLimitIsOutOfRangeAndNoSignal) {
  // Test runners may leave it ignored.
  const auto before = std::signal(SIGXFSZ, SIG_DFL);
  const std::vector<std::byte> bytes(10'001);
  const ScopedLimit limit(RLIMIT_FSIZE, 10'000);
  EXPECT_THAT(SealedObjectWithCopyOf(Payload(bytes)),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(SealedObjectFilledBy(
                  10'001, [](std::span<std::byte>) { FAIL() << "called"; }),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(MutableObject(10'001), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(NewReadOnlyObject(10'001),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_OK(MutableObject(10'000));
  EXPECT_OK(NewReadOnlyObject(10'000));
  EXPECT_OK(SealedObjectWithCopyOf(Payload(std::span(bytes).first(10'000))));
  EXPECT_OK(SealedObjectFilledBy(10'000, [](std::span<std::byte>) {}));
  std::signal(SIGXFSZ, before);
}

TEST_F(MemoryObjectTest, DescriptorLimitIsExhaustion) {
  const absl::Status status = [] {
    const ScopedDescriptorLimit limit(0);
    return SealedObjectWithCopyOf(Payload(Bytes("x"))).status();
  }();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(MemoryObjectTest, WritableObjectsCostOneDescriptor) {
  std::vector<absl::Status> made;
  for (const int more : {0, 1}) {
    const ScopedDescriptorLimit limit(more);
    made.push_back(MutableObject(6).status());
    made.push_back(NewReadOnlyObject(6).status());
  }
  const auto exhausted = StatusIs(absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(made[0], exhausted);
  EXPECT_THAT(made[1], exhausted);
  EXPECT_OK(made[2]);
  EXPECT_OK(made[3]);
}

void Ignore(int) {}

// A timer that fires many times while the object is made.
TEST_F(MemoryObjectTest, PeriodicSignalsDoNotKeepAnObjectFromBeingMade) {
  struct sigaction action = {};
  action.sa_handler = Ignore;
  struct sigaction before;
  ASSERT_EQ(::sigaction(SIGALRM, &action, &before), 0);
  const itimerval every_2ms = {.it_interval = {.tv_sec = 0, .tv_usec = 2'000},
                               .it_value = {.tv_sec = 0, .tv_usec = 2'000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &every_2ms, nullptr), 0);
  const absl::StatusOr<UniqueFd> object =
      SealedObjectFilledBy(256 << 20, [](std::span<std::byte>) {});
  const itimerval never = {};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &never, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
  EXPECT_OK(object);
}

// It is in the process that made the object only.
TEST_F(MemoryObjectTest, ForkedChildHasNoWriterOfAReadOnlyObject) {
  ASSERT_OK_AND_ASSIGN(ReadOnlyObject made, NewReadOnlyObject(4'096));
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&made] {
                         unsigned char page = 0;
                         const int found = ::mincore(
                             made.writer.writable_bytes().data(), 4'096, &page);
                         return found == -1 && errno == ENOMEM ? 0 : 1;
                       }));
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(0)));
}

// As another thread of a program may fork at any time.
TEST_F(MemoryObjectTest, ChildForkedWhileFillingDoesNotPreventTheSeal) {
  absl::StatusOr<ChildProcess> child = absl::UnknownError("not started");
  const absl::StatusOr<UniqueFd> object =
      SealedObjectFilledBy(10'000, [&](std::span<std::byte> block) {
        child = ChildProcess::Fork([] {
          while (true) ::pause();
          return 0;
        });
        block[0] = std::byte{1};
      });
  ASSERT_OK(child);
  ASSERT_OK(object);
  EXPECT_EQ(ReadAll(*object)[0], std::byte{1});
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
