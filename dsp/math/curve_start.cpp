#include "dsp/math/curve_start.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace acq {
namespace {

double mean(std::span<const double> y) noexcept {
  return std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
}

// A twentieth of the record, at least one value.
std::size_t end_length(const Trace& record) noexcept {
  return std::max<std::size_t>(1, record.size() / 20);
}

}  // namespace

void tallest_start(const Trace& rest, double base, CurveKind kind, double* p) noexcept {
  const std::span<const double> y = rest.y;
  std::size_t top = 0;
  for (std::size_t i = 1; i < y.size(); ++i) {
    if (std::abs(y[i] - base) > std::abs(y[top] - base)) top = i;
  }
  const double amplitude = y[top] - base;
  const auto is_high = [&](std::size_t i) { return (y[i] - base) / amplitude > 0.5; };
  std::size_t left = top, right = top;
  while (left > 0 && is_high(left - 1)) --left;
  while (right + 1 < y.size() && is_high(right + 1)) ++right;
  // A side that reaches the end of the record, or noise, makes one side longer: the shorter counts.
  const auto half = static_cast<double>(std::min(top - left, right - top)) + 0.5;
  p[0] = amplitude;
  p[1] = rest.x(static_cast<double>(top));
  p[2] = half * rest.step * (kind == CurveKind::kGaussian ? 0.85 : 1);
}

double base_of(const Trace& record, std::span<double> work) noexcept {
  const std::span<double> sorted = work.first(record.size());
  std::copy(record.y.begin(), record.y.end(), sorted.begin());
  const auto quarter = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 4);
  std::nth_element(sorted.begin(), quarter, sorted.end());
  return *quarter;
}

Start peak_start(const Trace& record, CurveKind kind) noexcept {
  const std::size_t ends = end_length(record);
  const double base = 0.5 * (mean(record.y.first(ends)) + mean(record.y.last(ends)));
  Start start{};
  tallest_start(record, base, kind, start.data());
  // The area tells the width of a noisy peak better than its half height.
  double area = 0;
  for (const double y : record.y) area += (y - base) / start[0];
  const double by_area = area * record.step / (kind == CurveKind::kLorentzian ? 3.0 : 2.5);
  const double span = record.step * static_cast<double>(record.size());
  start[2] = std::clamp(by_area, start[2], std::max(start[2], 0.5 * span));
  if (kind == CurveKind::kVoigt) {
    start[3] = 0.6 * start[2];
    start[2] = 0.7 * start[2];
    start[4] = base;
  } else {
    start[3] = base;
  }
  return start;
}

Start exponential_start(const Trace& record) noexcept {
  // y - y[0] = -b y0 (x - x[0]) + b S with S the integral of y: two unknowns.
  double xx = 0, xs = 0, ss = 0, yx = 0, ys = 0, integral = 0;
  for (std::size_t i = 1; i < record.size(); ++i) {
    integral += 0.5 * record.step * (record.y[i] + record.y[i - 1]);
    const double x = record.step * static_cast<double>(i);
    const double y = record.y[i] - record.y[0];
    xx += x * x;
    xs += x * integral;
    ss += integral * integral;
    yx += y * x;
    ys += y * integral;
  }
  const double rate = (xx * ys - xs * yx) / (xx * ss - xs * xs);
  // The rest is linear.
  double n = 0, e1 = 0, e2 = 0, y1 = 0, ye = 0;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const double e = std::exp(rate * record.step * static_cast<double>(i));
    n += 1;
    e1 += e;
    e2 += e * e;
    y1 += record.y[i];
    ye += record.y[i] * e;
  }
  const double amplitude = (n * ye - e1 * y1) / (n * e2 - e1 * e1);
  Start start{};
  start[0] = amplitude * std::exp(-rate * record.start);
  start[1] = rate;
  start[2] = (y1 - amplitude * e1) / n;
  return start;
}

Start sigmoid_start(const Trace& record) noexcept {
  const std::size_t ends = end_length(record);
  const double low = mean(record.y.first(ends));
  const double amplitude = mean(record.y.last(ends)) - low;
  const auto first_at = [&](double fraction) {
    std::size_t i = 0;
    while (i + 1 < record.size() && (record.y[i] - low) / amplitude < fraction) ++i;
    return static_cast<double>(i);
  };
  const double quarter = first_at(0.25);
  const double three_quarters = std::max(first_at(0.75), quarter + 1);
  Start start{};
  start[0] = amplitude;
  start[1] = 2 * std::log(3.0) / ((three_quarters - quarter) * record.step);
  start[2] = record.x(first_at(0.5));
  start[3] = low;
  return start;
}

}  // namespace acq
