#include "dsp/math/extrema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr std::uint32_t kUntouched = 0xABCD'EF01;

struct Maxima {
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> last;
  bool operator==(const Maxima&) const = default;
};

// The definition, value by value.
Maxima slow_maxima(const std::vector<float>& x, float height) {
  Maxima found;
  for (std::size_t i = 1; i + 1 < x.size(); ++i) {
    std::size_t end = i;
    while (end + 1 < x.size() && x[end + 1] == x[i]) ++end;
    if (x[i - 1] < x[i] && end + 1 < x.size() && x[end + 1] < x[i] && x[i] >= height) {
      found.first.push_back(static_cast<std::uint32_t>(i));
      found.last.push_back(static_cast<std::uint32_t>(end));
    }
  }
  return found;
}

// With exactly the room promised, and a guard behind it.
Maxima fast_maxima(const std::vector<float>& x, float height) {
  const std::size_t room = x.size() / 2 + 16;
  Maxima found{std::vector(room + 1, kUntouched), std::vector(room + 1, kUntouched)};
  const std::size_t count =
      find_maxima(x.data(), x.size(), height, found.first.data(), found.last.data());
  EXPECT_EQ(found.first.back(), kUntouched);
  EXPECT_EQ(found.last.back(), kUntouched);
  found.first.resize(count);
  found.last.resize(count);
  return found;
}

std::vector<float> random_values(std::mt19937_64& random) {
  const std::size_t levels = 2 + random() % 1000;  // few: many flat tops; many: almost none
  std::vector<float> x(random() % 200);
  for (float& value : x) value = static_cast<float>(random() % levels) - 3;
  return x;
}

TEST(Extrema, MaximaAreThoseOfTheDefinition) {
  for_each_instruction_set([] {
    const std::uint64_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int run = 0; run < 300; ++run) {
      const std::vector<float> x = random_values(random);
      ASSERT_EQ(fast_maxima(x, kLowest), slow_maxima(x, kLowest));
      ASSERT_EQ(fast_maxima(x, 5.0F), slow_maxima(x, 5.0F));
    }
  });
}

TEST(Extrema, FillNoMoreThanTheRoomPromised) {
  for_each_instruction_set([] {
    for (std::size_t count = 0; count < 100; ++count) {
      std::vector<float> x(count);
      for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<float>(i % 2);
      ASSERT_EQ(fast_maxima(x, kLowest), slow_maxima(x, kLowest)) << count;
    }
  });
}

TEST(Extrema, AFlatTopMayBeLongerThanAnyVector) {
  for_each_instruction_set([] {
    std::vector<float> x(500, 2.0F);
    x.front() = x.back() = 1;
    EXPECT_EQ(fast_maxima(x, kLowest), (Maxima{{1}, {498}}));
    x.back() = 3;
    EXPECT_EQ(fast_maxima(x, kLowest), Maxima{});
  });
}

TEST(Extrema, MinimaIncludeTheLowestBetweenAnyTwoMaxima) {
  for_each_instruction_set([] {
    const std::uint64_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int run = 0; run < 300; ++run) {
      const std::vector<float> x = random_values(random);
      std::vector<std::uint32_t> minima(x.size() / 2 + 17, kUntouched);
      minima.resize(find_minima(x.data(), x.size(), minima.data()));
      ASSERT_TRUE(std::is_sorted(minima.begin(), minima.end()));
      const Maxima maxima = slow_maxima(x, kLowest);
      for (std::size_t i = 1; i < maxima.first.size(); ++i) {
        const auto from = x.begin() + maxima.last[i - 1];
        const float lowest = *std::min_element(from, x.begin() + maxima.first[i]);
        const bool is_told = std::any_of(minima.begin(), minima.end(), [&](std::uint32_t at) {
          return at > maxima.last[i - 1] && at < maxima.first[i] && x[at] == lowest;
        });
        ASSERT_TRUE(is_told) << "between " << maxima.last[i - 1] << " and " << maxima.first[i];
      }
    }
  });
}

}  // namespace
}  // namespace acq::test
