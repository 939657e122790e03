#include "ipc_channel/bench/serialize/targets.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bench/ratio_table.h"

namespace ipc_channel_bench {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Sample Took(const std::string& variant, double cpu_us, int round = 0) {
  return {.work = "W", .variant = variant, .round = round, .cpu_us = cpu_us};
}

std::string Print(const Target& target, const std::vector<Sample>& samples) {
  std::ostringstream out;
  PrintTargets(std::vector<Target>{target}, samples, out);
  return out.str();
}

Target AtMost(double bound) {
  return {.work = "W",
          .other = kHandwritten,
          .kind = Target::Kind::kTimesItsTime,
          .bound = bound};
}

Target FasterThanProtobuf(double bound) {
  return {.work = "W",
          .other = kProtobuf,
          .kind = Target::Kind::kTimesAsFast,
          .bound = bound};
}

TEST(TargetsTest, ComparesMediansOfRatiosWithinARound) {
  const std::vector<Sample> samples = {
      Took(kHandwritten, 1, 0),  Took(kOurs, 1.2, 0),
      Took(kHandwritten, 10, 1), Took(kOurs, 11, 1),
      Took(kHandwritten, 2, 2),  Took(kOurs, 6, 2)};
  EXPECT_THAT(Print(AtMost(1.2), samples), HasSubstr("1.20 [1.10-3.00]"));
  EXPECT_THAT(Print(AtMost(1.2), samples), EndsWith("-  met\n"));
  EXPECT_THAT(Print(AtMost(1.19), samples), EndsWith("-  missed\n"));
}

TEST(TargetsTest, SaysWhereTheHandwrittenCoderMissesToo) {
  const std::vector<Sample> samples = {Took(kHandwritten, 3), Took(kOurs, 4),
                                       Took(kProtobuf, 12)};
  EXPECT_THAT(Print(FasterThanProtobuf(3), samples), EndsWith("4.00  met\n"));
  EXPECT_THAT(Print(FasterThanProtobuf(3.5), samples),
              EndsWith("4.00  missed\n"));
  EXPECT_THAT(Print(FasterThanProtobuf(5), samples),
              EndsWith("4.00  missed by handwritten too\n"));
}

TEST(TargetsTest, LeavesOutWhatWasNotMeasured) {
  EXPECT_THAT(Print(AtMost(1), {Took(kOurs, 4)}), Not(HasSubstr("met")));
}

}  // namespace
}  // namespace ipc_channel_bench
