#include "ipc_channel/transport/doorbell.h"

#include <poll.h>

#include <utility>

#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;

bool IsReadable(BorrowedFd descriptor) {
  pollfd entry = {.fd = descriptor.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
}

TEST(DoorbellTest, IsReadableBetweenRingAndSilence) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  EXPECT_FALSE(IsReadable(bell.descriptor()));
  for (int round = 0; round < 3; ++round) {
    bell.Ring();
    EXPECT_TRUE(IsReadable(bell.descriptor()));
    EXPECT_TRUE(IsReadable(bell.descriptor()));
    bell.Silence();
    EXPECT_FALSE(IsReadable(bell.descriptor()));
  }
}

TEST(DoorbellTest, RepetitionHasNoEffect) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  bell.Silence();
  for (int i = 0; i < 100'000; ++i) bell.Ring();
  EXPECT_TRUE(IsReadable(bell.descriptor()));
  bell.Silence();
  EXPECT_FALSE(IsReadable(bell.descriptor()));
  bell.Silence();
  bell.Ring();
  EXPECT_TRUE(IsReadable(bell.descriptor()));
}

TEST(DoorbellTest, KeepsItsDescriptorWhenMoved) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  const BorrowedFd descriptor = bell.descriptor();
  bell.Ring();
  Doorbell moved = std::move(bell);
  EXPECT_EQ(moved.descriptor(), descriptor);
  EXPECT_TRUE(IsReadable(descriptor));
  moved.Silence();
  EXPECT_FALSE(IsReadable(descriptor));
}

}  // namespace
}  // namespace ipc_channel::transport
