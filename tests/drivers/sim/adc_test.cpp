#include "drivers/sim/adc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

namespace acq::sim {
namespace {

struct Case {
  Dtype dtype;
  int bits;
};
class EveryAdc : public testing::TestWithParam<Case> {};
// Those whose steps are well above the 24 significant bits of the values.
class CoarseAdc : public EveryAdc {};

std::vector<double> converted(const Adc& adc, Dtype dtype, const std::vector<float>& values) {
  std::vector<std::byte> raw(values.size() * size_of(dtype));
  adc.convert(values, raw.data(), 1);
  std::vector<double> codes(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::byte* at = raw.data() + i * size_of(dtype);
    const auto as = [&]<typename T>(T code) {
      std::memcpy(&code, at, sizeof(code));
      return static_cast<double>(code);
    };
    switch (dtype) {
      case Dtype::kI8: codes[i] = as(std::int8_t{}); break;
      case Dtype::kU8: codes[i] = as(std::uint8_t{}); break;
      case Dtype::kI16: codes[i] = as(std::int16_t{}); break;
      case Dtype::kU16: codes[i] = as(std::uint16_t{}); break;
      case Dtype::kI32: codes[i] = as(std::int32_t{}); break;
      default: codes[i] = as(float{}); break;
    }
  }
  return codes;
}

TEST_P(EveryAdc, IsWithinHalfAStepOfTheValue) {
  const Adc adc(GetParam().dtype, GetParam().bits, 2.5);
  std::vector<float> values;
  for (int i = 0; i <= 10000; ++i) values.push_back(static_cast<float>(-2.5 + i * 4.99 / 10000));
  const std::vector<double> codes = converted(adc, GetParam().dtype, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double back = codes[i] * adc.step() + adc.offset();
    // The last code stands for range minus one step.
    const double value = std::min(double{values[i]}, 2.5 - adc.step());
    // Half a step, and the rounding of float arithmetic (2^-23 of the range).
    ASSERT_NEAR(back, value, adc.step() / 2 + 2.5 * 0x1p-22) << i;
  }
}

TEST_P(EveryAdc, SaturatesAndSaysSo) {
  const Adc adc(GetParam().dtype, GetParam().bits, 1);
  const std::vector<float> values = {-3e30F, -1.6F, 0, 1.6F, 3e30F};
  const std::vector<double> codes = converted(adc, GetParam().dtype, values);
  EXPECT_EQ(codes[0] * adc.step() + adc.offset(), -1);
  EXPECT_EQ(codes[1], codes[0]);
  EXPECT_EQ(codes[3] * adc.step() + adc.offset(), 1 - adc.step());
  EXPECT_EQ(codes[4], codes[3]);
  std::vector<std::byte> raw(sizeof(std::int32_t));
  EXPECT_TRUE(adc.convert({values.data() + 1, 1}, raw.data(), 1).low);
  EXPECT_FALSE(adc.convert({values.data() + 1, 1}, raw.data(), 1).high);
  EXPECT_TRUE(adc.convert({values.data() + 3, 1}, raw.data(), 1).high);
  const Adc::Clipped none = adc.convert({values.data() + 2, 1}, raw.data(), 1);
  EXPECT_FALSE(none.low || none.high);
}

// A full-scale sine has 6.02 bits + 1.76 dB over the noise of an ideal quantiser (W. Kester, ADI
// MT-001); checked to 0.1 bit.
TEST_P(CoarseAdc, HasTheNoiseOfAnIdealQuantiser) {
  const Adc adc(GetParam().dtype, GetParam().bits, 1);
  constexpr int kSamples = 1 << 16;
  std::vector<float> values(kSamples);
  const double amplitude = 1 - adc.step();
  for (int i = 0; i < kSamples; ++i) {  // 7919 turns, a prime
    values[static_cast<std::size_t>(i)] =
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * 7919 * i / kSamples));
  }
  const std::vector<double> codes = converted(adc, GetParam().dtype, values);
  double error = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double d = codes[i] * adc.step() + adc.offset() - double{values[i]};
    error += d * d / kSamples;
  }
  const double snr_db = 10 * std::log10(amplitude * amplitude / 2 / error);
  EXPECT_NEAR((snr_db - 1.76) / 6.02, adc.bits(), 0.1);
}

TEST_P(EveryAdc, CountsModuloItsType) {
  const Adc adc(GetParam().dtype, GetParam().bits, 1);
  const std::size_t bits = 8 * size_of(GetParam().dtype);
  const std::uint64_t first = 0xffff'ffff'ffff'fff0;
  std::vector<std::byte> raw(64 * size_of(GetParam().dtype));
  adc.count(first, 64, raw.data(), 1);
  for (std::uint64_t i = 0; i < 64; ++i) {
    std::uint64_t code = 0;
    std::memcpy(&code, raw.data() + i * bits / 8, bits / 8);
    ASSERT_EQ(code, (first + i) & ((std::uint64_t{1} << bits) - 1));
  }
}

std::string name_of(const testing::TestParamInfo<Case>& tested) {
  return "dtype" + std::to_string(static_cast<int>(tested.param.dtype)) + "bits" +
         std::to_string(tested.param.bits);
}
INSTANTIATE_TEST_SUITE_P(Types, EveryAdc,
                         testing::Values(Case{Dtype::kI8, 0}, Case{Dtype::kU8, 0},
                                         Case{Dtype::kI16, 0}, Case{Dtype::kU16, 0},
                                         Case{Dtype::kI16, 12}, Case{Dtype::kU16, 14},
                                         Case{Dtype::kI32, 18}, Case{Dtype::kI32, 24},
                                         Case{Dtype::kI32, 0}, Case{Dtype::kI8, 1}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Types, CoarseAdc,
                         testing::Values(Case{Dtype::kI8, 0}, Case{Dtype::kU8, 0},
                                         Case{Dtype::kI8, 6}, Case{Dtype::kI16, 0},
                                         Case{Dtype::kU16, 0}, Case{Dtype::kI16, 12},
                                         Case{Dtype::kU16, 14}, Case{Dtype::kI32, 18}),
                         name_of);

TEST(Adc, FloatsPassUnchangedAndCountToTheirWholeNumbers) {
  const Adc adc(Dtype::kF32, 0, 1);
  const std::vector<float> values = {-7, 0.1F, 1e9F};
  std::vector<float> out(6, 42.0F);
  adc.convert(values, reinterpret_cast<std::byte*>(out.data()), 2);
  EXPECT_EQ(out, (std::vector<float>{-7, 42, 0.1F, 42, 1e9F, 42}));
  adc.count(16777214, 3, reinterpret_cast<std::byte*>(out.data()), 1);
  EXPECT_EQ(out[0], 16777214);
  EXPECT_EQ(out[1], 16777215);
  EXPECT_EQ(out[2], 0);
}

}  // namespace
}  // namespace acq::sim
