#include "dsp/math/peaks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"

namespace acq::test {
namespace {

std::vector<std::uint32_t> positions(std::span<const Peak> peaks) {
  std::vector<std::uint32_t> all;
  for (const Peak& peak : peaks) all.push_back(peak.index);
  return all;
}

std::vector<std::uint32_t> find(const std::vector<float>& x, const PeakRules& rules = {}) {
  PeakFinder finder(x.size());
  return positions(finder.find(x, rules));
}

using Positions = std::vector<std::uint32_t>;

TEST(PeakFinder, FindsMaximaWithFlatTopsAtTheirMiddle) {
  EXPECT_EQ(find({0, 1, 0, 2, 2, 0, 3, 3, 3, 1, 4, 4, 4, 4, 2}), (Positions{1, 3, 7, 11}));
  EXPECT_EQ(find({1, 0, 0, 1}), Positions{});      // borders are no peaks
  EXPECT_EQ(find({0, 2, 2, 3, 0}), Positions{3});  // a step is no peak
  EXPECT_EQ(find({0, 2, 2}), Positions{});         // nor a plateau at the border
  EXPECT_EQ(find({5, 5, 5}), Positions{});
  EXPECT_EQ(find({}), Positions{});
  EXPECT_EQ(find({1}), Positions{});
}

TEST(PeakFinder, HeightThresholdAndDistanceSelect) {
  const std::vector<float> x = {0, 1, 0, 3, 2, 2.5F, 0, 2, 0, 0, 2, 0};
  EXPECT_EQ(find(x), (Positions{1, 3, 5, 7, 10}));
  EXPECT_EQ(find(x, {.height = 2}), (Positions{3, 5, 7, 10}));
  EXPECT_EQ(find(x, {.threshold = 1}), (Positions{1, 3, 7, 10}));
  EXPECT_EQ(find(x, {.distance = 3}), (Positions{3, 7, 10}));
  EXPECT_EQ(find(x, {.distance = 4}),
            (Positions{3, 10}));  // of the equal ones at 7 and 10 the later
}

TEST(PeakFinder, ProminenceIsTheHeightAboveTheHigherSaddle) {
  //                            0  1  2  3     4  5  6     7  8
  const std::vector<float> x = {1, 5, 2, 3, 0.5F, 9, 4, 4.5F, 3};
  PeakFinder finder(x.size());
  const std::span<const Peak> peaks = finder.find(x, {.prominence = 0.1});
  ASSERT_EQ(positions(peaks), (Positions{1, 3, 5, 7}));
  EXPECT_EQ(peaks[0].prominence, 4);    // 5 - max(1, 0.5)
  EXPECT_EQ(peaks[1].prominence, 1);    // 3 - max(2, 0.5)
  EXPECT_EQ(peaks[2].prominence, 6);    // 9 - max(0.5, 3)
  EXPECT_EQ(peaks[3].prominence, 0.5);  // 4.5 - max(4, 3)
  EXPECT_EQ(find(x, {.prominence = 2}), (Positions{1, 5}));
}

// SciPy's own way: walk from each peak to both sides until something higher.
double slow_prominence(const std::vector<float>& x, std::size_t at) {
  double lowest[2];
  for (const int side : {0, 1}) {
    lowest[side] = x[at];
    for (std::size_t i = at; i < x.size() && x[i] <= x[at]; side == 0 ? --i : ++i) {
      lowest[side] = std::min(lowest[side], static_cast<double>(x[i]));
    }
  }
  return x[at] - std::max(lowest[0], lowest[1]);
}

TEST(PeakFinder, ProminencesInOneWalkAreThoseOfTheDefinition) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 200; ++run) {
    const std::size_t levels = 2 + random() % 30;  // few levels: many ties and flat tops
    std::vector<float> x(3 + random() % 300);
    for (float& value : x) value = static_cast<float>(random() % levels);
    PeakFinder finder(x.size());
    for (const Peak& peak : finder.find(x, {.prominence = 1e-9})) {
      ASSERT_EQ(peak.prominence, slow_prominence(x, peak.index)) << "at " << peak.index;
    }
  }
}

