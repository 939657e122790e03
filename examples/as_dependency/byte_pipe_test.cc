#include "byte_pipe.h"

#include "gtest/gtest.h"

TEST(BytePipeTest, GivesBackWhatWasSent) {
  auto text = ThroughAChannel("as it was");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, "as it was");
}
