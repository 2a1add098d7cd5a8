#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "dsp/math/window.h"
#include "tests/support/block_harness.h"

namespace acq::test {
namespace {

constexpr double kPi = std::numbers::pi;

Signal cosine(std::size_t count, double amplitude, double bin, double phase_deg = 0,
              double offset = 0) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double angle = 2 * kPi * bin * static_cast<double>(i) / static_cast<double>(count);
    x[i] = static_cast<float>(offset + amplitude * std::cos(angle + phase_deg * kPi / 180));
  }
  return records(Kind::kRecord, {{x}}, 1000);
}

std::vector<float> spectrum(const Table& params, const Signal& in) {
  return run("fft", params, in).pieces.at(0).samples.at(0);
}

TEST(FftBlock, ASineReadsItsAmplitudeWithEveryWindow) {
  for (const std::string_view window : kWindowNames) {
    if (window == "kaiser_bessel_derived") continue;  // has no periodic form
    Table params{{"window", std::string(window)}};
    if (window == "kaiser") params["window_params"] = 9.0;
    if (window == "gaussian") params["window_params"] = 40.0;
    if (window == "general_gaussian") params["window_params"] = List{1.5, 40.0};
    if (window == "general_hamming") params["window_params"] = 0.6;
    if (window == "general_cosine") params["window_params"] = List{0.5, 0.5};
    if (window == "exponential") params["window_params"] = 50.0;
    if (window == "chebwin") params["window_params"] = 80.0;
    if (window == "dpss") params["window_params"] = 2.5;
    const std::vector<float> x = spectrum(params, cosine(256, 3, 64, 20));
    // The image at bin -64 leaks in where a window's side lobes fall slowly: below 0.2 % at bin
    // 128.
    EXPECT_NEAR(x[64], 3, 3 * 2e-3) << window;
  }
}

TEST(FftBlock, OutputsAreRelatedAsDeclared) {
  const Signal in = cosine(200, 3, 20);
  const Table boxcar{{"window", "boxcar"}};
  const auto with = [&](const char* output) {
    Table params = boxcar;
    params["output"] = output;
    return spectrum(params, in)[20];
  };
  EXPECT_NEAR(with("amplitude"), 3, 3e-6);
  EXPECT_NEAR(with("rms"), 3 / std::numbers::sqrt2, 3e-6);
  EXPECT_NEAR(with("power"), 4.5, 5e-6);
  EXPECT_NEAR(with("db"), 10 * std::log10(4.5), 1e-5);
  EXPECT_NEAR(with("magnitude"), 300, 3e-4);  // A N / 2
}

TEST(FftBlock, EndsOfTheSpectrumAreNotDoubled) {
  for (const std::size_t count : {8U, 9U}) {
    std::vector<float> x(count);
    for (std::size_t i = 0; i < count; ++i) x[i] = 2 + (i % 2 == 0 ? 1.0F : -1.0F);
    const Signal in = records(Kind::kRecord, {{x}});
    const std::vector<float> amplitude = spectrum({{"window", "boxcar"}}, in);
    const std::vector<float> rms = spectrum({{"window", "boxcar"}, {"output", "rms"}}, in);
    const double mean = count == 8 ? 2 : 2 + 1.0 / 9;
    EXPECT_NEAR(amplitude[0], mean, 1e-6);
    EXPECT_NEAR(rms[0], mean, 1e-6);
    if (count == 8) {
      EXPECT_NEAR(amplitude[4], 1, 1e-6);
      EXPECT_NEAR(rms[4], 1, 1e-6);
    } else {
      EXPECT_NEAR(amplitude[4], std::numbers::sqrt2 * rms[4], 1e-6);
    }
  }
}

TEST(FftBlock, PowersAddUpToTheMeanSquare) {
  // Parseval, for an even and an odd length.
  for (const std::size_t count : {512U, 375U}) {
    const std::vector<float> x = noise(count, count);
    double mean_square = 0;
    for (const float value : x) mean_square += value * value / static_cast<double>(count);
    double power = 0;
    for (const float bin :
         spectrum({{"window", "boxcar"}, {"output", "power"}}, records(Kind::kRecord, {{x}}))) {
      power += bin;
    }
    EXPECT_NEAR(power / mean_square, 1, 2e-6) << count;  // float32 bins
  }
}

TEST(FftBlock, PhaseIsThatOfACosineAtTheFirstSample) {
  for (const double phase : {-150.0, -90.0, 0.0, 35.0, 179.0}) {
    const std::vector<float> x = spectrum({{"output", "phase"}}, cosine(128, 1, 16, phase));
    EXPECT_NEAR(x[16], phase, 1e-4);
  }
}

