#include "ipc_channel/bench/ratio_table.h"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ipc_channel_bench {
namespace {

using ::testing::HasSubstr;

Sample Twin(int round, double time_us) {
  return {.work = "W",
          .size = 4096,
          .variant = "bare",
          .is_twin = true,
          .round = round,
          .time_us = time_us};
}

Sample Ours(int round, double time_us) {
  return {.work = "W",
          .size = 4096,
          .variant = "ours",
          .round = round,
          .time_us = time_us};
}

TEST(SpreadTest, IsTheMiddleAndTheEnds) {
  const Spread odd = SpreadOf({5, 1, 2});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.low, 1);
  EXPECT_EQ(odd.high, 5);
  EXPECT_EQ(SpreadOf({4, 1, 2, 100}).median, 3);
}

TEST(RatioTest, ComparesWithinARound) {
  // The machine was ten times slower in round 1; ours took twice the time in
  // both, and 1.25 times in the last.
  const std::vector<Sample> samples = {Twin(0, 1),  Ours(0, 2),    Ours(1, 20),
                                       Twin(1, 10), Ours(2, 1.25), Twin(2, 1)};
  const std::optional<Spread> ratio =
      RatioOf(samples[1], samples, &Sample::time_us);
  ASSERT_TRUE(ratio.has_value());
  EXPECT_DOUBLE_EQ(ratio->median, 0.5);
  EXPECT_DOUBLE_EQ(ratio->low, 0.5);
  EXPECT_DOUBLE_EQ(ratio->high, 0.8);
}

TEST(RatioTest, NeedsTheTwinOfTheSameRoundAndSize) {
  Sample other_size = Twin(0, 1);
  other_size.size = 8;
  const std::vector<Sample> samples = {other_size, Twin(1, 1), Ours(0, 2)};
  EXPECT_FALSE(RatioOf(samples.back(), samples, &Sample::time_us).has_value());
}

TEST(RatioTest, IsNothingWhereTheCostIsUnknown) {
  const std::vector<Sample> samples = {Twin(0, 3), Ours(0, 4)};
  EXPECT_FALSE(RatioOf(samples[1], samples, &Sample::cpu_us).has_value());
}

TEST(TableTest, ShowsMediansAndRatios) {
  const std::vector<Sample> samples = {Twin(0, 3), Ours(0, 4), Ours(1, 4),
                                       Twin(1, 3)};
  std::ostringstream out;
  PrintTable(samples, out);
  EXPECT_THAT(out.str(), HasSubstr("0.75 [0.75-0.75]"));
  EXPECT_THAT(out.str(), HasSubstr("4Ki bare"));
  EXPECT_THAT(out.str(), HasSubstr("(twin)"));
}

TEST(CsvTest, HasALineForEachSample) {
  std::ostringstream out;
  PrintCsv(std::vector<Sample>{Twin(0, 3), Ours(0, 4)}, out);
  EXPECT_EQ(
      out.str(),
      "round,work,size,variant,is_twin,time_us,cpu_us,p50_us,p99_us,p999_us,"
      "max_us\n"
      "0,W,4096,bare,1,3,0,0,0,0,0\n"
      "0,W,4096,ours,0,4,0,0,0,0,0\n");
}

}  // namespace
}  // namespace ipc_channel_bench
