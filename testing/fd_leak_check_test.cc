#include "ipc_channel/testing/fd_leak_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace ipc_channel_testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

int OpenNull() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(FdLeakCheckTest, NothingOpenedIsNoLeak) {
  FdLeakCheck check;
  EXPECT_TRUE(check.NoLeak());
  EXPECT_TRUE(check.NoLeak());
}

TEST(FdLeakCheckTest, OpenedAndClosedIsNoLeak) {
  FdLeakCheck check;
  close(OpenNull());
  EXPECT_TRUE(check.NoLeak());
}

TEST(FdLeakCheckTest, LeakIsReportedUntilClosed) {
  FdLeakCheck check;
  const int leaked = OpenNull();
  const ::testing::AssertionResult result = check.NoLeak();
  close(leaked);
  EXPECT_FALSE(result);
  EXPECT_THAT(result.message(),
              HasSubstr("left open: " + std::to_string(leaked) + " -> "));
  EXPECT_TRUE(check.NoLeak());
}

#if defined(__linux__)
TEST(FdLeakCheckTest, LeakIsNamed) {
  FdLeakCheck check;
  const int leaked = OpenNull();
  EXPECT_THAT(check.NoLeak().message(), HasSubstr("/dev/null"));
  close(leaked);
}
#endif

TEST(FdLeakCheckTest, ForeignDescriptorClosedIsReported) {
  const int fd = OpenNull();
  FdLeakCheck check;
  close(fd);
  EXPECT_THAT(check.NoLeak().message(),
              HasSubstr("closed: " + std::to_string(fd)));
}

TEST(FdLeakCheckTest, ReusedNumberIsReported) {
  const int fd = OpenNull();
  FdLeakCheck check;
  close(fd);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(ends[0], fd);
  EXPECT_THAT(check.NoLeak().message(),
              AllOf(HasSubstr("replaced: " + std::to_string(fd)),
                    HasSubstr("left open: " + std::to_string(ends[1]))));
  close(ends[0]);
  close(ends[1]);
}

void LeakInScope(int& leaked) {
  ExpectNoFdLeak no_leak;
  leaked = OpenNull();
}

TEST(ExpectNoFdLeakTest, FailsTheTestAtTheEndOfTheScope) {
  static int leaked;
  EXPECT_NONFATAL_FAILURE(LeakInScope(leaked), "left open: ");
  close(leaked);
}

TEST(ExpectNoFdLeakTest, IsSilentWithoutALeak) {
  ExpectNoFdLeak no_leak;
  close(OpenNull());
}

}  // namespace
}  // namespace ipc_channel_testing
