#include "ipc_channel/examples/wordcount/report.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/wordcount/outcome.h"

namespace wordcount {
namespace {

TEST(ReportTest, PrintsTheMostFrequentWordsThenTheFiles) {
  Outcome outcome;
  outcome.files.push_back({"a\033[2J", 6});
  outcome.files.push_back({"b", absl::NotFoundError("no b")});
  outcome.words = {{"x", 1}, {"the", 2}, {"a", 1}, {"of", 2}};
  outcome.total_words = 6;
  EXPECT_EQ(TextReport(outcome, 3),
            "       count  word\n"
            "           2  of\n"
            "           2  the\n"
            "           1  a\n"
            "\n"
            "       words  file\n"
            "           6  a\\x1b[2J\n"
            "      failed  b\n"
            "           6  total\n");
}

TEST(ReportTest, LeavesTheWordsOutIfNoneAreWanted) {
  EXPECT_EQ(TextReport(Outcome(), 0),
            "       words  file\n"
            "           0  total\n");
}

}  // namespace
}  // namespace wordcount
