#include "dsp/math/allan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

std::vector<float> normal(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise_of(0, 1);
  std::vector<float> y(count);
  for (float& v : y) v = static_cast<float>(noise_of(random));
  return y;
}

// N. J. Kasdin, Proc. IEEE 83 (1995) 802: white noise through fractional integration of order 1/2.
std::vector<float> flicker(std::size_t count, std::uint64_t seed) {
  const std::vector<float> white = normal(count, seed);
  std::vector<double> h(count, 1.0);
  for (std::size_t k = 1; k < count; ++k)
    h[k] = h[k - 1] * (static_cast<double>(k) - 0.5) / static_cast<double>(k);
  std::vector<float> y(count);
  for (std::size_t i = 0; i < count; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k <= i; ++k) sum += h[k] * white[i - k];
    y[i] = static_cast<float>(sum);
  }
  return y;
}

std::vector<ScalarResult> last(const Table& params, const std::vector<float>& y) {
  return run("allan", params, waveform({y}, 1000, "1")).pieces.back().results;
}

TEST(Allan, OfALinearDriftIsItsClosedForm) {
  // y = i: adjacent averages of m values differ by m, so the deviation is m / sqrt 2.
  std::vector<float> y(2000);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(i);
  const auto overlapping = last({{"every", 2000.0}}, y);
  const auto hadamard = last({{"every", 2000.0}, {"statistic", "hadamard"}}, y);
  for (std::size_t k = 0; k < 8; ++k) {
    EXPECT_NEAR(overlapping[k].value, std::exp2(k) / std::numbers::sqrt2, 1e-9 * std::exp2(k));
    EXPECT_NEAR(hadamard[k].value, 0, 1e-7);
  }
}

TEST(Allan, OfWhiteFrequencyNoiseFallsWithTheRootOfTau) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const auto r = last({{"every", 200000.0}, {"octaves", 8.0}}, normal(200'000, seed));
  for (std::size_t k = 0; k < 8; ++k) {
    // Six sigma of eight octaves: once in 60 million runs.
    EXPECT_NEAR(r[k].value, std::exp2(-0.5 * static_cast<double>(k)), 6 * r[k].uncertainty) << k;
  }
}

TEST(Allan, OfFlickerFrequencyNoiseIsFlatAtTheRootOfTwoLnTwo) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr std::size_t kCount = 1 << 14;
  const auto r = last({{"every", double{kCount}}, {"octaves", 8.0}, {"noise", "flicker_fm"}},
                      flicker(kCount, seed));
  // S(f) = 1 / (pi f) at the rate 1, one-sided: sigma^2 = 2 ln 2 / pi. The first octaves still feel
  // the sampling.
  for (std::size_t k = 3; k < 8; ++k) {
    const double level = std::sqrt(2 * std::numbers::ln2 / std::numbers::pi);
    EXPECT_NEAR(r[k].value, level, 6 * r[k].uncertainty + 0.02 * level) << k;
  }
}

TEST(Allan, UncertaintyCoversTheErrorForWhiteFrequencyNoise) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr int kRuns = 400;
  std::vector<double> variances(6), sigmas(6);
  for (int run = 0; run < kRuns; ++run) {
    const auto r = last({{"every", 512.0}, {"octaves", 6.0}},
                        normal(512, seed + static_cast<std::uint64_t>(run)));
    for (std::size_t k = 0; k < 6; ++k) {
      variances[k] +=
          std::pow(r[k].value / std::exp2(-0.5 * static_cast<double>(k)) - 1, 2) / kRuns;
      sigmas[k] += r[k].uncertainty / r[k].value / kRuns;
    }
  }
  // The scatter of 400 deviations is known to 3.5 %; the formula for the degrees of freedom holds to
  // about 10 %: five sigma on top are exceeded once in 200 thousand runs.
  for (std::size_t k = 0; k < 6; ++k)
    EXPECT_NEAR(std::sqrt(variances[k]) / sigmas[k], 1, 0.1 + 5 * 0.036) << k;
}

