#include "ipc_channel/testing/environment.h"

#include <cstdlib>

#include "gtest/gtest.h"

namespace ipc_channel_testing {
namespace {

constexpr const char* kVariable = "IPC_CHANNEL_NUMBER_OF_THIS_TEST";

// Death tests fork, which ThreadSanitizer cannot follow without an exec.
class EnvironmentDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { ::unsetenv(kVariable); }
};

TEST_F(EnvironmentDeathTest, GivesTheNumberOrTheDefault) {
  ::unsetenv(kVariable);
  EXPECT_EQ(NumberFromEnvironment(kVariable, 7), 7u);
  ::setenv(kVariable, "0", 1);
  EXPECT_EQ(NumberFromEnvironment(kVariable, 7), 0u);
  ::setenv(kVariable, "18446744073709551615", 1);
  EXPECT_EQ(NumberFromEnvironment(kVariable, 7), ~0ull);
}

TEST_F(EnvironmentDeathTest, EndsTheProgramAtAnythingElse) {
  for (const char* junk :
       {"", "many", "5k", "-1", " 5", "18446744073709551616"}) {
    ::setenv(kVariable, junk, 1);
    EXPECT_EXIT(NumberFromEnvironment(kVariable, 7),
                ::testing::ExitedWithCode(2), "is not a number");
  }
}

}  // namespace
}  // namespace ipc_channel_testing
