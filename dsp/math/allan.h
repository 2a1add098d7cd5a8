// The Allan family: how stable a clock, an oscillator or any slow quantity is over a time tau.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/base/signal.h"
#include "dsp/base/time.h"

namespace acq {

// All functions work on phase x (the sum of fractional frequencies y times tau0; x[0] = 0) with one
// value each tau0 seconds; tau = m tau0. Deviations are the square roots of the variances; NaN where
// the record is too short for one term. Real-time safe.
// Source: IEEE 1139-2008, annex; W. J. Riley, NIST Special Publication 1065 (2008), 5.2.
double allan_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept;
double overlapping_allan_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept;
double modified_allan_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept;
double hadamard_deviation(std::span<const double> x, double tau0,
                          std::size_t m) noexcept;  // overlapping
double time_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept;  // in s
// The record goes on beyond both ends as its own reflection (Riley, 5.2.11).
double total_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept;
// Maximum time interval error: the largest peak-to-peak phase in any window of m + 1 values, in s. Work:
// 2 x.size() values.
double max_time_interval_error(std::span<const double> x, std::size_t m,
                               std::span<double> work) noexcept;

// x[0] = 0, x[i + 1] = x[i] + tau0 (y[i] - mean of y): what a constant offset of frequency adds no
// deviation sees (MTIE does: add it with `keeps_mean`). `x` holds y.size() + 1 values.
void phase_of(std::span<const double> y, double tau0, bool keeps_mean,
              std::span<double> x) noexcept;

enum class ClockNoise : std::uint8_t {
  kWhitePm,
  kFlickerPm,
  kWhiteFm,
  kFlickerFm,
  kRandomWalkFm,
};

// Equivalent degrees of freedom of the overlapping estimate from `phases` values: its variance is
// distributed as chi squared of so many degrees, so the deviation has the relative sigma
// 1 / sqrt(2 edf). NaN where there is none.
// Source: D. A. Howe, D. W. Allan, J. A. Barnes, Proc. 35th Frequency Control Symposium (1981) 669.
double overlapping_edf(ClockNoise noise, std::size_t phases, std::size_t m) noexcept;

enum class Stability : std::uint8_t { kOverlapping, kModified, kHadamard, kTime };

// The same deviations for octaves m = 1, 2, 4 ... as samples come: each sample costs a few operations
// an octave, and nothing is forgotten however long the run. Sums over all that was seen; a difference
// never spans a break.
//
// One thread, real-time safe but for the constructor. The result does not depend on how samples are
// cut.
class RunningAllan {
 public:
  RunningAllan() = default;
  RunningAllan(Stability what, double tau0, std::size_t octaves);

  // Fractional frequencies, or phase in seconds. A value that is not finite is a break.
  void add_frequency(std::span<const float> y) noexcept;
  void add_phase(std::span<const float> x) noexcept;
  // The signal is broken here: what comes next has no known phase against what was.
  void break_here() noexcept;

  [[nodiscard]] std::size_t octaves() const noexcept { return sums_.size(); }
  [[nodiscard]] double deviation(std::size_t octave) const noexcept;  // NaN without a term
  [[nodiscard]] std::uint64_t terms(std::size_t octave) const noexcept {
    return sums_[octave].terms;
  }
  // Phase values that went in since the start.
  [[nodiscard]] std::uint64_t phases() const noexcept { return phases_; }
  // Whether sums made by the other one can be continued here.
  [[nodiscard]] bool continues(const RunningAllan& other) const noexcept {
    return what_ == other.what_ && tau0_ == other.tau0_ && octaves() == other.octaves();
  }

 private:
  struct Sum {
    double squares = 0;
    std::uint64_t terms = 0;
    double running = 0;  // modified: sum of the last m second differences
  };
  void add(double x) noexcept;
  [[nodiscard]] double back(std::size_t by) const noexcept {
    return ring_[(at_ + ring_.size() - by) % ring_.size()];
  }

  Stability what_ = Stability::kOverlapping;
  double tau0_ = 1;
  std::vector<Sum> sums_;
  std::vector<double> ring_;  // the last phases
  std::size_t at_ = 0;        // place of the newest
  std::uint64_t since_break_ = 0;
  std::uint64_t phases_ = 0;
  double reference_ = 0;  // the first frequency or phase behind a break, taken off the rest
  bool has_reference_ = false;
};

}  // namespace acq
