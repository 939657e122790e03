#include "ipc_channel/examples/wordcount/word_table.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/status_matchers.h"

namespace wordcount {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

// The same fields as a table's entry.
struct Entry {
  std::string word;
  std::uint64_t count = 0;
};

absl::StatusOr<WordCounts> ReadTableOf(const std::vector<Entry>& entries) {
  const auto bytes = ipc_channel::serialize::Encode(entries);
  if (!bytes.ok()) return bytes.status();
  return ReadWordTable(*bytes);
}

std::vector<std::byte> BytesOf(const WordCounts& counts) {
  const auto table = MakeWordTable(counts);
  EXPECT_TRUE(table.ok()) << table.status();
  if (!table.ok()) return {};
  return {table->bytes().begin(), table->bytes().end()};
}

TEST(WordTableTest, CountsComeBackAsTheyWere) {
  const WordCounts counts = {{"the", 3}, {"The", 1}, {"0", kMax - 4}};
  EXPECT_THAT(ReadWordTable(BytesOf(counts)), IsOkAndHolds(counts));
}

TEST(WordTableTest, AnEmptyTableIsATable) {
  EXPECT_THAT(ReadWordTable(BytesOf({})), IsOkAndHolds(WordCounts()));
}

TEST(WordTableTest, NoBytesAreNotATable) {
  EXPECT_THAT(ReadWordTable({}), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(WordTableTest, RefusesATableThatIsCutOffAnywhere) {
  const std::vector<std::byte> bytes = BytesOf({{"ab", 1}, {"cd", 2}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(ReadWordTable(std::span(bytes).first(size)),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(WordTableTest, RefusesBytesAfterTheEnd) {
  std::vector<std::byte> bytes = BytesOf({{"ab", 1}});
  bytes.push_back(std::byte{0});
  EXPECT_THAT(ReadWordTable(bytes), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(WordTableTest, SurvivesAnyChangeOfOneByte) {
  const std::vector<std::byte> good = BytesOf({{"ab", 1}, {"cd", 2}});
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::vector<std::byte> bytes = good;
      bytes[i] = static_cast<std::byte>(value);
      const auto counts = ReadWordTable(bytes);
      if (!counts.ok()) {
        EXPECT_THAT(counts, StatusIs(absl::StatusCode::kDataLoss));
      }
    }
  }
}

TEST(WordTableTest, RefusesWhatIsNotAWord) {
  for (const std::string word : {"", "a b", "a\n", "\xff"}) {
    EXPECT_THAT(ReadTableOf({{word, 1}}),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(WordTableTest, RefusesWordsThatAreThereTwiceOrInDisorder) {
  EXPECT_TRUE(ReadTableOf({{"a", 1}, {"b", 1}}).ok());
  EXPECT_THAT(ReadTableOf({{"a", 1}, {"a", 1}}),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ReadTableOf({{"b", 1}, {"a", 1}}),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(WordTableTest, RefusesImpossibleCounts) {
  EXPECT_THAT(ReadTableOf({{"a", 0}}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(ReadTableOf({{"a", kMax - 1}, {"b", 1}}).ok());
  EXPECT_THAT(ReadTableOf({{"a", kMax}, {"b", 1}}),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace wordcount
