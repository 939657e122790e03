#include "ipc_channel/examples/decoder/command_line.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"

namespace decoder {
namespace {

using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;

using Words = std::vector<const char*>;

TEST(CommandLineTest, FlagsMayStandBehindFiles) {
  const auto line =
      ParseCommandLine(Words{"a.png", "--out-dir=d", "--seconds=3", "b.png"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_THAT(line->files, ElementsAre("a.png", "b.png"));
  EXPECT_EQ(line->out_dir, "d");
  EXPECT_EQ(line->time, absl::Seconds(3));
  EXPECT_FALSE(line->worker);
}

TEST(CommandLineTest, AnythingIsAFileBehindTwoDashes) {
  const auto line = ParseCommandLine(Words{"--", "--worker", "--"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_THAT(line->files, ElementsAre("--worker", "--"));
  EXPECT_FALSE(line->worker);
}

TEST(CommandLineTest, WhatIsNotUnderstoodIsRefused) {
  for (const char* word : {"--seconds=0", "--seconds=x", "--seconds",
                           "--out-dir=", "--out-dir", "--what", "-h"}) {
    EXPECT_THAT(ParseCommandLine(Words{word, "file"}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << word;
  }
}

TEST(CommandLineTest, FilesAreNeededUnlessHelpIsAskedFor) {
  EXPECT_THAT(ParseCommandLine(Words{"--seconds=1"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(ParseCommandLine(Words{"--help"}).ok());
  EXPECT_TRUE(ParseCommandLine(Words{"--worker"}).ok());
}

}  // namespace
}  // namespace decoder
