// Filtering forward and backward: the square of the filter's gain, and no delay at all. float64.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/base/result.h"
#include "dsp/math/sos.h"

namespace acq {

// How many values scipy.signal.sosfiltfilt (and DataLab's filtfilt) puts on either side: 3 times the
// number of coefficients.
std::size_t default_padding(std::span<const Section> sections) noexcept;

// Filters arrays of one length. Each end is continued by `padding` values turned about the end value,
// and each run starts as if its first value had been there for ever.
//
// Source: Gustafsson, IEEE Trans. Signal Processing 44 (1996) 988, for the alternative; the padding is
// that of scipy.signal.sosfiltfilt. Threads: one; run() is real-time safe.
class ZeroPhaseFilter {
 public:
  ZeroPhaseFilter() = default;
  // kInvalid unless padding < count ("padding").
  static Result<ZeroPhaseFilter> make(std::span<const Section> sections, std::size_t count,
                                      std::size_t padding);

  // `x` and `y` hold `count` values each; they may be the same.
  void run(std::span<const double> x, std::span<double> y) noexcept;

 private:
  void pass() noexcept;

  std::vector<Section> sections_;
  std::size_t padding_ = 0;
  std::vector<double> values_;  // padding, values, padding
};

// One array at once, with the default padding or, when it is shorter, as much as it has.
std::vector<double> filter_zero_phase(std::span<const Section> sections, std::span<const double> x);

// y[n] of the cascade from a state of zeros, over a whole array. `y` may be `x`.
void filter_sections(std::span<const Section> sections, std::span<const double> x,
                     std::span<double> y) noexcept;

}  // namespace acq
