// The response of the filter blocks, measured from their impulse response as it comes out, against what
// their parameters promise; and Parseval's theorem through the blocks that make spectra. Designs are
// made at random; RapidCheck prints its seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "tests/support/block_harness.h"

namespace acq::test {
namespace {

constexpr double kRate_hz = 1000;

double dice(double from, double to) {
  const auto part = *rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>()));
  return from + (to - from) * static_cast<double>(part) / 4294967295.0;
}

// What a block does to a unit impulse, measured at any frequency.
class Measured {
 public:
  Measured(const std::string& block, const Table& params, std::size_t length) {
    // Behind zeros enough for blocks that take their first samples for the past.
    std::vector<float> impulse(length + 300);
    impulse[300] = 1;
    const Signal in = cut(waveform({impulse}, static_cast<std::uint64_t>(kRate_hz)), {977});
    const Signal out = run(block, params, in);
    response_ = joined(out);
    RC_LOG() << block << " " << to_text(Value(params)) << "\n";
  }

  [[nodiscard]] double db(double frequency_hz) const {
    std::complex<double> sum = 0;
    for (std::size_t n = 0; n < response_.size(); ++n) {
      const double turns = frequency_hz / kRate_hz * static_cast<double>(n);
      sum += static_cast<double>(response_[n]) * std::polar(1.0, -2 * std::numbers::pi * turns);
    }
    return 20 * std::log10(std::abs(sum) + 1e-12);
  }

 private:
  std::vector<float> response_;
};

void expect_near(double got, double want, double slack) {
  RC_LOG() << got << " dB, promised " << want << "\n";
  RC_ASSERT(std::abs(got - want) <= slack);
}

void expect_within(double got, double least, double most) {
  RC_LOG() << got << " dB, promised " << least << " to " << most << "\n";
  RC_ASSERT(got >= least && got <= most);
}

// The frequency that the bilinear transform makes of one.
double warped(double hz) {
  return std::tan(std::numbers::pi * hz / kRate_hz);
}

template <typename Law>
void check(const char* name, Law law) {
  EXPECT_TRUE(rc::check(name, law));
}

TEST(FilterResponse, ButterworthIsDownThreeDecibelsAtItsCutoffAndFallsByItsOrder) {
  check("butterworth", [] {
    const double cutoff = dice(20, 200), order = std::floor(dice(1, 9));
    const Measured low("iir", {{"cutoff", cutoff}, {"order", order}}, 8000);
    expect_near(low.db(0), 0, 1e-3);
    expect_near(low.db(cutoff), -10 * std::log10(2.0), 0.01);
    // -10 log10(1 + (f / cutoff)^(2 order)).
    const double f = cutoff * dice(0.2, 2);
    const double ratio = warped(f) / warped(cutoff);
    const double promised = -10 * std::log10(1 + std::pow(ratio, 2 * order));
    if (promised > -80) expect_near(low.db(f), promised, 0.05);
    const Measured high("iir", {{"cutoff", cutoff}, {"order", order}, {"kind", "high"}}, 8000);
    expect_near(high.db(cutoff), -10 * std::log10(2.0), 0.01);
    expect_near(high.db(500), 0, 1e-3);
  });
}

TEST(FilterResponse, ChebyshevAndEllipticKeepTheirRippleAndTheirAttenuation) {
  check("chebyshev, elliptic", [] {
    const double cutoff = dice(30, 150), order = std::floor(dice(2, 7));
    const double ripple = dice(0.1, 3), attenuation = dice(30, 70);
    const Measured first(
        "iir", {{"cutoff", cutoff}, {"order", order}, {"family", "chebyshev1"}, {"ripple", ripple}},
        16000);
    const Measured second("iir",
                          {{"cutoff", cutoff},
                           {"order", order},
                           {"family", "chebyshev2"},
                           {"attenuation", attenuation}},
                          16000);
    const Measured elliptic("iir",
                            {{"cutoff", cutoff},
                             {"order", order},
                             {"family", "elliptic"},
                             {"ripple", ripple},
                             {"attenuation", attenuation}},
                            16000);
    for (int i = 0; i < 5; ++i) {
      const double inside = cutoff * dice(0, 0.999), outside = dice(cutoff, 499);
      expect_within(first.db(inside), -ripple - 0.01, 0.01);
      expect_within(second.db(outside), -300, -attenuation + 0.05);
      expect_within(elliptic.db(inside), -ripple - 0.01, 0.01);
    }
    expect_near(first.db(cutoff), -ripple, 0.01);
    expect_near(second.db(cutoff), -attenuation, 0.1);
    expect_near(elliptic.db(cutoff), -ripple, 0.01);
    expect_within(elliptic.db(499), -300, -attenuation + 0.1);
  });
}

