#include <gtest/gtest.h>

#include "dsp/base/time.h"

namespace acq {
namespace {

TEST(Stamp, MovesByWholeSamplesToTheNearestTick) {
  Stamp stamp;
  stamp.t0_ticks = 1'000'000'000;
  stamp.tick_s = {1, 1'000'000'000};
  stamp.sigma_ns = 25;
  const Stamp later = shifted(stamp, 3, {48'000, 1});
  EXPECT_EQ(later.t0_ticks, 1'000'062'500);  // 3 / 48 kHz = 62.5 us
  EXPECT_EQ(later.sigma_ns, 25);
  EXPECT_EQ(shifted(stamp, 1, {3, 1}).t0_ticks, 1'333'333'333);
  EXPECT_EQ(shifted(stamp, 2, {3, 1}).t0_ticks, 1'666'666'667);
  EXPECT_EQ(shifted(stamp, -2, {3, 1}).t0_ticks, 333'333'333);
  EXPECT_EQ(shifted(stamp, 0, {3, 1}).t0_ticks, stamp.t0_ticks);
}

TEST(Stamp, DoesNotOverflowAfterYearsOfSamples) {
  Stamp stamp;
  stamp.tick_s = {1, 1'000'000'000};
  // 2^50 samples at 100 MHz are 2^50 * 10 ns.
  EXPECT_EQ(shifted(stamp, std::int64_t{1} << 50, {100'000'000, 1}).t0_ticks,
            (std::int64_t{1} << 50) * 10);
  stamp.tick_s = {1, 44'100};
  EXPECT_EQ(shifted(stamp, std::int64_t{1} << 50, {44'100, 1}).t0_ticks, std::int64_t{1} << 50);
}

TEST(Stamp, OfAnUnknownRateStaysWhereItIs) {
  EXPECT_EQ(shifted(Stamp{}, 17, {0, 1}).t0_ticks, 0);
}

}  // namespace
}  // namespace acq