TEST(PeakFinder, WidthIsMeasuredAtAPartOfTheProminence) {
  //                            0  1  2  3  4  5  6
  const std::vector<float> x = {0, 4, 8, 4, 2, 3, 0};
  PeakFinder finder(x.size());
  const std::span<const Peak> peaks = finder.find(x, {.tells_shape = true});
  ASSERT_EQ(positions(peaks), (Positions{2, 5}));
  EXPECT_EQ(peaks[0].left_at, 1);  // 8 - 0.5 * 8 is met at 1 and 3
  EXPECT_EQ(peaks[0].right_at, 3);
  EXPECT_EQ(peaks[1].left_at, 4.5);  // 3 - 0.5 * 1
  EXPECT_NEAR(peaks[1].right_at, 5 + 0.5 / 3, 1e-12);
  EXPECT_EQ(find(x, {.width = 1}), (Positions{2}));
  EXPECT_EQ(find(x, {.width = 2, .depth = 0.25}), Positions{});
  EXPECT_EQ(find(x, {.width = 0.5, .depth = 1}), (Positions{2, 5}));
}

// SciPy's own way: walk from the top to both sides.
double slow_width(const std::vector<float>& x, const Peak& peak, double depth) {
  const double level = x[peak.index] - depth * peak.prominence;
  std::size_t left = peak.index, right = peak.index;
  while (x[left] > level) --left;
  while (x[right] > level) ++right;
  double from = static_cast<double>(left), to = static_cast<double>(right);
  if (x[left] < level) from += (level - x[left]) / (x[left + 1] - x[left]);
  if (x[right] < level) to -= (level - x[right]) / (x[right - 1] - x[right]);
  return to - from;
}

TEST(PeakFinder, WidthsByATreeAreThoseOfTheDefinition) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 200; ++run) {
    const std::size_t levels = 2 + random() % 30;
    std::vector<float> x(3 + random() % 700);
    float walk = 0;
    for (float& value : x) {
      walk += static_cast<float>(random() % levels) - static_cast<float>(levels / 2);
      value = walk;
    }
    const double depth = static_cast<double>(random() % 9) / 8;
    PeakFinder finder(x.size() + random() % 100);
    for (const Peak& peak : finder.find(x, {.depth = depth, .tells_shape = true})) {
      ASSERT_NEAR(peak.right_at - peak.left_at, slow_width(x, peak, depth), 1e-9)
          << "at " << peak.index;
    }
  }
}

TEST(PeakFinder, WorstCasesTakeNoLonger) {
  // Rising saw teeth: the walk of the definition would need 160 thousand million steps.
  std::vector<float> x(400'000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i / 2 + (i % 2) * 5);
  EXPECT_EQ(find(x, {.distance = 1000, .prominence = 1}).size(), 400U);
  // Ringing that dies away: each width reaches from its peak to the end.
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i % 2 == 0 ? i : 2 * x.size() - i);
  }
  EXPECT_EQ(find(x, {.width = 1, .depth = 1}).size(), x.size() / 2 - 1);
}

TEST(PeakTop, ParabolaIsExactForAParabolaAndGaussianForAGaussian) {
  const double top = 3.3;
  std::vector<float> parabola(8);
  std::vector<float> gaussian(8);
  for (std::size_t i = 0; i < 8; ++i) {
    const double d = static_cast<double>(i) - top;
    parabola[i] = static_cast<float>(10 - d * d);
    gaussian[i] = static_cast<float>(2 * std::exp(-d * d / 3));
  }
  const Peak peak{.index = 3, .left = 3, .right = 3};
  EXPECT_NEAR(parabola_top(parabola, peak).position, top, 1e-6);  // float32 values
  EXPECT_NEAR(parabola_top(parabola, peak).height, 10, 1e-6);
  EXPECT_NEAR(gaussian_top(gaussian, peak).position, top, 1e-6);
  EXPECT_NEAR(gaussian_top(gaussian, peak).height, 2, 1e-6);
  EXPECT_GT(std::abs(parabola_top(gaussian, peak).position - top), 1e-3);
}