TEST(FilterResponse, WindowedFirIsHalfAtItsCutoffAndKeepsItsAttenuation) {
  check("fir", [] {
    const double transition = dice(20, 60), attenuation = dice(40, 80);
    const double cutoff = dice(transition + 10, 480 - transition);
    const Measured fir(
        "fir", {{"cutoff", cutoff}, {"transition", transition}, {"attenuation", attenuation}},
        2000);
    expect_near(fir.db(cutoff), 20 * std::log10(0.5), 0.1);
    for (int i = 0; i < 5; ++i) {
      // Kaiser's formula is an approximation: within 2 dB.
      expect_within(fir.db(dice(cutoff + transition / 2, 500)), -300, -attenuation + 2);
      expect_near(fir.db(dice(0, cutoff - transition / 2)), 0, 0.15);
    }
  });
}

TEST(FilterResponse, NotchTakesOutItsFrequencyAndIsAsWideAsItsQualitySays) {
  check("notch", [] {
    const double frequency = dice(50, 300), quality = dice(2, 20);
    const Measured notch("notch", {{"frequency", frequency}, {"quality", quality}}, 4000);
    expect_within(notch.db(frequency), -300, -60);
    expect_near(notch.db(0), 0, 1e-3);
    // The two -3 dB points are frequency / quality apart.
    const auto edge = [&](double far) {
      double near = frequency;
      for (int i = 0; i < 20; ++i) {
        const double middle = (near + far) / 2;
        (notch.db(middle) < -10 * std::log10(2.0) ? near : far) = middle;
      }
      return near;
    };
    const double width = edge(499) - edge(1);
    RC_LOG() << width << " Hz, promised " << frequency / quality << "\n";
    RC_ASSERT(std::abs(width * quality / frequency - 1) < 0.01);
  });
}

TEST(FilterResponse, DcRemoveIsDownThreeDecibelsAtItsCutoffAndPassesNoConstant) {
  check("dc_remove", [] {
    const double cutoff = dice(2, 50);
    const Measured high("dc_remove", {{"cutoff", cutoff}}, 8000);
    expect_near(high.db(cutoff), -10 * std::log10(2.0), 0.05);
    expect_within(high.db(0), -300, -60);
    const double ratio = warped(cutoff / 10) / warped(cutoff);
    expect_near(high.db(cutoff / 10), 20 * std::log10(ratio / std::hypot(1, ratio)), 0.02);
  });
}

TEST(FilterResponse, AMovingAverageIsASincAndAGaussianAGaussian) {
  check("smoothing", [] {
    const double length = std::floor(dice(2, 60));
    const Measured mean("moving_average", {{"length", length}}, 400);
    const double f = dice(1, 490), half = std::numbers::pi * f / kRate_hz;
    const double sinc = std::abs(std::sin(length * half) / (length * std::sin(half)));
    // At a zero nothing is left but rounding.
    if (sinc > 1e-3) expect_near(mean.db(f), 20 * std::log10(sinc), 0.05);
    const double sigma = dice(1, 20), g = dice(0, kRate_hz / sigma / 4);
    const Measured gaussian("gaussian", {{"sigma", sigma}, {"truncate", 8.0}}, 1000);
    const double exponent = 2 * std::pow(std::numbers::pi * sigma * g / kRate_hz, 2);
    expect_near(gaussian.db(g), -20 * exponent / std::numbers::ln10, 0.05);
  });
}

// The mean square of a signal is the sum of its powers, whatever the length of the record.
TEST(Parseval, HoldsForFftAndWelch) {
  check("parseval", [] {
    const auto length = static_cast<std::size_t>(dice(2, 700));
    const std::vector<float> x = noise(length, static_cast<std::uint64_t>(dice(1, 1e9)));
    double square = 0;
    for (const float v : x) square += static_cast<double>(v) * v / static_cast<double>(length);
    const Table fft{{"window", "boxcar"}, {"output", "power"}};
    const Signal power = run("fft", fft, records(Kind::kRecord, {{x}}));
    double sum = 0;
    for (const float v : power.pieces.at(0).samples[0]) sum += static_cast<double>(v);
    RC_LOG() << length << ": " << sum << " and " << square << "\n";
    RC_ASSERT(std::abs(sum / square - 1) < 1e-5);
    const Table welch{{"window", "boxcar"},
                      {"length", static_cast<double>(length)},
                      {"overlap", 0.0},
                      {"averages", 1.0},
                      {"detrend", "none"}};
    const Signal densities = run("welch_psd", welch, waveform({x}));
    double density = 0;
    for (const float v : densities.pieces.at(0).samples[0]) {
      density += static_cast<double>(v) * kRate_hz / static_cast<double>(length);
    }
    RC_ASSERT(std::abs(density / square - 1) < 1e-5);
  });
}

}  // namespace
}  // namespace acq::test
