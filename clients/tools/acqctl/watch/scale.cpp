#include "clients/tools/acqctl/watch/scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "clients/tools/acqctl/values.h"

namespace acq::tool {
namespace {

// 1, 2 or 5 times a power of ten, at least `least`.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

// As many decimals as all values need, but not more than tell neighbours well apart.
int digits_of(const std::vector<double>& values, double factor) {
  double least = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double step = i == 0 ? std::abs(values[0]) : std::abs(values[i] - values[i - 1]);
    if (step > 0) least = least > 0 ? std::min(least, step * factor) : step * factor;
  }
  if (!(least > 0)) return 0;
  const int most = std::clamp(static_cast<int>(std::ceil(2 - std::log10(least))), 0, 6);
  for (int digits = 0; digits < most; ++digits) {
    const double power = std::pow(10.0, digits);
    const bool is_exact = std::all_of(values.begin(), values.end(), [&](double value) {
      const double scaled = value * factor * power;
      return std::abs(scaled - std::round(scaled)) < 1e-3 * least * power;
    });
    if (is_exact) return digits;
  }
  return most;
}

}  // namespace

Span round_span(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return {0, 1};
  if (low > high) std::swap(low, high);
  const double largest = std::max(std::abs(low), std::abs(high));
  // A constant gets a span of a tenth of itself: its own noise would be a wall of digits.
  if (high - low <= 1e-6 * largest || high == low) {
    const double half = largest > 0 ? 0.05 * largest : 0.5;
    low -= half;
    high += half;
  }
  const double step = round_step((high - low) / 10);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step};
}

std::vector<double> ticks(Span span, int count) {
  std::vector<double> places;
  if (!(span.size() > 0) || !std::isfinite(span.size()) || count < 1) return places;
  const double step = round_step(span.size() / count);
  const double first = std::ceil(span.low / step - 1e-9);
  for (double i = first; i * step <= span.high + 1e-9 * step && places.size() < 100; ++i) {
    places.push_back(i * step);
  }
  return places;
}

AxisText axis_text(const std::vector<double>& values, std::string_view unit) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  // The prefix si_text() gives the largest, for all.
  const std::string shown = si_text(largest, unit);
  const std::size_t space = shown.find(' ');
  AxisText text;
  text.unit = space == std::string::npos ? "" : shown.substr(space + 1);
  const double factor = largest > 0 ? std::strtod(shown.c_str(), nullptr) / largest : 1;
  const double exact = factor > 0 ? std::pow(10.0, std::round(std::log10(factor))) : 1;

  const int digits = digits_of(values, exact);
  for (const double value : values) {
    char label[40];
    const bool is_plain = std::abs(value * exact) < 1e6;
    std::snprintf(label, sizeof label, is_plain ? "%.*f" : "%.*e", is_plain ? digits : 2,
                  value == 0 ? 0.0 : value * exact);
    text.labels.emplace_back(label);
  }
  return text;
}

}  // namespace acq::tool