TEST(PeakTop, OfAFlatTopIsItsMiddleAndLogarithmsNeedPositiveValues) {
  const std::vector<float> x = {0, 2, 2, 1};
  EXPECT_EQ(parabola_top(x, {.index = 1, .left = 1, .right = 2}).position, 1.5);
  EXPECT_EQ(gaussian_top(x, {.index = 1, .left = 1, .right = 2, .height = 2}).height, 2);
  const std::vector<float> y = {0, 2, 1};
  EXPECT_EQ(gaussian_top(y, {.index = 1, .left = 1, .right = 1}).position,
            parabola_top(y, {.index = 1, .left = 1, .right = 1}).position);
}

TEST(Peaks, TellsTheLargestFirstInTheUnitOfTheAxis) {
  std::vector<float> values(101, 0.0F);
  values[20] = 3;
  values[40] = 5;
  values[41] = 4;
  values[60] = 1;
  const Signal out = run("peaks", {{"count", 2.0}, {"interpolation", "none"}},
                         records(Kind::kSpectrum, {{values}}, 1000));
  EXPECT_EQ(out.info.kind, Kind::kScalars);
  ASSERT_EQ(out.info.results.size(), 4U);
  EXPECT_EQ(out.info.results[0].name, "peak1_x");
  EXPECT_EQ(out.info.results[0].unit, "Hz");
  EXPECT_EQ(out.info.results[3].name, "peak2_height");
  EXPECT_EQ(out.info.results[3].unit, "V");
  const std::vector<ScalarResult>& r = out.pieces[0].results;
  EXPECT_EQ(r[0].value, 200);  // bin 40 of 5 Hz
  EXPECT_EQ(r[1].value, 5);
  EXPECT_EQ(r[2].value, 100);
  EXPECT_EQ(r[3].value, 3);
  EXPECT_TRUE(std::isnan(r[0].uncertainty));
}

TEST(Peaks, FindsASineBetweenBins) {
  // A Hann amplitude spectrum, from the closed form of its transform.
  for (const double offset : {-0.5, -0.3, 0.0, 0.2, 0.45}) {
    std::vector<float> values(65);
    for (std::size_t k = 0; k < values.size(); ++k) {
      const double d = static_cast<double>(k) - 30 - offset;
      const double sinc = d == 0 ? 1 : std::sin(std::numbers::pi * d) / (std::numbers::pi * d);
      values[k] = static_cast<float>(std::abs(d) == 1 ? 0.5 : std::abs(sinc / (1 - d * d)));
    }
    const Signal in = records(Kind::kSpectrum, {{values}}, 128);  // 1 Hz a bin
    const Signal parabola = run("peaks", {{"count", 1.0}}, in);
    const Signal gaussian = run("peaks", {{"count", 1.0}, {"interpolation", "gaussian"}}, in);
    EXPECT_NEAR(parabola.pieces[0].results[0].value, 30 + offset, 0.053) << offset;
    EXPECT_NEAR(gaussian.pieces[0].results[0].value, 30 + offset, 0.0161) << offset;
  }
}

TEST(Peaks, UsesTheAxisOfARecordThatMovesWithItsTrigger) {
  Signal in = records(Kind::kRecord, {{{0, 0, 0, 1, 0}}});
  in.info.axis.start = -0.002;
  in.pieces[0].axis_start = -0.0023;
  const Signal out = run("peaks", {{"count", 1.0}}, in);
  EXPECT_DOUBLE_EQ(out.pieces[0].results[0].value, 0.0007);
}

TEST(Peaks, UsesAnAxisThatMovesToExactlyZero) {
  Signal in = records(Kind::kRecord, {{{0, 0, 0, 1, 0}}});
  in.info.axis.start = -0.002;
  in.pieces[0].axis_start = 0.0;
  const Signal out = run("peaks", {{"count", 1.0}}, in);
  EXPECT_DOUBLE_EQ(out.pieces[0].results[0].value, 0.003);
}