TEST(Allan, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({normal(3000, 1), normal(3000, 2)}, 1000, "1");
  for (const char* statistic : {"overlapping", "modified", "hadamard", "time"}) {
    const Table params{{"every", 700.0}, {"octaves", 7.0}, {"statistic", statistic}};
    expect_same_for_any_cut("allan", params, with_gap(in, 900, 33), 3, 800);
  }
}

TEST(Allan, NeverTakesADifferenceOverAGap) {
  // Two constant halves of different level: only a difference over the gap would be more than 0.
  std::vector<float> y(1000, 1.0F);
  std::fill(y.begin() + 500, y.end(), 1000.0F);
  const Signal out =
      run("allan", {{"every", 250.0}, {"octaves", 4.0}}, with_gap(waveform({y}), 500, 10));
  for (const ScalarResult& result : out.pieces.back().results) EXPECT_EQ(result.value, 0);
}

TEST(Allan, TakesASampleThatIsNoNumberForAGap) {
  std::vector<float> y = normal(1000, 6);
  const auto clean = last({{"every", 1000.0}}, y);
  y[500] = NAN;
  const auto broken = last({{"every", 1000.0}}, y);
  for (std::size_t k = 0; k < 8; ++k) {
    EXPECT_NEAR(broken[k].value, clean[k].value, 0.3 * clean[k].value) << k;
    EXPECT_NE(broken[k].value, clean[k].value) << k;
  }
}

TEST(Allan, KeepsItsSumsWhenOnlyTheIntervalChanges) {
  const std::vector<float> y = normal(2000, 4);
  const Signal in = cut(waveform({y}, 1000, "1"), {1000});
  Rig before("allan", {{"every", 1000.0}}, in.info);
  Rig after("allan", {{"every", 500.0}}, in.info);
  before.push(in.pieces[0]);
  after.adopt(before);
  EXPECT_EQ(after.push(in.pieces[1]).back().results[3].value,
            last({{"every", 2000.0}}, y)[3].value);
}

TEST(Allan, IsInvalidWhereTauIsTooLong) {
  const auto r = last({{"every", 9.0}, {"octaves", 4.0}}, normal(9, 5));
  EXPECT_STREQ(r[2].invalid_because, "");
  EXPECT_STREQ(r[3].invalid_because, "there are too few samples for this tau");
  EXPECT_TRUE(std::isnan(r[3].value));
}

TEST(Allan, NamesResultsByTauInTheUnitOfTheData) {
  const SignalInfo in = waveform({{1}}, 1000, "1").info;
  const Rig time("allan", {{"every", 1.0}, {"statistic", "time"}}, in);
  EXPECT_EQ(time.info().results[3].name, "tau_8ms");
  EXPECT_EQ(time.info().results[3].unit, "s");
  EXPECT_EQ(Rig("allan", {{"every", 1.0}}, in).info().results[0].unit, "1");
  const SignalInfo phase = waveform({{1}}, 1000, "s").info;
  EXPECT_EQ(Rig("allan", {{"every", 1.0}, {"data", "phase"}}, phase).info().results[0].unit, "1");
}

TEST(Allan, RefusesIllegalParameters) {
  const SignalInfo in = waveform({{1}, {2}}).info;
  EXPECT_EQ(refusal("allan", {}, in).where, "every");
  EXPECT_EQ(refusal("allan", {{"every", 1.0}, {"octaves", 21.0}}, in).where, "allan.octaves");
  EXPECT_EQ(refusal("allan", {{"every", 1.0}}, records(Kind::kRecord, {{{1}}}).info).allowed,
            "a waveform");
  const SignalInfo many = waveform(std::vector<std::vector<float>>(64, {1})).info;
  EXPECT_EQ(refusal("allan", {{"every", 1.0}}, many).allowed, "1 to 4");
}

}  // namespace
}  // namespace acq::test
