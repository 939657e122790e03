#include "ipc_channel/transport/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/scoped_limit.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::StatusIs;

static_assert(!std::is_copy_constructible_v<UniqueFd>);
static_assert(!std::is_copy_assignable_v<UniqueFd>);
static_assert(std::is_nothrow_move_constructible_v<UniqueFd>);
static_assert(std::is_nothrow_move_assignable_v<UniqueFd>);
static_assert(!std::is_constructible_v<bool, UniqueFd>);

class UniqueFdTest : public ::testing::Test {
 protected:
  static int Open() { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }
  static bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

 private:
  ExpectNoFdLeak no_leak_;
};

TEST_F(UniqueFdTest, OwnsNothingByDefault) {
  const UniqueFd none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(none.get(), -1);
  EXPECT_FALSE(none.Borrow().valid());
}

TEST_F(UniqueFdTest, NegativeNumberIsNone) {
  EXPECT_EQ(UniqueFd(-7).get(), -1);
  UniqueFd fd;
  fd.Reset(-7);
  EXPECT_EQ(fd.get(), -1);
}

TEST_F(UniqueFdTest, ZeroIsADescriptor) {
  UniqueFd zero(0);
  EXPECT_TRUE(zero.valid());
  EXPECT_EQ(zero.Release(), 0);
}

TEST_F(UniqueFdTest, ClosesAtTheEnd) {
  int number;
  {
    const UniqueFd fd(Open());
    number = fd.get();
    EXPECT_TRUE(IsOpen(number));
    EXPECT_EQ(fd.Borrow(), BorrowedFd(number));
  }
  EXPECT_FALSE(IsOpen(number));
}

TEST_F(UniqueFdTest, MoveLeavesNothingBehind) {
  UniqueFd first(Open());
  const int number = first.get();
  UniqueFd second(std::move(first));
  EXPECT_FALSE(first.valid());  // NOLINT: what a moved-from object says
  EXPECT_EQ(second.get(), number);

  UniqueFd third(Open());
  const int closed = third.get();
  third = std::move(second);
  EXPECT_FALSE(second.valid());  // NOLINT: what a moved-from object says
  EXPECT_EQ(third.get(), number);
  EXPECT_FALSE(IsOpen(closed));
}

TEST_F(UniqueFdTest, MoveToItselfKeepsTheDescriptor) {
  UniqueFd fd(Open());
  UniqueFd& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(IsOpen(fd.get()));
}

TEST_F(UniqueFdTest, ReleaseGivesUpOwnership) {
  UniqueFd fd(Open());
  const int number = fd.Release();
  EXPECT_FALSE(fd.valid());
  EXPECT_TRUE(IsOpen(number));
  EXPECT_EQ(::close(number), 0);
}

TEST_F(UniqueFdTest, ResetClosesAndKeepsErrno) {
  UniqueFd fd(Open());
  const int number = fd.get();
  errno = 123;
  fd.Reset();
  EXPECT_EQ(errno, 123);
  EXPECT_FALSE(IsOpen(number));

  UniqueFd already_closed(number);
  errno = 123;
  already_closed.Reset();
  EXPECT_EQ(errno, 123);
}

TEST_F(UniqueFdTest, DuplicateIsCloseOnExecAndIndependent) {
  UniqueFd fd(Open());
  ASSERT_OK_AND_ASSIGN(const UniqueFd copy, fd.Duplicate());
  EXPECT_NE(copy.get(), fd.get());
  EXPECT_EQ(::fcntl(copy.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  fd.Reset();
  EXPECT_TRUE(IsOpen(copy.get()));
}

TEST_F(UniqueFdTest, DuplicateOfNothingIsRefused) {
  EXPECT_THAT(UniqueFd().Duplicate(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(UniqueFdTest, DuplicateAtTheLimitIsExhausted) {
  const UniqueFd fd(Open());
  const absl::Status status = [&fd] {
    const ScopedDescriptorLimit limit(0);
    return fd.Duplicate().status();
  }();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace ipc_channel::transport
