#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "dsp/base/planes.h"
#include "dsp/math/fft.h"
#include "dsp/math/window.h"
#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr double kPi = std::numbers::pi;

std::vector<float> sine(std::size_t count, double amplitude, double cycles_per_sample,
                        double offset = 0) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = static_cast<float>(
        offset + amplitude * std::cos(2 * kPi * cycles_per_sample * static_cast<double>(i) + 0.7));
  }
  return x;
}

struct Settings {
  std::size_t length = 64;
  std::size_t overlap = 32;
  std::size_t averages = 4;
  bool removes_mean = true;
  bool is_density = true;
  std::string window = "hann";

  [[nodiscard]] Table table() const {
    return {{"length", static_cast<double>(length)},
            {"overlap", static_cast<double>(overlap)},
            {"averages", static_cast<double>(averages)},
            {"detrend", removes_mean ? "constant" : "none"},
            {"scaling", is_density ? "density" : "spectrum"},
            {"window", window}};
  }
};

// Welch's method in float64, segment by segment as the paper has it.
std::vector<double> reference(const Settings& s, const std::vector<float>& x, std::size_t from,
                              double rate) {
  const auto window = *make_window(s.window, s.length, Sampling::kPeriodic);
  auto fft = *RealFft<double>::plan(s.length);
  AlignedVector<double> in(s.length);
  AlignedVector<std::complex<double>> out(fft.bins());
  std::vector<double> power(fft.bins());
  for (std::size_t k = 0; k < s.averages; ++k, from += s.length - s.overlap) {
    const auto first = x.begin() + static_cast<std::ptrdiff_t>(from);
    const double n = static_cast<double>(s.length);
    const double mean =
        s.removes_mean
            ? std::accumulate(first, first + static_cast<std::ptrdiff_t>(s.length), 0.0) / n
            : 0;
    for (std::size_t i = 0; i < s.length; ++i) {
      in[i] = (static_cast<double>(first[static_cast<std::ptrdiff_t>(i)]) - mean) * window[i];
    }
    fft.run(in.data(), out.data());
    for (std::size_t b = 0; b < power.size(); ++b) power[b] += std::norm(out[b]);
  }
  const double sum = std::accumulate(window.begin(), window.end(), 0.0);
  const double squares = std::inner_product(window.begin(), window.end(), window.begin(), 0.0);
  for (std::size_t b = 0; b < power.size(); ++b) {
    const bool is_alone = b == 0 || 2 * b == s.length;
    power[b] *= (is_alone ? 1 : 2) / (s.is_density ? rate * squares : sum * sum) /
                static_cast<double>(s.averages);
  }
  return power;
}

// The worst difference over the largest value.
double worst(const std::vector<float>& got, const std::vector<double>& expected) {
  const double largest = *std::max_element(expected.begin(), expected.end());
  double most = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(got[i]) - expected[i]) / largest);
  }
  return most;
}

