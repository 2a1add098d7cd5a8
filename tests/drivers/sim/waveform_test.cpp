#include "drivers/sim/waveform.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>

namespace acq::sim {
namespace {

constexpr double kPi = std::numbers::pi;

// Every shape against a form written independently, at 1000 places of the period.
struct Golden {
  Shape shape;
  std::function<double(double)> expected;  // of the place in the period
};

Waveform example(Shape shape) {
  Waveform wave;
  wave.shape = shape;
  wave.amplitude = 2;
  wave.offset = 0.5;
  wave.frequency_hz = 10;
  wave.position = 0.3;
  wave.width = 0.1;
  wave.rise = 0.05;
  wave.fall = 0.2;
  wave.duty = 0.25;
  wave.from_hz = 20;
  wave.to_hz = 100;
  wave.numbers = {1, -3, 2};
  return wave;
}

const std::array kGolden = {
    Golden{Shape::kZero, [](double) { return 0; }},
    Golden{Shape::kGaussian, [](double x) { return std::exp(-50 * (x - 0.3) * (x - 0.3)); }},
    Golden{Shape::kLorentzian, [](double x) { return 0.01 / (0.01 + (x - 0.3) * (x - 0.3)); }},
    Golden{Shape::kSine, [](double x) { return std::sin(2 * kPi * x); }},
    Golden{Shape::kCosine, [](double x) { return std::cos(2 * kPi * x); }},
    Golden{Shape::kSawtooth, [](double x) { return -1 + 2 * x; }},
    Golden{Shape::kTriangle, [](double x) { return x < 0.5 ? 4 * x - 1 : 3 - 4 * x; }},
    Golden{Shape::kSquare, [](double x) { return x < 0.25 ? 1 : -1; }},
    Golden{Shape::kSinc,
           [](double x) {
             const double a = 20 * kPi * (x - 0.3);
             return std::abs(a) < 1e-12 ? 1 : std::sin(a) / a;
           }},
    // A chirp's phase is the integral of its frequency: 20 Hz to 100 Hz within 0.1 s.
    Golden{Shape::kChirp,
           [](double x) {
             const double t = x / 10;
             return std::sin(2 * kPi * (20 * t + 400 * t * t));
           }},
    Golden{Shape::kStep, [](double x) { return x >= 0.3 ? 1 : 0; }},
    Golden{Shape::kExponential, [](double x) { return std::pow(std::numbers::e, -10 * x); }},
    Golden{Shape::kLogistic, [](double x) { return 0.5 * (1 + std::tanh(5 * (x - 0.3))); }},
    Golden{Shape::kPulse, [](double x) { return x >= 0.3 && x < 0.4 ? 1 : 0; }},
    Golden{Shape::kStepPulse,
           [](double x) { return x < 0.3    ? 0
                                 : x < 0.35 ? (x - 0.3) / 0.05
                                            : 1; }},
    Golden{Shape::kSquarePulse,
           [](double x) {
             if (x < 0.3) return 0.0;
             if (x < 0.35) return (x - 0.3) / 0.05;
             if (x < 0.45) return 1.0;
             if (x < 0.65) return 1 - (x - 0.45) / 0.2;
             return 0.0;
           }},
    Golden{Shape::kBurst,
           [](double x) {
             return x >= 0.3 && x < 0.4 ? std::sin(2 * kPi * 100 * (x - 0.3) / 10) : 0;
           }},
    Golden{Shape::kPolynomial, [](double x) { return 1 - 3 * x + 2 * x * x; }},
    Golden{Shape::kTable,
           [](double x) {
             if (x < 1.0 / 3) return 1 - 4 * 3 * x;
             if (x < 2.0 / 3) return -3 + 5 * (3 * x - 1);
             return 2 - (3 * x - 2);
           }},
};

TEST(Waveform, FollowsTheClosedFormOfEveryShape) {
  for (const Golden& golden : kGolden) {
    const Waveform wave = example(golden.shape);
    for (int i = 0; i < 1000; ++i) {
      // Off the grid of edges, so that both forms agree on which side a place lies.
      const double x = (i + 0.37) / 1000;
      ASSERT_NEAR(value_at(wave, x), 2 * golden.expected(x) + 0.5, 1e-12)
          << kShapeNames[static_cast<std::size_t>(golden.shape)] << " at " << x;
    }
  }
}

TEST(Waveform, VoigtAgreesWithSciPy) {
  // scipy.special.voigt_profile(x, 1, 1) / voigt_profile(0, 1, 1), SciPy 1.10.1
  constexpr std::array kReference = {
      std::array{0.0, 1.0},
      std::array{0.3, 0.978914882108257},
      std::array{1.0, 0.7943856750202667},
      std::array{2.5, 0.30035277118010995},
      std::array{7.0, 0.03247865679457587},
      std::array{30.0, 0.0016983731165181653},
  };
  Waveform wave;
  wave.shape = Shape::kVoigt;
  wave.position = 0.1;
  wave.width = 0.01;
  for (const auto& [x, expected] : kReference) {
    EXPECT_NEAR(value_at(wave, 0.1 + 0.01 * x), expected, 1e-11);
    EXPECT_NEAR(value_at(wave, 0.1 - 0.01 * x), expected, 1e-11);
  }
}

TEST(Waveform, NoiseAndCounterHaveOnlyTheirOffset) {
  for (const Shape shape : {Shape::kNormal, Shape::kUniform, Shape::kPoisson, Shape::kCounter})
    EXPECT_EQ(value_at(example(shape), 0.4), 0.5);
}

TEST(Waveform, EveryShapeHasAName) {
  EXPECT_EQ(kShapeNames[static_cast<std::size_t>(Shape::kCounter)], "counter");
  EXPECT_EQ(kShapeNames[static_cast<std::size_t>(Shape::kSquarePulse)], "square_pulse");
  EXPECT_EQ(kShapeNames[static_cast<std::size_t>(Shape::kSinc)], "sinc");
}

}  // namespace
}  // namespace acq::sim
