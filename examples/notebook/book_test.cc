#include "ipc_channel/examples/notebook/book.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/notebook/limits.h"
#include "ipc_channel/testing/status_matchers.h"

namespace notebook {
namespace {

using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsNull;
using ::testing::Pointee;

TEST(BookTest, HoldsWhatWasPutLast) {
  Book book({});
  EXPECT_THAT(book.Put({{"a", "1"}, {"b", "2"}}), IsOk());
  EXPECT_THAT(book.Put({{"a", "3"}}), IsOk());
  EXPECT_THAT(book.Get("a"), Pointee(std::string("3")));
  EXPECT_THAT(book.Get("b"), Pointee(std::string("2")));
  EXPECT_TRUE(book.Delete("a"));
  EXPECT_FALSE(book.Delete("a"));
  EXPECT_THAT(book.Get("a"), IsNull());
}

TEST(BookTest, PutsAllOrNothing) {
  Book book({.value_bytes = 3});
  EXPECT_THAT(book.Put({{"a", "1"}, {"b", "1234"}}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(book.Put({{"a", "1"}, {"b\n", "1"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(book.entries().empty());
}

TEST(BookTest, IsFullByBytesAndByEntries) {
  Book book({.entries = 3, .book_bytes = 10});
  EXPECT_THAT(book.Put({{"a", "1234"}, {"b", "1234"}}), IsOk());
  EXPECT_THAT(book.Put({{"a", "12345"}}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(book.Put({{"a", ""}}), IsOk());
  EXPECT_THAT(book.Put({{"c", ""}}), IsOk());
  EXPECT_THAT(book.Put({{"d", ""}}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(book.Delete("b"));
  EXPECT_THAT(book.Put({{"d", "1234567"}}), IsOk());
}

TEST(BookTest, ListsInPagesThatMissNothing) {
  Book book({.list_bytes = 4});
  EXPECT_THAT(
      book.Put({{"a", ""}, {"k1", ""}, {"k2", ""}, {"k3", ""}, {"l", ""}}),
      IsOk());
  bool are_all = true;
  EXPECT_THAT(book.List("k", "", are_all), ElementsAre("k1", "k2"));
  EXPECT_FALSE(are_all);
  EXPECT_THAT(book.List("k", "k2", are_all), ElementsAre("k3"));
  EXPECT_TRUE(are_all);
  EXPECT_THAT(book.List("k", "x", are_all), ElementsAre());
  EXPECT_TRUE(are_all);
  EXPECT_THAT(book.List("", "k3", are_all), ElementsAre("l"));
}

TEST(BookTest, ListsAKeyThatIsLongerThanAPage) {
  Book book({.list_bytes = 1});
  EXPECT_THAT(book.Put({{"long", ""}, {"longer", ""}}), IsOk());
  bool are_all = true;
  EXPECT_THAT(book.List("", "", are_all), ElementsAre("long"));
  EXPECT_FALSE(are_all);
  EXPECT_THAT(book.List("", "long", are_all), ElementsAre("longer"));
  EXPECT_TRUE(are_all);
}

}  // namespace
}  // namespace notebook
