#include "dsp/base/latest_value.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace acq {
namespace {

TEST(LatestValue, HasNothingBeforeTheFirstPublication) {
  LatestValue<int> latest;
  latest.draft() = 1;
  EXPECT_EQ(latest.read(), nullptr);
}

TEST(LatestValue, ShowsEachPublicationAtMostOnce) {
  LatestValue<int> latest;
  latest.draft() = 1;
  latest.publish();
  ASSERT_NE(latest.read(), nullptr);
  EXPECT_EQ(latest.read(), nullptr);
}

TEST(LatestValue, ShowsTheNewestAndDropsTheOnesNobodyRead) {
  LatestValue<int> latest;
  for (int value = 1; value <= 5; ++value) {
    latest.draft() = value;
    latest.publish();
  }
  const int* newest = latest.read();
  ASSERT_NE(newest, nullptr);
  EXPECT_EQ(*newest, 5);
}

TEST(LatestValue, LeavesTheValueReadAloneWhileNewOnesArePublished) {
  LatestValue<int> latest;
  latest.draft() = 1;
  latest.publish();
  const int* held = latest.read();
  for (int value = 2; value <= 9; ++value) {
    latest.draft() = value;
    latest.publish();
    ASSERT_EQ(*held, 1);
  }
}

TEST(LatestValue, IsNeverTornAndNeverGoesBackBetweenTwoThreads) {
  constexpr std::uint64_t kRounds = 100'000;
  LatestValue<std::array<std::uint64_t, 8>> latest;
  std::jthread writer([&] {
    for (std::uint64_t round = 1; round <= kRounds; ++round) {
      latest.draft().fill(round);
      latest.publish();
      if (round % 32 == 0) std::this_thread::yield();
    }
  });
  std::uint64_t before = 0;
  while (before < kRounds) {
    const auto* value = latest.read();
    if (value == nullptr) {
      std::this_thread::yield();
      continue;
    }
    for (const std::uint64_t word : *value) ASSERT_EQ(word, value->front());
    ASSERT_GT(value->front(), before);
    before = value->front();
  }
}

}  // namespace
}  // namespace acq
