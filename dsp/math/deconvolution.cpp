#include "dsp/math/deconvolution.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace acq {
namespace {

double rms(std::span<const double> x) noexcept {
  double squares = 0;
  for (const double v : x) squares += v * v;
  return std::sqrt(squares / static_cast<double>(x.size()));
}

}  // namespace

Result<Deconvolver> Deconvolver::make(std::size_t count, const DeconvolutionRules& rules,
                                      const PlanOptions& options) {
  constexpr std::size_t kMost = std::size_t{1} << 20;
  if (count < 2 || count > kMost) {
    return fail(Code::kInvalid, "a deconvolution of " + std::to_string(count) + " values", "count",
                "2 to " + std::to_string(kMost));
  }
  Deconvolver made;
  made.rules_ = rules;
  made.left_ = count / 2;
  const std::size_t size = std::bit_ceil(3 * count - 2);
  auto pair = FftPair::plan(size, options);
  if (!pair) return tl::unexpected(pair.error());
  made.pair_ = std::move(*pair);
  made.y_.resize(made.pair_.bins());
  made.h_.resize(made.pair_.bins());
  for (std::size_t k = 0; k < made.pair_.bins(); ++k) {
    const double d =
        2 * std::sin(std::numbers::pi * static_cast<double>(k) / static_cast<double>(size));
    made.penalty_.push_back(rules.strength * d * d);
  }
  return made;
}

// count / 2 reflected values in front, the rest of count - 1 behind.
std::span<const double> Deconvolver::padded(std::span<const double> y) noexcept {
  const std::size_t count = y.size();
  const std::span<double> values = pair_.values().first(2 * count - 1);
  for (std::size_t i = 0; i < left_; ++i) values[i] = y[left_ - i];
  std::copy(y.begin(), y.end(), values.begin() + static_cast<std::ptrdiff_t>(left_));
  std::copy(y.rbegin() + 1, y.rend() - static_cast<std::ptrdiff_t>(left_),
            values.begin() + static_cast<std::ptrdiff_t>(left_ + count));
  return values;
}

std::span<const double> Deconvolver::placed(std::span<const double> h) noexcept {
  const std::span<double> values = pair_.values();
  std::fill(values.begin(), values.end(), 0.0);
  const std::size_t centre = rules_.is_centred ? h.size() / 2 : 0;
  const std::size_t end = rules_.as_datalab ? h.size() : values.size();
  for (std::size_t i = 0; i < h.size(); ++i) {
    values[i < centre ? end + i - centre : i - centre] = h[i];
  }
  return values;
}

void Deconvolver::run(std::span<const double> y, std::span<const double> h,
                      std::span<double> x) noexcept {
  pair_.forward(padded(y), y_);
  pair_.forward(placed(h), h_);
  const auto size = static_cast<double>(pair_.size());
  for (std::size_t k = 0; k < y_.size(); ++k) {
    const std::complex<double> a = y_[k], b = h_[k];
    const double below = std::norm(b) + penalty_[k];
    const std::complex<double> above(a.real() * b.real() + a.imag() * b.imag(),
                                     a.imag() * b.real() - a.real() * b.imag());
    y_[k] = below > 0 ? above / below : 0;
  }
  const std::span<const double> made = pair_.inverse(y_);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = made[left_ + i] / size;
  if (!rules_.as_datalab || !(rules_.strength > 0)) return;
  constexpr double kNothing = 1e-12;
  const double before = rms(y), after = rms(x);
  const double ratio = before > kNothing && after > kNothing ? before / after : 1;
  if (!(ratio > 0.5 && ratio < 5)) return;
  for (double& v : x) v *= ratio;
}

}  // namespace acq
