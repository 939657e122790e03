#include "ipc_channel/examples/wordcount/word_counter.h"

#include <cctype>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

WordCounts Counts(std::string_view text) {
  WordCounter counter;
  counter.Add(Bytes(text));
  return counter.Finish();
}

TEST(WordCounterTest, CountsRunsOfLettersAndDigitsAndKeepsCase) {
  EXPECT_THAT(Counts("the The\tthe--2nd,x_y\n"),
              UnorderedElementsAre(Pair("the", 2), Pair("The", 1),
                                   Pair("2nd", 1), Pair("x", 1), Pair("y", 1)));
}

TEST(WordCounterTest, FindsNothingInNothing) {
  EXPECT_THAT(Counts(""), IsEmpty());
  EXPECT_THAT(Counts(" \n.\n"), IsEmpty());
}

TEST(WordCounterTest, CountsTheWordAtTheVeryEnd) {
  EXPECT_THAT(Counts("a bc"),
              UnorderedElementsAre(Pair("a", 1), Pair("bc", 1)));
}

TEST(WordCounterTest, EveryByteIsAWordByteOrNotAsInTheCLocale) {
  for (int value = 0; value < 256; ++value) {
    const bool expected = value < 128 && std::isalnum(value) != 0;
    EXPECT_EQ(IsWordByte(static_cast<std::byte>(value)), expected) << value;
    const std::string text = {'a', static_cast<char>(value), 'b'};
    EXPECT_EQ(Counts(text).size(), expected ? 1u : 2u) << value;
  }
}

TEST(WordCounterTest, CutsDoNotMatterWhereverTheyAre) {
  constexpr std::string_view kText = "ab abc  d\nabc ef";
  const WordCounts expected = Counts(kText);
  for (std::size_t i = 0; i <= kText.size(); ++i) {
    for (std::size_t j = i; j <= kText.size(); ++j) {
      WordCounter counter;
      counter.Add(Bytes(kText.substr(0, i)));
      counter.Add(Bytes(kText.substr(i, j - i)));
      counter.Add(Bytes(kText.substr(j)));
      EXPECT_EQ(counter.Finish(), expected) << i << " " << j;
    }
  }
}

TEST(WordCounterTest, AWordCanBeLongerThanManyPieces) {
  WordCounter counter;
  for (int i = 0; i < 1000; ++i) counter.Add(Bytes("xyz"));
  EXPECT_THAT(counter.Finish(), UnorderedElementsAre(Pair(testing::_, 1)));
}

TEST(WordCounterTest, IsEmptyAfterItHasFinished) {
  WordCounter counter;
  counter.Add(Bytes("a b"));
  counter.Finish();
  EXPECT_THAT(counter.Finish(), IsEmpty());
}

}  // namespace
}  // namespace wordcount
