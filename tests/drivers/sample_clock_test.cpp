#include "drivers/sample_clock.h"

#include <gtest/gtest.h>

namespace acq {
namespace {

TEST(SampleClock, TimeAndCountAreInversesWithoutDrift) {
  // 44100 / 3 Hz is no whole number of nanoseconds per sample.
  const SampleClock clock(5'000, 7, make_rational(44100, 3));
  for (const std::uint64_t n : {7UL, 8UL, 1000UL, 14707UL, 1'000'000'000'007UL}) {
    const std::int64_t t = clock.time_of(n);
    EXPECT_EQ(clock.made_at(t), n);
    if (n > 7) {
      EXPECT_EQ(clock.made_at(t - 1), n - 1);
    }
  }
  // 10^12 samples at 14700 Hz: 68027210 s and 13031 / 14700 s
  EXPECT_EQ(clock.time_of(1'000'000'000'007), 5'000 + 68'027'210'884'353'742);
}

TEST(SampleClock, MakesNothingBeforeItsStart) {
  const SampleClock clock(1'000, 3, {1'000'000, 1});
  EXPECT_EQ(clock.made_at(0), 3U);
  EXPECT_EQ(clock.made_at(1'000), 3U);
  EXPECT_EQ(clock.time_of(0), 1'000);
}

TEST(SampleClock, TicksMayBeNegative) {
  const SampleClock clock(1'000'000, 0, {1'000'000, 1});
  EXPECT_EQ(clock.time_of_tick(5), 1'005'000);
  EXPECT_EQ(clock.time_of_tick(-5), 995'000);
}

}  // namespace
}  // namespace acq
