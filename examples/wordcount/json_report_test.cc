#include "ipc_channel/examples/wordcount/json_report.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/wordcount/outcome.h"

namespace wordcount {
namespace {

TEST(JsonReportTest, SaysEverything) {
  Outcome outcome;
  outcome.files.push_back({"a\n", 3});
  outcome.files.push_back({"b", absl::NotFoundError("no \"b\"")});
  outcome.words = {{"the", 2}, {"Of", 1}};
  outcome.total_words = 3;
  outcome.lost_workers.push_back({2, 123, "was killed by signal 9", "a\n"});
  outcome.lost_workers.push_back({1, 124, "exited with 1", ""});
  EXPECT_EQ(JsonReport(outcome), R"({
  "total_words": 3,
  "words": {
    "Of": 1,
    "the": 2
  },
  "files": [
    {"path": "a\u000a", "total_words": 3},
    {"path": "b", "error": "no \"b\""}
  ],
  "lost_workers": [
    {"worker": 2, "pid": 123, "how": "was killed by signal 9", "path": "a\u000a"},
    {"worker": 1, "pid": 124, "how": "exited with 1", "path": null}
  ]
}
)");
}

TEST(JsonReportTest, NothingIsNotAnError) {
  EXPECT_EQ(JsonReport(Outcome()), R"({
  "total_words": 0,
  "words": {
  },
  "files": [
  ],
  "lost_workers": [
  ]
}
)");
}

}  // namespace
}  // namespace wordcount
