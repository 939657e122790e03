#include "ipc_channel/examples/notebook/book_text.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/notebook/book.h"
#include "ipc_channel/testing/status_matchers.h"

namespace notebook {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::HasSubstr;

TEST(BookTextTest, BringsBackAnyBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  const Book::Entries entries = {{"all", all}, {"empty", ""}, {"text", "a b"}};
  EXPECT_THAT(FromText(ToText(entries), 3), IsOkAndHolds(entries));
}

TEST(BookTextTest, SaysWhichLineIsNone) {
  for (const char* const text :
       {"a 1\nno_space\n", "a 1\nb \\\n", "a 1\nb 2", "a 1\n\n"}) {
    EXPECT_THAT(FromText(text, 9), StatusIs(absl::StatusCode::kInvalidArgument,
                                            HasSubstr("line 2")))
        << text;
  }
}

TEST(BookTextTest, TakesNoMoreEntriesThanAllowed) {
  EXPECT_THAT(FromText("a 1\na 2\nb 3\n", 2),
              IsOkAndHolds(Book::Entries{{"a", "2"}, {"b", "3"}}));
  EXPECT_THAT(FromText("a 1\nb 2\nc 3\n", 2),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace notebook
