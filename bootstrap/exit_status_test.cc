#include "ipc_channel/bootstrap/exit_status.h"

#include <optional>

#include "gtest/gtest.h"

namespace ipc_channel {
namespace {

TEST(ExitStatusTest, OfWhatEndedByItself) {
  const ExitStatus status = ExitStatus::Exited(3);
  EXPECT_EQ(status.exit_code(), 3);
  EXPECT_EQ(status.signal(), std::nullopt);
  EXPECT_FALSE(status.core_dumped());
  EXPECT_FALSE(status.success());
  EXPECT_TRUE(ExitStatus::Exited(0).success());
  EXPECT_EQ(status.ToString(), "exited with code 3");
}

TEST(ExitStatusTest, OfWhatWasKilled) {
  const ExitStatus status = ExitStatus::Killed(9);
  EXPECT_EQ(status.exit_code(), std::nullopt);
  EXPECT_EQ(status.signal(), 9);
  EXPECT_FALSE(status.core_dumped());
  EXPECT_FALSE(status.success());
  EXPECT_EQ(status.ToString(), "killed by signal 9");
}

TEST(ExitStatusTest, OfWhatLeftACore) {
  const ExitStatus status = ExitStatus::Dumped(6);
  EXPECT_EQ(status.exit_code(), std::nullopt);
  EXPECT_EQ(status.signal(), 6);
  EXPECT_TRUE(status.core_dumped());
  EXPECT_EQ(status.ToString(), "killed by signal 6, core dumped");
  EXPECT_NE(status, ExitStatus::Killed(6));
}

}  // namespace
}  // namespace ipc_channel
