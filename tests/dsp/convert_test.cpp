#include "dsp/math/convert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>

#include "tests/support/simd_targets.h"

namespace acq {
namespace {

constexpr std::uint64_t kSeed = 20240701;

template <typename T>
T random_value(std::mt19937_64& random) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(random());
  } else {
    return static_cast<T>(static_cast<double>(random()) / 1e18 - 9);
  }
}

// What the definition says, in long double; the result may be rounded twice without FMA.
template <typename T>
void expect_planes(Dtype dtype, Layout layout, std::size_t channels, std::size_t count) {
  std::mt19937_64 random(kSeed + channels * 1000 + count);
  std::vector<T> raw(channels * count);
  for (T& value : raw) value = random_value<T>(random);
  std::vector<float> scale(channels), offset(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    scale[c] = 0.001F * static_cast<float>(c + 1);
    offset[c] = 0.5F - static_cast<float>(c);
  }
  constexpr float kUntouched = -12345;
  std::vector<std::vector<float>> planes(channels, std::vector<float>(count + 1, kUntouched));
  std::vector<float*> pointers;
  for (auto& plane : planes) pointers.push_back(plane.data());
  to_planes(reinterpret_cast<const std::byte*>(raw.data()), dtype, layout, channels, count,
            scale.data(), offset.data(), pointers.data());
  for (std::size_t c = 0; c < channels; ++c) {
    EXPECT_EQ(planes[c][count], kUntouched) << "written past the end of channel " << c;
    for (std::size_t i = 0; i < count; ++i) {
      const T value = layout == Layout::kInterleaved ? raw[i * channels + c] : raw[c * count + i];
      const double product = static_cast<double>(value) * static_cast<double>(scale[c]);
      const double exact = product + static_cast<double>(offset[c]);
      // Half an ulp of the result, and of the product where it is rounded on its own.
      const double tolerance = (std::abs(exact) + std::abs(product)) * 0x1p-24;
      ASSERT_NEAR(planes[c][i], exact, tolerance)
          << "channel " << c << " of " << channels << ", sample " << i << " of " << count;
    }
  }
}

template <typename T>
void expect_all_shapes(Dtype dtype) {
  for (const std::size_t channels : {1U, 2U, 3U, 4U, 5U, 8U, 16U, 64U}) {
    for (const std::size_t count : {0U, 1U, 7U, 16U, 33U, 64U, 65U, 200U}) {
      expect_planes<T>(dtype, Layout::kInterleaved, channels, count);
      expect_planes<T>(dtype, Layout::kPlanar, channels, count);
    }
  }
}

TEST(ToPlanes, FollowsTheDefinitionForEveryTypeShapeAndInstructionSet) {
  RecordProperty("seed", std::to_string(kSeed));
  test::for_each_instruction_set([] {
    expect_all_shapes<std::int8_t>(Dtype::kI8);
    expect_all_shapes<std::uint8_t>(Dtype::kU8);
    expect_all_shapes<std::int16_t>(Dtype::kI16);
    expect_all_shapes<std::uint16_t>(Dtype::kU16);
    expect_all_shapes<std::int32_t>(Dtype::kI32);
    expect_all_shapes<float>(Dtype::kF32);
    expect_all_shapes<double>(Dtype::kF64);
  });
}

TEST(ToPlanes, IsExactAtTheEndsOfEachIntegerWithScaleOne) {
  test::for_each_instruction_set([] {
    const float scale = 1, offset = 0;
    float out[2];
    float* plane = out;
    const auto convert = [&](const auto& ends, Dtype dtype) {
      to_planes(reinterpret_cast<const std::byte*>(ends), dtype, Layout::kInterleaved, 1, 2, &scale,
                &offset, &plane);
    };
    const std::int16_t i16[] = {-32768, 32767};
    convert(i16, Dtype::kI16);
    EXPECT_EQ(out[0], -32768.0F);
    EXPECT_EQ(out[1], 32767.0F);
    const std::uint16_t u16[] = {0, 65535};
    convert(u16, Dtype::kU16);
    EXPECT_EQ(out[1], 65535.0F);
    const std::int32_t i32[] = {std::numeric_limits<std::int32_t>::min(), 16777217};
    convert(i32, Dtype::kI32);
    EXPECT_EQ(out[0], -2147483648.0F);
    EXPECT_EQ(out[1], 16777216.0F);  // half-way, to even
  });
}

TEST(ToPlanes, KeepsTheDigitsOfWideIntegersNearTheirOffset) {
  // 2^30 + 3 less 2^30: float32 arithmetic would lose the 3.
  const std::int32_t raw = (1 << 30) + 3;
  const float scale = 1, offset = -0x1p30F;
  float out = 0;
  float* plane = &out;
  to_planes(reinterpret_cast<const std::byte*>(&raw), Dtype::kI32, Layout::kInterleaved, 1, 1,
            &scale, &offset, &plane);
  EXPECT_EQ(out, 3.0F);
}

TEST(ToPlanes, ANanStaysWhereItIs) {
  for (const std::size_t channels : {1U, 2U, 4U, 8U, 3U}) {
    std::vector<float> raw(channels * 40, 1.0F);
    raw[channels * 17 + channels - 1] = std::nanf("");
    std::vector<float> scale(channels, 2.0F), offset(channels, 1.0F);
    std::vector<std::vector<float>> planes(channels, std::vector<float>(40));
    std::vector<float*> pointers;
    for (auto& plane : planes) pointers.push_back(plane.data());
    to_planes(reinterpret_cast<const std::byte*>(raw.data()), Dtype::kF32, Layout::kInterleaved,
              channels, 40, scale.data(), offset.data(), pointers.data());
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t i = 0; i < 40; ++i) {
        EXPECT_EQ(std::isnan(planes[c][i]), c == channels - 1 && i == 17) << c << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace acq
