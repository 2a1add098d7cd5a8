#include "dsp/math/calculus.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsp/math/record_kernels.h"

namespace acq {
namespace {

double mean_of(std::span<const double> x) noexcept {
  return sum_of(x) / static_cast<double>(x.size());
}

}  // namespace

void derivative(std::span<const double> x, double step, std::span<double> y) noexcept {
  const std::size_t n = x.size();
  if (n < 2) {
    std::fill(y.begin(), y.end(), 0.0);
    return;
  }
  y[0] = (x[1] - x[0]) / step;
  central_differences(x, 2 * step, y.data());
  y[n - 1] = (x[n - 1] - x[n - 2]) / step;
}

void derivative(std::span<const double> x, std::span<const double> t,
                std::span<double> y) noexcept {
  const std::size_t n = x.size();
  if (n < 2) {
    std::fill(y.begin(), y.end(), 0.0);
    return;
  }
  y[0] = (x[1] - x[0]) / (t[1] - t[0]);
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double before = t[i] - t[i - 1], after = t[i + 1] - t[i];
    y[i] = -after / (before * (before + after)) * x[i - 1] +
           (after - before) / (before * after) * x[i] +
           before / (after * (before + after)) * x[i + 1];
  }
  y[n - 1] = (x[n - 1] - x[n - 2]) / (t[n - 1] - t[n - 2]);
}

void integral(std::span<const double> x, double step, std::span<double> y) noexcept {
  double sum = 0, before = x.empty() ? 0 : x[0];
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double here = x[i];
    if (i > 0) sum += (before + here) / 2 * step;
    before = here;
    y[i] = sum;
  }
}

void integral(std::span<const double> x, std::span<const double> t, std::span<double> y) noexcept {
  double sum = 0, before = x.empty() ? 0 : x[0];
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double here = x[i];
    if (i > 0) sum += (before + here) / 2 * (t[i] - t[i - 1]);
    before = here;
    y[i] = sum;
  }
}

void detrend(Trend trend, std::span<const double> x, std::span<double> y) noexcept {
  if (x.empty()) return;
  const double mean = mean_of(x);
  const auto n = static_cast<double>(x.size());
  const double middle = (n - 1) / 2;
  double slope = 0;
  if (trend == Trend::kLinear && x.size() > 1) {
    double moment = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      moment += (static_cast<double>(i) - middle) * (x[i] - mean);
    }
    slope = moment / (n * (n * n - 1) / 12);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = x[i] - mean - slope * (static_cast<double>(i) - middle);
  }
}

void correct_offset(std::span<const double> x, std::size_t from, std::size_t to,
                    std::span<double> y) noexcept {
  subtract(x, mean_of(x.subspan(from, to - from)), y.data());
}

void normalize(Norm norm, std::span<const double> x, double step, std::span<double> y) noexcept {
  if (x.empty()) return;
  double offset = 0, divisor = 1;
  const double squares = sum_of_squares_of(x);
  switch (norm) {
    case Norm::kMaximum: divisor = *std::max_element(x.begin(), x.end()); break;
    case Norm::kAmplitude: {
      const auto [least, most] = std::minmax_element(x.begin(), x.end());
      offset = *least;
      divisor = *most - *least;
      break;
    }
    case Norm::kArea:
      divisor = step > 0 ? step * (sum_of(x) - (x.front() + x.back()) / 2) : sum_of(x);
      break;
    case Norm::kEnergy: divisor = std::sqrt(squares); break;
    case Norm::kRms: divisor = std::sqrt(squares / static_cast<double>(x.size())); break;
  }
  // A NaN among the samples is in `squares`, wherever it stands in the order of comparisons.
  if (divisor == 0 || std::isnan(squares)) divisor = std::numeric_limits<double>::quiet_NaN();
  offset_and_divide(x, offset, divisor, y.data());
}

}  // namespace acq
