#include "ipc_channel/testing/internal/open_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ipc_channel_testing::internal {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;

class OpenDescriptorsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(pipe_), 0); }
  void TearDown() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  int pipe_[2];
};

TEST_F(OpenDescriptorsTest, ScanSeesWhatIsOpen) {
  EXPECT_THAT(ListByScan(), Contains(Key(pipe_[0])));
  const int closed = dup(pipe_[0]);
  close(closed);
  EXPECT_THAT(ListByScan(), Not(Contains(Key(closed))));
}

TEST_F(OpenDescriptorsTest, ScanTellsObjectsApart) {
  const int null = open("/dev/null", O_RDONLY);
  const int copy = dup(pipe_[0]);
  OpenDescriptors descriptors = ListByScan();
  EXPECT_NE(descriptors[pipe_[0]], descriptors[null]);
  EXPECT_EQ(descriptors[pipe_[0]], descriptors[copy]);
  close(copy);
  close(null);
}

TEST_F(OpenDescriptorsTest, MissingDirectoryIsReported) {
  EXPECT_FALSE(ListFromDirectory("/nonexistent/fd").has_value());
}

TEST_F(OpenDescriptorsTest, ListingLeavesNothingOpen) {
  const OpenDescriptors before = ListOpenDescriptors();
  EXPECT_EQ(ListOpenDescriptors(), before);
  EXPECT_THAT(before, Contains(Key(pipe_[1])));
}

#if defined(__linux__)
TEST_F(OpenDescriptorsTest, DirectoryAndScanAgreeOnTheNumbers) {
  const OpenDescriptors listed = ListOpenDescriptors();
  const OpenDescriptors scanned = ListByScan();
  ASSERT_EQ(listed.size(), scanned.size());
  for (const auto& [fd, target] : listed) {
    EXPECT_THAT(scanned, Contains(Key(fd))) << target;
  }
}
#endif

}  // namespace
}  // namespace ipc_channel_testing::internal
