#include "dsp/base/planes.h"

#include <gtest/gtest.h>

namespace acq {
namespace {

TEST(Planes, AreZeroAlignedAndApart) {
  Planes planes(3, 17);
  ASSERT_EQ(planes.channels(), 3U);
  ASSERT_EQ(planes.count(), 17U);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(planes[c]) % kPlaneAlign, 0U);
    for (const float value : planes.plane(c)) EXPECT_EQ(value, 0.0F);
  }
  // A cache line lies between the end of one and the start of the next.
  for (std::size_t c = 1; c < 3; ++c) EXPECT_GE(planes[c] - planes[c - 1], 17 + 16);
}

TEST(Planes, KeepToTheirOwnValues) {
  Planes planes(2, 5);
  for (float& value : planes.plane(0)) value = 1;
  for (float& value : planes.plane(1)) value = 2;
  EXPECT_EQ(planes[0][4], 1.0F);
  EXPECT_EQ(planes[1][0], 2.0F);
  planes.fill(7);
  EXPECT_EQ(planes[0][0], 7.0F);
  EXPECT_EQ(planes[1][4], 7.0F);
}

TEST(Planes, LendTheirMemoryToAChunk) {
  Planes planes(2, 5);
  std::array<float*, kMaxChannels> lent{};
  planes.lend(lent);
  EXPECT_EQ(lent[0], planes[0]);
  EXPECT_EQ(lent[1], planes[1]);
  EXPECT_EQ(lent[2], nullptr);
}

TEST(Planes, MayBeEmpty) {
  const Planes none;
  EXPECT_EQ(none.channels(), 0U);
  const Planes no_samples(2, 0);
  EXPECT_TRUE(no_samples.plane(1).empty());
}

}  // namespace
}  // namespace acq
