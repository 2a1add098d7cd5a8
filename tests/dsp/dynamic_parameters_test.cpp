#include "dsp/math/dynamic.h"

#include <gtest/gtest.h>

#include <numbers>
#include <random>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kRoot2 = std::numbers::sqrt2;

struct Sine {
  double bins = 61.37;  // periods in the record: not whole
  double amplitude = 0.95;
  double second = 0, third = 0;  // harmonics
  double spur = 0;               // at 300.2 bins
  double noise = 0;
  double lsb = 0;
};

std::vector<double> record_of(const Sine& sine, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise_of(0, 1);
  std::vector<double> y(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double turn = kTurn * static_cast<double>(i) / static_cast<double>(count);
    y[i] = sine.amplitude * std::cos(sine.bins * turn + 0.7) +
           sine.second * std::cos(2 * sine.bins * turn) +
           sine.third * std::cos(3 * sine.bins * turn) + sine.spur * std::cos(300.2 * turn) +
           sine.noise * noise_of(random);
    if (sine.lsb > 0) y[i] = std::round(y[i] / sine.lsb) * sine.lsb;
  }
  return y;
}

DynamicParameters measure(const Sine& sine, std::size_t count = 4096, std::uint64_t seed = 1) {
  auto analyzer = DynamicAnalyzer::make(count);
  EXPECT_TRUE(analyzer);
  const std::vector<double> y = record_of(sine, count, seed);
  return analyzer->measure({y, 0, 1e-6}, {2.0, 9});
}

TEST(DynamicParameters, OfAnIdealQuantiserHaveTheBitsItHas) {
  // 6.02 b + 1.76 dB holds for a full-scale sine; ENOB says the bits themselves at any amplitude.
  for (const int bits : {8, 12, 16}) {
    const double lsb = 2.0 / std::pow(2.0, bits);
    const DynamicParameters d = measure({.amplitude = 1 - lsb, .lsb = lsb}, 16384);
    EXPECT_NEAR(d.enob_bits, bits, 0.05) << bits;
    EXPECT_NEAR(d.sinad_db, 6.0206 * bits + 1.7609, 0.3) << bits;
  }
}

TEST(DynamicParameters, AreTheClosedFormOfWhatWasAdded) {
  const Sine sine{.second = 1e-3, .third = 5e-4, .spur = 2e-3, .noise = 1e-4};
  const DynamicParameters d = measure(sine, 16384);
  ASSERT_STREQ(d.invalid_because, "");
  const double harmonics = 1e-6 + 0.25e-6;
  const double rest = 4e-6 / 2 + 1e-8;
  const auto db = [](double power) { return 10 * std::log10(power); };
  const double carrier = 0.95 * 0.95 / 2;
  EXPECT_NEAR(d.thd_db, db(harmonics / 2 / carrier), 0.05);
  EXPECT_NEAR(d.sinad_db, db(carrier / (harmonics / 2 + rest)), 0.05);
  EXPECT_NEAR(d.snr_db, db(carrier / rest), 0.05);
  EXPECT_NEAR(d.sfdr_db, db(carrier / (4e-6 / 2)), 0.05);
  EXPECT_NEAR(d.thd_n_db, -d.sinad_db, 1e-12);
}

TEST(DynamicParameters, NoiseFloorIsTheNoiseOfOneBinBelowFullScale) {
  const DynamicParameters d = measure({.noise = 1e-3}, 8192);
  EXPECT_NEAR(d.noise_floor_db, 10 * std::log10(1e-6 / 0.5 / 4096), 0.25);
  EXPECT_NEAR(d.snr_db, 10 * std::log10(0.95 * 0.95 / 2 / 1e-6), 0.25);
}

TEST(DynamicParameters, FindFoldedHarmonics) {
  // The third harmonic of 0.4 of the rate is folded to 0.2 of it.
  const DynamicParameters d = measure({.bins = 0.4 * 4096 + 0.3, .third = 1e-2, .noise = 1e-5});
  EXPECT_NEAR(d.thd_db, 20 * std::log10(1e-2 / 0.95), 0.01);
  EXPECT_NEAR(d.sfdr_db, -d.thd_db, 0.02);
}

TEST(DynamicParameters, AsDatalabAreItsFormulas) {
  auto analyzer = DynamicAnalyzer::make(4096);
  const std::vector<double> y =
      record_of({.bins = 64, .second = 1e-3, .third = 1e-3, .noise = 1e-5}, 4096, 2);
  const DynamicParameters d = analyzer->measure_as_datalab({y, 0, 1e-6}, {2.0, 5});
  const DynamicParameters right = analyzer->measure({y, 0, 1e-6}, {2.0, 5});
  EXPECT_NEAR(right.thd_db, 20 * std::log10(kRoot2 * 1e-3 / 0.95), 0.01);
  EXPECT_NEAR(d.thd_db, 20 * std::log10(2e-3 / 0.95), 0.05);  // the sum of both
  EXPECT_NEAR(d.snr_db, d.sinad_db + 20 * std::log10(4096 / kRoot2), 0.01);
}

TEST(DynamicParameters, BlockTellsThemWithUnitsAndUncertainties) {
  const std::vector<double> y = record_of({.second = 1e-3, .noise = 1e-3}, 2000, 3);
  const Measured d("dynamic_parameters", {{"full_scale", "2 V"}}, {y.begin(), y.end()}, 2000);
  EXPECT_NEAR(d("frequency"), 61.37, 5 * d["frequency"].uncertainty);
  EXPECT_NEAR(d("amplitude"), 0.95, 5 * d["amplitude"].uncertainty);
  EXPECT_NEAR(d("enob"), std::log2(2 / std::sqrt(12 * 1.5e-6)), 0.1);
  EXPECT_EQ(d.unit("enob"), "bit");
  EXPECT_EQ(d.unit("noise_floor"), "dB");
}

TEST(DynamicParameters, OfNoSineAreInvalidNotANumber) {
  const Table params{{"full_scale", 2.0}};
  EXPECT_EQ(Measured("dynamic_parameters", params, {1, 1, 1, 1, 1, 1}).why_not("enob"),
            "the record is constant");
  EXPECT_EQ(Measured("dynamic_parameters", params, {1, 2}).why_not("snr"),
            "the record is shorter than the fit needs");
  // Long enough for the sine, not for its harmonics.
  const Measured brief("dynamic_parameters", params, {1, 0.5F, -1, -0.4F, 0.9F, 0.6F, -1});
  EXPECT_EQ(brief.why_not("enob"), "");
  EXPECT_NE(brief.why_not("thd"), "");
}

TEST(DynamicParameters, NeedAFullScale) {
  SignalInfo in = records(Kind::kRecord, {{{0, 1, 0, 1}}}).info;
  EXPECT_EQ(refusal("dynamic_parameters", {}, in).code, Code::kOk);  // its range is declared
  in.channels[0].range_min = in.channels[0].range_max = 0;
  EXPECT_EQ(refusal("dynamic_parameters", {}, in).allowed, "above 0");
  EXPECT_EQ(refusal("dynamic_parameters", {{"full_scale", -1.0}}, in).where,
            "dynamic_parameters.full_scale");
  EXPECT_EQ(refusal("dynamic_parameters", {{"harmonics", 12.0}}, in).where,
            "dynamic_parameters.harmonics");
}

}  // namespace
}  // namespace acq::test