TEST(WelchPsd, IsTheMeanPeriodogramOfTheSegments) {
  const std::vector<Settings> kSetups = {
      {.length = 64, .overlap = 32, .averages = 4},
      {.length = 64, .overlap = 0, .averages = 5, .removes_mean = false},
      {.length = 63, .overlap = 62, .averages = 1, .window = "blackman"},
      {.length = 100, .overlap = 13, .averages = 3, .is_density = false, .window = "flattop"},
      {.length = 2, .overlap = 1, .averages = 2, .window = "boxcar"},
      {.length = 3, .overlap = 0, .averages = 100, .window = "boxcar"},
      {.length = 1024, .overlap = 512, .averages = 8},
      {.length = 4096, .overlap = 3000, .averages = 2, .window = "blackmanharris"},
  };
  const std::vector<float> x = noise(9000, 5);
  for (const Settings& setup : kSetups) {
    SCOPED_TRACE(to_text(Value(setup.table())));
    const Signal out = run("welch_psd", setup.table(), waveform({x}, 48'000));
    const std::size_t hop = setup.length - setup.overlap;
    const std::size_t span = (setup.averages - 1) * hop + setup.length;
    ASSERT_EQ(out.pieces.size(), (x.size() - span) / (setup.averages * hop) + 1);
    for (std::size_t k = 0; k < out.pieces.size(); ++k) {
      const std::size_t from = k * setup.averages * hop;
      EXPECT_EQ(out.pieces[k].first_index, from);
      // float32 input, window and transform: rms error near eps * sqrt(log2 n), Gentleman 1966.
      EXPECT_LT(worst(out.pieces[k].samples[0], reference(setup, x, from, 48'000)), 1e-6);
    }
  }
}

TEST(WelchPsd, ReadsTheMeanSquareOfASineWhateverTheWindow) {
  for (const char* window : {"boxcar", "hann", "hamming", "blackmanharris", "flattop", "nuttall"}) {
    const Settings setup{
        .length = 256, .overlap = 128, .averages = 4, .is_density = false, .window = window};
    const Signal out = run("welch_psd", setup.table(), waveform({sine(2000, 3, 40.0 / 256)}));
    ASSERT_FALSE(out.pieces.empty());
    EXPECT_NEAR(out.pieces[0].samples[0][40], 4.5, 4.5e-6) << window;  // 3^2 / 2, to 1e-6
  }
}

TEST(WelchPsd, FlatTopReadsASineBetweenBinsToo) {
  // D'Antona and Ferrero 2006, table 3.1 and SciPy's flattop: scalloping below 0.01 dB = 0.23 %.
  const Settings setup{.length = 256, .averages = 2, .is_density = false, .window = "flattop"};
  for (const double bin : {40.0, 40.2, 40.5}) {
    const Signal out = run("welch_psd", setup.table(), waveform({sine(2000, 1, bin / 256)}));
    const std::vector<float>& power = out.pieces[0].samples[0];
    EXPECT_NEAR(*std::max_element(power.begin(), power.end()), 0.5, 0.5 * 0.0023) << bin;
  }
}

TEST(WelchPsd, DensityTimesBandwidthIsTheMeanSquare) {
  // Parseval: with a boxcar, no overlap and no detrending the segments hold every sample once.
  const Settings setup{
      .length = 128, .overlap = 0, .averages = 6, .removes_mean = false, .window = "boxcar"};
  const std::vector<float> x = noise(128 * 6, 8);
  const Signal out = run("welch_psd", setup.table(), waveform({x}, 1000));
  ASSERT_EQ(out.pieces.size(), 1U);
  double power = 0;
  for (const float density : out.pieces[0].samples[0]) power += density * out.info.axis.step;
  const double mean_square =
      std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / static_cast<double>(x.size());
  EXPECT_NEAR(power / mean_square, 1, 1e-6);
}

TEST(WelchPsd, LevelOfWhiteNoiseIsTwiceItsVarianceOverTheRate) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr std::size_t kAverages = 64;
  const Settings setup{.length = 256, .overlap = 0, .averages = kAverages, .removes_mean = false};
  const Signal out =
      run("welch_psd", setup.table(), waveform({noise(256 * kAverages, seed)}, 1000));
  ASSERT_EQ(out.pieces.size(), 1U);
  const std::vector<float>& psd = out.pieces[0].samples[0];
  const double expected = 2 * (1.0 / 3) / 1000;  // uniform in [-1, 1): variance 1/3
  // Each inner bin is expected * chi-square(2 K) / 2 K, K = 64: relative sigma 1/8. The mean of 120
  // bins, every third of which is independent (Hann), has sigma 1/8/sqrt(40) = 0.02; 5 sigma are
  // exceeded once in 1.7 million runs.
  const double mean = std::accumulate(psd.begin() + 4, psd.begin() + 124, 0.0) / 120;
  EXPECT_NEAR(mean / expected, 1, 5 * 0.02);
  // P(chi-square(128) / 128 outside [0.35, 2.0]) = 1.4e-10 (scipy.stats.chi2), 120 bins: once in
  // 58 million runs.
  for (std::size_t k = 4; k < 124; ++k) {
    EXPECT_GT(psd[k] / expected, 0.35) << k;
    EXPECT_LT(psd[k] / expected, 2.0) << k;
  }
}

TEST(WelchPsd, DetrendRemovesEachSegmentsMean) {
  Settings setup{.length = 64, .averages = 2};
  const Signal in = waveform({sine(500, 1e-3, 10.0 / 64, 5)});
  const std::vector<float> without = run("welch_psd", setup.table(), in).pieces[0].samples[0];
  EXPECT_LT(without[0], 1e-5 * without[10]);
  setup.removes_mean = false;
  const std::vector<float> with = run("welch_psd", setup.table(), in).pieces[0].samples[0];
  EXPECT_GT(with[0], 1e6 * with[10]);
}

TEST(WelchPsd, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(9000, 1), noise(9000, 2)});
  for (const Settings& setup : {Settings{}, Settings{.length = 100, .overlap = 90, .averages = 7},
                                Settings{.length = 500, .overlap = 0, .averages = 1}}) {
    expect_same_for_any_cut("welch_psd", setup.table(), in);
    expect_same_for_any_cut("welch_psd", setup.table(), with_gap(with_gap(in, 2222, 5), 4100, 900));
  }
}

TEST(WelchPsd, StartsAnewBehindAGapAndTellsIt) {
  const Settings setup{.length = 50, .overlap = 25, .averages = 2};  // spans 75, every 50
  const std::vector<float> x = noise(600, 3);
  const Signal out = run("welch_psd", setup.table(), with_gap(waveform({x}), 160, 37));
  std::vector<std::uint64_t> starts;
  for (const Piece& piece : out.pieces) starts.push_back(piece.first_index);
  EXPECT_EQ(starts, (std::vector<std::uint64_t>{0, 50, 197, 247, 297, 347, 397, 447, 497}));
  EXPECT_EQ(out.pieces[2].gap_before, (Gap{37, kGapDevice, true}));
  EXPECT_LT(worst(out.pieces[2].samples[0], reference(setup, x, 197, 1000)), 1e-6);
}

TEST(WelchPsd, NanSpoilsItsChannelOnlyAndNotForLong) {
  std::vector<float> bad = noise(600, 1);
  bad[70] = std::numeric_limits<float>::quiet_NaN();
  const Settings setup{.length = 50, .overlap = 0, .averages = 2};
  const std::vector<float> good = noise(600, 2);
  const Signal out = run("welch_psd", setup.table(), waveform({bad, good}));
  const Signal alone = run("welch_psd", setup.table(), waveform({good}));
  ASSERT_EQ(out.pieces.size(), 6U);
  for (std::size_t k = 0; k < 6; ++k) {
    EXPECT_EQ(out.pieces[k].samples[1], alone.pieces[k].samples[0]);
    for (const float value : out.pieces[k].samples[0]) EXPECT_EQ(std::isnan(value), k == 0);
  }
}

TEST(WelchPsd, DecibelsAreTenTimesTheLogarithm) {
  Table table = Settings{.averages = 2}.table();
  const Signal in = waveform({noise(300, 1), std::vector<float>(300, 0.0F)}, 1000, "V");
  const Signal linear = run("welch_psd", table, in);
  table["output"] = "db";
  const Signal db = run("welch_psd", table, in);
  EXPECT_EQ(linear.info.channels[0].unit, "V2/Hz");
  EXPECT_EQ(db.info.channels[0].unit, "dB");
  EXPECT_EQ(db.info.channels[0].quantity, "level re 1 V2/Hz");
  for (std::size_t k = 0; k < 33; ++k) {
    const double expected = 10 * std::log10(static_cast<double>(linear.pieces[0].samples[0][k]));
    EXPECT_NEAR(db.pieces[0].samples[0][k], expected, 1e-4);
    EXPECT_NEAR(db.pieces[0].samples[1][k], -379.3, 0.1);  // smallest normal float32
  }
}

double sigma_of(double overlap, double averages, const std::string& window,
                const std::string& output = "linear") {
  const Table params{{"length", 64.0},   {"overlap", overlap}, {"averages", averages},
                     {"window", window}, {"output", output},   {"uncertainty", true}};
  const Signal out = run("welch_psd", params, waveform({noise(2000, 5)}));
  EXPECT_EQ(out.info.results.at(0).name, "sigma");
  EXPECT_EQ(out.info.results.at(0).unit, output == "db" ? "dB" : "1");
  return out.pieces.at(0).results.at(0).value;
}

TEST(WelchPsd, TellsTheScatterOfItsBins) {
  EXPECT_NEAR(sigma_of(0, 16, "hann"), 0.25, 1e-12);  // separate segments: 1 / sqrt 16
  // Halves that share a half: rho = (1/2)^2 for no window, (1/6)^2 for Hann's.
  EXPECT_NEAR(sigma_of(32, 2, "boxcar"), std::sqrt(0.5 * (1 + 0.25)), 1e-12);
  EXPECT_NEAR(sigma_of(32, 8, "hann"), std::sqrt((1 + 2 * 7.0 / 8 / 36) / 8), 1e-12);
  EXPECT_NEAR(sigma_of(0, 16, "hann", "db"), 2.5 / std::numbers::ln10, 1e-12);
}

// Two-sided, at 5.5 sigma of what is observed: a false alarm in 25 million runs.
TEST(WelchPsd, TheBinsOfWhiteNoiseScatterAsTold) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(300'000);
  for (float& value : x) value = normal(random);
  for (const double overlap : {0.0, 32.0, 48.0}) {
    const Table params{
        {"length", 64.0}, {"overlap", overlap}, {"averages", 12.0}, {"uncertainty", true}};
    const Signal out = run("welch_psd", params, cut(waveform({x}), {4096}));
    const double sigma = out.pieces.at(0).results.at(0).value;
    double sum = 0, squares = 0, count = 0;
    for (std::size_t i = 0; i < out.pieces.size(); i += 2) {  // the next one shares samples
      for (std::size_t k = 4; k < 30; k += 4) {               // Hann's window joins three bins
        const double level = static_cast<double>(out.pieces[i].samples[0][k]) / (2.0 / 1000);
        sum += level;
        squares += level * level;
        ++count;
      }
    }
    const double variance = (squares - sum * sum / count) / (count - 1);
    // A mean of K bins is about a gamma variable of shape 1 / sigma^2: excess kurtosis 6 sigma^2.
    const double scatter = std::sqrt(2 / (count - 1) + 6 * sigma * sigma / count);
    EXPECT_NEAR(variance / (sigma * sigma), 1, 5.5 * scatter) << overlap << ", " << count;
    EXPECT_NEAR(sum / count, 1, 5.5 * sigma / std::sqrt(count));
  }
}

TEST(WelchPsd, DescribesItsAxisAndUnits) {
  SignalInfo in = waveform({{0}}, 1000, "m/s").info;
  EXPECT_EQ(Rig("welch_psd", {{"scaling", "spectrum"}}, in).info().channels[0].unit, "(m/s)2");
  const Rig rig("welch_psd", {{"length", 500.0}}, in);
  EXPECT_EQ(rig.info().kind, Kind::kSpectrum);
  EXPECT_EQ(rig.info().max_count, 251U);
  EXPECT_EQ(rig.info().axis.name, "frequency");
  EXPECT_EQ(rig.info().axis.unit, "Hz");
  EXPECT_EQ(rig.info().axis.step, 2);
  EXPECT_EQ(rig.info().channels[0].unit, "(m/s)2/Hz");
}

TEST(WelchPsd, AChangeOfAveragesKeepsTheSums) {
  const std::vector<float> x = noise(2000, 3);
  const Signal in = cut(waveform({x}), {100});
  Settings setup{.length = 50, .overlap = 0, .averages = 8};
  Rig first("welch_psd", setup.table(), in.info);
  setup.averages = 6;
  Rig second("welch_psd", setup.table(), in.info);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(first.push(in.pieces[i]).empty());
  second.adopt(first);  // 4 of 8 segments done, 2 to go
  const std::vector<Piece> made = second.push(in.pieces[2]);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].first_index, 0U);
  EXPECT_LT(worst(made[0].samples[0], reference(setup, x, 0, 1000)), 1e-6);
}

