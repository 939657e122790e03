#include "ipc_channel/examples/loops/loop_descriptor.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {
namespace {

using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::UniqueFd;
using Loan = LoopDescriptors::Loan;

class LoopDescriptorsTest : public ::testing::Test {
 protected:
  Loan Take() { return descriptors_.Take(file_.Borrow()).value(); }

  ipc_channel_testing::ExpectNoFdLeak no_leak_;
  UniqueFd file_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  LoopDescriptors descriptors_;
};

TEST_F(LoopDescriptorsTest, TheFirstBorrowsAndOthersHaveDuplicates) {
  const Loan first = Take();
  EXPECT_EQ(first.get(), file_.get());
  const Loan second = Take();
  const Loan third = Take();
  EXPECT_NE(second.get(), file_.get());
  EXPECT_NE(third.get(), second.get());
  EXPECT_EQ(::fcntl(second.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(LoopDescriptorsTest, WhatWasGivenBackIsBorrowedAgain) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(Take().get(), file_.get());
  }
  EXPECT_EQ(::fcntl(file_.get(), F_GETFD), FD_CLOEXEC);  // still open
}

TEST_F(LoopDescriptorsTest, DuplicatesAreClosedAndTheBorrowedOneIsNot) {
  std::optional<Loan> first = Take();
  std::optional<Loan> second = Take();
  const int duplicate = second->get();
  second.reset();
  EXPECT_EQ(::fcntl(duplicate, F_GETFD), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_NE(Take().get(), file_.get());  // the first has it still
}

TEST_F(LoopDescriptorsTest, AMovedLoanIsTheOnlyOne) {
  Loan first = Take();
  {
    const Loan moved = std::move(first);
    EXPECT_EQ(moved.get(), file_.get());
  }
  EXPECT_EQ(Take().get(), file_.get());
}

TEST_F(LoopDescriptorsTest, NoDescriptorIsNone) {
  const auto loan = descriptors_.Take(BorrowedFd());
  ASSERT_OK(loan);
  EXPECT_FALSE(loan->valid());
}

}  // namespace
}  // namespace loops