TEST(FftBlock, DetrendRemovesTheMean) {
  const Signal in = cosine(128, 1, 16, 0, 50);
  EXPECT_NEAR(spectrum({{"window", "boxcar"}}, in)[0], 50, 1e-4);
  EXPECT_NEAR(spectrum({{"window", "boxcar"}, {"detrend", "constant"}}, in)[0], 0, 1e-5);
}

TEST(FftBlock, DescribesAxisUnitsAndKeepsWhatIsKnownOfTheRecord) {
  Signal in = cosine(50, 1, 5);
  in.pieces[0].flags = kFlagTriggered;
  in.pieces[0].axis_start = -0.01;
  in.pieces[0].first_index = 77;
  in.pieces[0].gap_before = {5, kGapUsb, false};
  const Signal out = run("fft", {{"output", "power"}}, in);
  EXPECT_EQ(out.info.kind, Kind::kSpectrum);
  EXPECT_EQ(out.info.max_count, 26U);
  EXPECT_EQ(out.info.axis.unit, "Hz");
  EXPECT_EQ(out.info.axis.step, 20);
  EXPECT_EQ(out.info.channels[0].unit, "V2");
  EXPECT_EQ(out.pieces[0].flags, kFlagTriggered);
  EXPECT_FALSE(out.pieces[0].axis_start);
  EXPECT_EQ(out.pieces[0].first_index, 77U);
  EXPECT_EQ(out.pieces[0].gap_before, (Gap{5, kGapUsb, false}));
  EXPECT_EQ(run("fft", {{"output", "phase"}}, in).info.channels[0].unit, "deg");
}

TEST(FftBlock, NanSpoilsItsChannelOfThatRecordOnly) {
  std::vector<float> bad = noise(64, 1);
  bad[3] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> good = noise(64, 2);
  const Signal out = run("fft", {}, records(Kind::kRecord, {{bad, good}, {good, good}}));
  for (std::size_t k = 0; k < 33; ++k) {
    EXPECT_TRUE(std::isnan(out.pieces[0].samples[0][k]));
    EXPECT_EQ(out.pieces[0].samples[1][k], out.pieces[1].samples[1][k]);
    EXPECT_FALSE(std::isnan(out.pieces[1].samples[0][k]));
  }
}

TEST(FftBlock, RefusesWhatItCannotTransform) {
  const SignalInfo in = cosine(8, 1, 1).info;
  EXPECT_EQ(refusal("fft", {{"window", "kaiser"}}, in).code, Code::kInvalid);  // needs beta
  EXPECT_EQ(refusal("fft", {{"output", "log"}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("fft", {}, waveform({{1}}).info).allowed, "records");
  EXPECT_EQ(refusal("fft", {}, records(Kind::kSpectrum, {{{1, 2}}}).info).code, Code::kInvalid);
}

TEST(Fft, ZerosBehindTheRecordGiveTheSpectrumInBetween) {
  const std::vector<float> x = noise(50, 6);
  const Signal in = records(Kind::kRecord, {{x}});
  const Table plain = {{"window", "boxcar"}, {"output", "magnitude"}};
  Table padded = plain, to = plain, power = plain;
  padded["pad_factor"] = 4.0;
  to["pad_to"] = 200.0;
  power["pad_factor"] = 0.0;
  const Signal sparse = run("fft", plain, in), dense = run("fft", padded, in);
  ASSERT_EQ(dense.info.max_count, 101U);
  EXPECT_EQ(dense.info.axis.step, 5);
  for (std::size_t k = 0; k <= 25; ++k) {
    EXPECT_NEAR(dense.pieces[0].samples[0][4 * k], sparse.pieces[0].samples[0][k], 1e-5);
  }
  EXPECT_EQ(run("fft", to, in).pieces[0].samples[0], dense.pieces[0].samples[0]);
  EXPECT_EQ(run("fft", power, in).info.max_count, 33U);
}

TEST(Fft, DensitySumsToTheVariance) {
  const std::vector<float> x = noise(4096, 6);
  const Signal in = records(Kind::kRecord, {{x}}, 1000, "V");
  const Signal out = run("fft", {{"window", "boxcar"}, {"output", "density"}}, in);
  EXPECT_EQ(out.info.channels[0].unit, "V2/Hz");
  double sum = 0, variance = 0;
  for (const float density : out.pieces[0].samples[0]) sum += density * out.info.axis.step;
  for (const float v : x) variance += static_cast<double>(v) * static_cast<double>(v) / 4096;
  EXPECT_NEAR(sum, variance, 1e-5 * variance);
}

TEST(Fft, RefusesToCutARecordShorter) {
  const SignalInfo in = records(Kind::kRecord, {{noise(50, 6)}}).info;
  EXPECT_EQ(refusal("fft", {{"pad_to", 49.0}}, in).where, "pad_to");
  EXPECT_EQ(refusal("fft", {{"pad_to", 64.0}, {"pad_factor", 2.0}}, in).where, "pad_factor");
}

}  // namespace
}  // namespace acq::test