TEST(WelchPsd, AChangeOfWindowStartsNewSumsFromTheSamplesKept) {
  const std::vector<float> x = noise(2000, 3);
  const Signal in = cut(waveform({x}), {60});
  Settings setup{.length = 50, .overlap = 25, .averages = 4};
  Rig first("welch_psd", setup.table(), in.info);
  setup.window = "flattop";
  Rig second("welch_psd", setup.table(), in.info);
  EXPECT_TRUE(first.push(in.pieces[0]).empty());
  EXPECT_TRUE(first.push(in.pieces[1]).empty());  // 120 samples: pair at 0 and 25; next at 50
  second.adopt(first);
  std::vector<Piece> made = second.push(in.pieces[2]);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].first_index, 50U);
  EXPECT_LT(worst(made[0].samples[0], reference(setup, x, 50, 1000)), 1e-6);
}

TEST(WelchPsd, RefusesWhatItCannotDoAndSaysWhatIsAllowed) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("welch_psd", {{"length", 64.0}, {"overlap", 64.0}}, in).allowed, "0 to 63");
  EXPECT_EQ(refusal("welch_psd", {{"length", 1.0}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("welch_psd", {{"averages", 0.0}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("welch_psd", {{"window", "kaiser"}}, in).code, Code::kInvalid);  // needs beta
  EXPECT_NE(refusal("welch_psd", {{"window", "hanning"}}, in).allowed.find("hann,"),
            std::string::npos);
  EXPECT_EQ(refusal("welch_psd", {{"detrend", "linear"}}, in).allowed, "none, constant");
  EXPECT_EQ(refusal("welch_psd", {}, records(Kind::kRecord, {{{1, 2}}}).info).allowed,
            "a waveform");
  const SignalInfo many = waveform(std::vector<std::vector<float>>(64, {0.0F})).info;
  EXPECT_EQ(refusal("welch_psd", {{"length", 1048576.0}}, many).allowed, "2 to 262144");
}

}  // namespace
}  // namespace acq::test
