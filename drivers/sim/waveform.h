// The signals a simulated channel can carry, as closed forms over one period.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace acq::sim {

enum class Shape : std::uint8_t {
  kZero,
  kNormal,   // noise, see noise.h
  kUniform,  // noise
  kPoisson,  // noise
  kGaussian,
  kLorentzian,
  kVoigt,
  kSine,
  kCosine,
  kSawtooth,
  kTriangle,
  kSquare,
  kSinc,
  kChirp,
  kStep,
  kExponential,
  kLogistic,
  kPulse,
  kStepPulse,
  kSquarePulse,
  kBurst,
  kPolynomial,
  kTable,
  kCounter,  // the number of the sample itself, see adc.h
};

// The words of the configuration, in the order of Shape.
inline constexpr std::array<std::string_view, 24> kShapeNames = {
    "zero",       "normal",       "uniform", "poisson",     "gaussian", "lorentzian",
    "voigt",      "sine",         "cosine",  "sawtooth",    "triangle", "square",
    "sinc",       "chirp",        "step",    "exponential", "logistic", "pulse",
    "step_pulse", "square_pulse", "burst",   "polynomial",  "table",    "counter"};

// One signal. Places and widths are fractions of the period, so a shape keeps its look at any
// frequency. Signals that are not periodic by nature are repeated each period.
struct Waveform {
  Shape shape = Shape::kSine;
  double amplitude = 1;
  double offset = 0;
  double frequency_hz = 1000;   // repetitions a second
  double phase_cycles = 0;      // added to the place within the period
  double position = 0.5;        // centre of a peak, start of a step, pulse or burst
  double width = 0.05;          // sigma of a peak, time constant, length of a pulse or burst
  double rise = 0.02;           // of step_pulse and square_pulse
  double fall = 0.05;           // of square_pulse
  double duty = 0.5;            // of square
  double from_hz = 0;           // of chirp
  double to_hz = 0;             // of chirp, and the carrier of a burst
  double mean_count = 4;        // of poisson
  std::vector<double> numbers;  // coefficients of a polynomial (constant first), values of a table
};

constexpr bool is_noise(Shape shape) noexcept {
  return shape == Shape::kNormal || shape == Shape::kUniform || shape == Shape::kPoisson;
}

// The value at `cycle`, a fraction of the period in [0, 1); noise and counter give the offset.
//
// Definitions are DataLab's (sine, cosine, sawtooth, triangle, square, sinc, chirp, step,
// exponential, logistic, pulse, polynomial; peaks have `amplitude` as their height above `offset`,
// Voigt has both widths equal to `width`), with the period as the unit of x. sinc is
// sin(a)/a with a = 2 pi (cycle - position) / width.
double value_at(const Waveform& wave, double cycle) noexcept;

}  // namespace acq::sim
