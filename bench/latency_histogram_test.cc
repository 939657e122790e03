#include "ipc_channel/bench/latency_histogram.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace ipc_channel_bench {
namespace {

TEST(LatencyHistogramTest, HasNothingToSayOfNothing) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), 0u);
  EXPECT_EQ(histogram.max(), 0u);
}

TEST(LatencyHistogramTest, SmallDurationsAreExact) {
  LatencyHistogram histogram;
  for (std::uint64_t i = 1; i <= 50; ++i) histogram.Add(i);
  EXPECT_EQ(histogram.Quantile(0), 1u);
  EXPECT_EQ(histogram.Quantile(0.5), 25u);
  EXPECT_EQ(histogram.Quantile(0.98), 49u);
  EXPECT_EQ(histogram.Quantile(1), 50u);
}

TEST(LatencyHistogramTest, LargeDurationsAreRoundedUpByLittle) {
  for (std::uint64_t value = 1; value < (std::uint64_t{1} << 62);
       value += 1 + value / 3) {
    LatencyHistogram histogram;
    histogram.Add(value);
    histogram.Add(UINT64_MAX);
    EXPECT_GE(histogram.Quantile(0.5), value);
    EXPECT_LE(histogram.Quantile(0.5), value + value / 64);
    EXPECT_EQ(histogram.max(), UINT64_MAX);
  }
}

TEST(LatencyHistogramTest, OneOfAHundredIsBeyondP99) {
  LatencyHistogram histogram;
  for (int i = 0; i < 99; ++i) histogram.Add(10);
  histogram.Add(1000000);
  EXPECT_EQ(histogram.Quantile(0.99), 10u);
  EXPECT_EQ(histogram.max(), 1000000u);
  EXPECT_EQ(histogram.total(), 100u);
}

TEST(LapTimerTest, EveryLapIsCounted) {
  LapTimer timer;
  timer.Lap();
  timer.Lap();
  EXPECT_EQ(timer.histogram().total(), 2u);
}

}  // namespace
}  // namespace ipc_channel_bench
