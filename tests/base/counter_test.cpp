#include "dsp/base/counter.h"

#include <gtest/gtest.h>

#include <thread>

#include "dsp/base/cycles.h"

namespace acq {
namespace {

TEST(Counter, AddsRaisesAndSets) {
  Counter counter;
  counter.add(5);
  counter.add(2);
  EXPECT_EQ(counter.get(), 7U);
  counter.raise_to(3);
  EXPECT_EQ(counter.get(), 7U);
  counter.raise_to(9);
  EXPECT_EQ(counter.get(), 9U);
  counter.set(1);
  EXPECT_EQ(counter.get(), 1U);
}

TEST(Counter, NeverGoesBackForAReaderOnAnotherThread) {
  constexpr std::uint64_t kSteps = 20'000;
  Counter counter;
  std::jthread writer([&] {
    for (std::uint64_t i = 0; i < kSteps; ++i) counter.add(1);
  });
  for (std::uint64_t before = 0; before < kSteps;) {
    const std::uint64_t now = counter.get();
    ASSERT_GE(now, before);
    before = now;
    std::this_thread::yield();
  }
}

TEST(Cycles, NeverGoBackOnOneThread) {
  std::uint64_t before = cycles();
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t now = cycles();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(Cycles, OfNothingAreNoTime) {
  EXPECT_EQ(cycles_to_ns(0), 0U);
  EXPECT_GT(cycles_to_ns(1'000'000'000), 0U);
}

}  // namespace
}  // namespace acq