TEST(Peaks, TakesHeightsInTheUnitOfTheValues) {
  Signal in = records(Kind::kSpectrum, {{{0, 1, 0, 3, 0}}});
  in.info.channels[0].unit = "V";
  const Signal out = run("peaks", {{"count", 2.0}, {"height", "2000 mV"}}, in);
  EXPECT_EQ(out.pieces[0].results[1].value, 3);
  EXPECT_STREQ(out.pieces[0].results[2].invalid_because, "there are fewer peaks");
  EXPECT_EQ(refusal("peaks", {{"prominence", "1 Hz"}}, in.info).where, "prominence");
}

TEST(Peaks, TellsProminenceAndWidthWhenAsked) {
  const Signal in = records(Kind::kSpectrum, {{{0, 1, 3, 1, 0, 2, 0}}}, 1000);
  const double step = in.info.axis.step;
  const Signal out = run("peaks", {{"count", 3.0}, {"shape", true}, {"interpolation", "none"}}, in);
  ASSERT_EQ(out.info.results.size(), 12U);
  EXPECT_EQ(out.info.results[2].name, "peak1_prominence");
  EXPECT_EQ(out.info.results[2].unit, "V");
  EXPECT_EQ(out.info.results[3].name, "peak1_width");
  EXPECT_EQ(out.info.results[3].unit, "Hz");
  const std::vector<ScalarResult>& r = out.pieces[0].results;
  EXPECT_EQ(r[2].value, 3);
  EXPECT_NEAR(r[3].value, 1.5 * step, 1e-12);  // from 1.25 to 2.75
  EXPECT_EQ(r[6].value, 2);
  EXPECT_NEAR(r[7].value, step, 1e-12);
  for (std::size_t i = 8; i < 12; ++i) EXPECT_STREQ(r[i].invalid_because, "there are fewer peaks");
  EXPECT_EQ(refusal("peaks", {{"count", 64.0}, {"shape", true}},
                    records(Kind::kSpectrum, {{{0}, {0}}}).info)
                .allowed,
            "1 to 32");
}

TEST(Peaks, UsesAnAxisOfListedPositions) {
  Signal in = records(Kind::kSpectrum, {{{0, 1, 0, 2, 2, 0}}});
  in.info.axis = {"frequency", "Hz", AxisRule::kList, 0, 1, {1, 2, 4, 8, 16, 32}};
  const Signal out = run("peaks", {{"count", 2.0}}, in);
  EXPECT_EQ(out.pieces[0].results[0].value, 12);  // half way between 8 and 16
  EXPECT_EQ(out.pieces[0].results[2].value, 2);
}

TEST(Peaks, AMissingPeakIsInvalidNotANumber) {
  const Signal out = run("peaks", {{"count", 2.0}}, records(Kind::kSpectrum, {{{0, 1, 0}}}));
  const std::vector<ScalarResult>& r = out.pieces[0].results;
  EXPECT_STREQ(r[1].invalid_because, "");
  for (const std::size_t i : {2U, 3U}) {
    EXPECT_STREQ(r[i].invalid_because, "there are fewer peaks");
    EXPECT_TRUE(std::isnan(r[i].value));
  }
}

TEST(Peaks, NanSpoilsItsChannelOnly) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Signal out =
      run("peaks", {{"count", 1.0}}, records(Kind::kSpectrum, {{{0, 1, nan}, {0, 1, 0}}}));
  EXPECT_STREQ(out.pieces[0].results[0].invalid_because, "a value is not finite");
  EXPECT_STREQ(out.pieces[0].results[2].invalid_because, "");
}

TEST(Peaks, RefusesWhatItCannotTell) {
  const SignalInfo in = records(Kind::kSpectrum, {{{0, 1, 0}}}).info;
  EXPECT_EQ(refusal("peaks", {{"count", 0.0}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("peaks", {{"distance", 0.0}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("peaks", {{"interpolation", "cubic"}}, in).allowed, "none, parabola, gaussian");
  EXPECT_EQ(refusal("peaks", {}, waveform({{1}}).info).allowed, "spectra or records");
  const SignalInfo many =
      records(Kind::kSpectrum, {std::vector<std::vector<float>>(40, {0, 1, 0})}).info;
  EXPECT_EQ(refusal("peaks", {{"count", 4.0}}, many).allowed, "1 to 3");
}

}  // namespace
}  // namespace acq::test
