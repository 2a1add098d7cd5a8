#include "dsp/base/spsc_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <random>
#include <thread>
#include <vector>

namespace acq {
namespace {

constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

TEST(SpscRing, RoundsItsCapacityUpToAPowerOfTwo) {
  EXPECT_EQ(SpscRing<int>(0).capacity(), 1U);
  EXPECT_EQ(SpscRing<int>(1).capacity(), 1U);
  EXPECT_EQ(SpscRing<int>(3).capacity(), 4U);
  EXPECT_EQ(SpscRing<int>(4).capacity(), 4U);
}

TEST(SpscRing, IsEmptyAtFirst) {
  SpscRing<int> ring(2);
  EXPECT_EQ(ring.front(), nullptr);
  EXPECT_EQ(ring.size(), 0U);
}

TEST(SpscRing, TakesNoMoreThanItsCapacityAndKeepsWhatItHas) {
  SpscRing<int> ring(2);
  EXPECT_TRUE(ring.push(1));
  EXPECT_TRUE(ring.push(2));
  EXPECT_FALSE(ring.push(3));
  EXPECT_EQ(ring.size(), 2U);
  EXPECT_EQ(*ring.front(), 1);
}

TEST(SpscRing, ShowsTheFrontUntilItIsPopped) {
  SpscRing<int> ring(2);
  ASSERT_TRUE(ring.push(7));
  EXPECT_EQ(*ring.front(), 7);
  EXPECT_EQ(*ring.front(), 7);
  ring.pop();
  EXPECT_EQ(ring.front(), nullptr);
}

// Random operations against a queue that is known to be right. `eagerness`, of 6, is the producer's.
void compare_with_deque(std::size_t capacity, std::uint64_t start, std::uint64_t eagerness,
                        std::mt19937& random) {
  SpscRing<int> ring(capacity, start);
  std::deque<int> model;
  for (int step = 0; step < 5000; ++step) {
    if (random() % 6 < eagerness) {
      const bool fits = model.size() < ring.capacity();
      ASSERT_EQ(ring.push(step), fits);
      if (fits) model.push_back(step);
    } else if (const int* front = ring.front(); model.empty()) {
      ASSERT_EQ(front, nullptr);
    } else {
      ASSERT_NE(front, nullptr);
      ASSERT_EQ(*front, model.front());
      ring.pop();
      model.pop_front();
    }
    ASSERT_EQ(ring.size(), model.size());
  }
}

TEST(SpscRing, BehavesLikeABoundedDequeWhereverItsCountersStart) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (const std::uint64_t start : {std::uint64_t{0}, kLast - 2, kLast, kLast / 2}) {
    for (const std::size_t capacity : {1U, 2U, 4U, 8U}) {
      compare_with_deque(capacity, start, random() % 5 + 1, random);
    }
  }
}

TEST(SpscRing, DeliversEveryValueOnceInOrderBetweenTwoThreads) {
  constexpr std::uint64_t kValues = 100'000;
  SpscRing<std::uint64_t> ring(64, kLast - 1000);
  std::jthread producer([&] {
    for (std::uint64_t value = 0; value < kValues;) {
      if (ring.push(value)) {
        ++value;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (std::uint64_t expected = 0; expected < kValues;) {
    const std::uint64_t* front = ring.front();
    if (front == nullptr) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*front, expected);
    ring.pop();
    ++expected;
  }
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(SpscRing, NeverSaysThatItHoldsMoreThanItsCapacityToAnOnlooker) {
  constexpr int kValues = 20'000;
  SpscRing<int> ring(4);
  std::jthread producer([&] {
    for (int value = 0; value < kValues;) {
      if (ring.push(value)) {
        ++value;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::jthread consumer([&] {
    for (int seen = 0; seen < kValues;) {
      if (ring.front() == nullptr) {
        std::this_thread::yield();
        continue;
      }
      ring.pop();
      ++seen;
    }
  });
  for (int look = 0; look < kValues; ++look) ASSERT_LE(ring.size(), ring.capacity());
}

TEST(SpscRingDeathTest, AbortsWhenPoppedWithoutAFront) {
  SpscRing<int> ring(2);
  EXPECT_DEATH(ring.pop(), "check failed");
}

TEST(SpscRing, TellsTheProducerHowManyAreQueued) {
  SpscRing<int> ring(8, ~std::uint64_t{0} - 2);  // the counters wrap on the way
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(ring.push(i));
  EXPECT_EQ(ring.size_above(0), 6U);
  for (int i = 0; i < 4; ++i) {
    ASSERT_NE(ring.front(), nullptr);
    ring.pop();
  }
  EXPECT_LE(ring.size_above(6), 6U);
  EXPECT_EQ(ring.size_above(1), 2U);
}

TEST(SpscRing, ShowsTheValueBehindTheFrontWhenItIsKnownToBeThere) {
  SpscRing<int> ring(4, ~std::uint64_t{0} - 1);
  EXPECT_EQ(ring.behind_front(), nullptr);
  ASSERT_TRUE(ring.push(1));
  ASSERT_NE(ring.front(), nullptr);
  EXPECT_EQ(ring.behind_front(), nullptr);
  ASSERT_TRUE(ring.push(2));
  ring.pop();
  ASSERT_TRUE(ring.push(3));
  ASSERT_NE(ring.front(), nullptr);
  ASSERT_NE(ring.behind_front(), nullptr);
  EXPECT_EQ(*ring.behind_front(), 3);
}

}  // namespace
}  // namespace acq
